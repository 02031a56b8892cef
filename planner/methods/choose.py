"""Methods by name, and the one taken when none is named."""

from collections.abc import Callable, Mapping

from planner.errors import InputError
from planner.methods.outer import outer
from planner.methods.result import MethodResult, MethodSettings
from planner.methods.textbook import textbook
from planner.program.groups import Groups

METHODS: Mapping[str, Callable[[Groups, MethodSettings], MethodResult]] = {"textbook": textbook, "outer": outer}


def solve_program(groups: Groups, settings: MethodSettings, method: str = "auto") -> MethodResult:
    """Returns the answer of a method by name; `auto` takes the default.

    Raises
    ------
    InputError
        where the method is unknown
    SolverError
        where the engine crashed or contradicted itself
    """
    name = choose(groups) if method == "auto" else method
    if name not in METHODS:
        raise InputError.single("--method", f"auto or one of {', '.join(METHODS)}", repr(method))
    return METHODS[name](groups, settings)


def choose(groups: Groups) -> str:
    """Returns the method for a program: `outer`, unless replicas span nodes, which it does not know."""
    return "textbook" if groups.spanning_of_fabric else "outer"
