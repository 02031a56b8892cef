"""Methods by name, and the one taken when none is named."""

from collections.abc import Callable, Mapping

from planner.errors import InputError
from planner.methods.result import MethodResult, MethodSettings
from planner.methods.textbook import textbook
from planner.program.groups import Groups

METHODS: Mapping[str, Callable[[Groups, MethodSettings], MethodResult]] = {"textbook": textbook}
DEFAULT = "textbook"


def solve_program(groups: Groups, settings: MethodSettings, method: str = "auto") -> MethodResult:
    """Returns the answer of a method by name; `auto` takes the default.

    Raises
    ------
    InputError
        where the method is unknown
    SolverError
        where the engine crashed or contradicted itself
    """
    name = DEFAULT if method == "auto" else method
    if name not in METHODS:
        raise InputError.single("--method", f"auto or one of {', '.join(METHODS)}", repr(method))
    return METHODS[name](groups, settings)
