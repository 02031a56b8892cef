"""Methods by name, and the one taken when none is named."""

import logging
import time
from collections.abc import Callable, Mapping

from planner.errors import InputError
from planner.methods.decompose import decompose
from planner.methods.known import Known
from planner.methods.outer import outer, outer_from, outer_near
from planner.methods.partwise import hulled_of, partwise, partwise_from, ways_beside
from planner.methods.recourse import recourse, recourse_from
from planner.methods.result import MethodResult, MethodSettings, StageBound
from planner.methods.search import Search
from planner.methods.stages import staged
from planner.methods.started import Started
from planner.methods.textbook import textbook, textbook_of
from planner.program.compile import Compiled
from planner.program.extract import empty_decision
from planner.program.groups import Groups

log = logging.getLogger(__name__)

METHODS: Mapping[str, Callable[[Groups, MethodSettings], MethodResult]] = {
    "textbook": textbook, "outer": outer, "partwise": partwise, "recourse": recourse,
}  # fmt: skip
FROM_START: Mapping[str, Callable[[Started], MethodResult]] = {
    "outer": lambda started: outer_from(started, take_over=ways_beside),
    "partwise": partwise_from,
    "recourse": lambda started: recourse_from(
        started, lambda begun: outer_from(begun, has_passes=False, take_over=ways_beside), hulled_of, ways_beside
    ),
}  # fmt: skip
WHOLE_COLUMNS = 600
ROUNDABLE_NODES = 150
"""Nodes of the relaxation's fleet, each kind and place at its height, from which on rounding loses little."""
PARTS_MOST = 200
"""Parts that an engine prices in a few seconds, all together."""
ONE_CELL_COLUMNS = 300
"""Columns from which one cell by itself is sooner proved whole."""
LARGE_CELL_COLUMNS = 800
"""Columns of the program for each cell: below, cells are soon proved, and `outer` goes on where passes of recourse end."""


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
    if not groups.demand:
        return _nothing_to_serve(groups, name, settings)
    if settings.fleet is not None and (name == "textbook" or not groups.goals.is_cost_alone):
        log.warning("the earlier plan is not begun with: the program goes whole to the engine")
    if not groups.goals.is_cost_alone:
        return staged(groups, settings)
    return _by_size(groups, settings) if method == "auto" and name == "outer" else METHODS[name](groups, settings)


def _by_size(groups: Groups, settings: MethodSettings) -> MethodResult:
    """Returns the answer of the decomposition that suits the relaxation's fleet."""

    def by_size(started: Started) -> MethodResult:
        return FROM_START[suited(started.search, started.condensed.original.problem.columns)](started)

    return decompose(groups, settings, "outer", by_size)


def suited(search: Search, columns: int) -> str:
    """Returns the decomposition for a search at its start, of a program of so many columns as stated.

    One cell of some size: `recourse`, which soon goes on with the whole program. Cells so small that they are soon proved by
    themselves: `outer`, whose bound is re-checked from its cuts. Others: `partwise` where the fleet is not so large that whole
    nodes hardly count, and every cell is made of independent demands on one kind of node each or its parts are few enough to
    be priced again and again; else `recourse`.
    """
    nodes, cells = search.fleet_nodes, len(search.oracles)
    mean = columns / max(1, cells)
    if cells == 1 and mean >= ONE_CELL_COLUMNS:
        return "recourse"
    if mean < LARGE_CELL_COLUMNS:
        return "outer"
    is_priced = all(found is not None for found in search.coverings) or 0 < sum(map(len, search.parts)) <= PARTS_MOST
    return "partwise" if is_priced and nodes < ROUNDABLE_NODES else "recourse"


def solve_near(
    compiled: Compiled, groups: Groups, settings: MethodSettings, known: Known | None = None, method: str = "auto"
) -> tuple[MethodResult, Known | None]:
    """Returns the answer for a compiled program (perhaps with rows of its own) at least cost, and what is known afterwards.

    What is known of nearly the same program is taken over where it holds. Programs of up to WHOLE_COLUMNS go whole to the
    engine, which is sooner done with them; so do those for which a method other than `outer`, the one that carries over what is
    known, is named. Ctrl-C comes out, as in `solve_one_of_many`.
    """
    is_whole = (
        choose(groups) == "textbook" or compiled.problem.columns <= WHOLE_COLUMNS if method == "auto" else method != "outer"
    )
    if is_whole:
        return textbook_of(compiled, groups, settings, time.monotonic()), None
    result, found = outer_near(compiled, groups, settings, known)
    return _not_cut_short(result), found


def solve_one_of_many(groups: Groups, settings: MethodSettings, method: str = "auto") -> MethodResult:
    """Returns what `solve_program` does, for one of the programs of a study.

    Raises
    ------
    KeyboardInterrupt
        at Ctrl-C: a study that went on with an answer cut short would tell what is not so
    """
    return _not_cut_short(solve_program(groups, settings, method))


def _not_cut_short(result: MethodResult) -> MethodResult:
    if result.limit == "interrupted":
        raise KeyboardInterrupt
    return result


def _nothing_to_serve(groups: Groups, method: str, settings: MethodSettings) -> MethodResult:
    """Returns the empty plan, which is optimal at 0 usd, and at any goal, where no workload has traffic."""
    none = ("not called", "none", 0.0, 0, 0, 0, "")
    told = () if groups.goals.is_cost_alone else [stage for stage in groups.goals.stages if stage.is_told]
    stages = tuple(StageBound(tuple(stage.weights), 0.0) for stage in told)
    return MethodResult("feasible", empty_decision(), 0.0, None if stages else 0.0, method, settings.solver, *none, stages)


def choose(groups: Groups) -> str:
    """Returns the method for a program: `outer`, which reads its cells off the compiled arrays, whatever the families.

    A single slot with traffic in parts or a quota has one cell, which is the whole program: it goes whole to the engine. So
    does a program in which requests may wait for another block: there the cells of a period must answer an exact sum
    together, and patterns found one by one do not add up to it, so that no plan comes of them.
    """
    is_one_cell = len(groups.slots) == 1 and bool(groups.slices.routes or groups.quotas.accelerators_max)
    is_summed = any(len(slots) > 1 for slots in groups.service.windows.values())
    return "textbook" if is_one_cell or is_summed else "outer"
