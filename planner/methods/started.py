"""What every decomposition starts from: the program in cells, its LP relaxation, and a search that knows nothing else yet."""

import dataclasses
import logging
import time
from dataclasses import dataclass

import numpy as np

from planner.methods.condense import Condensed, condense
from planner.methods.crew import Crew, given
from planner.methods.guide import LP_ENGINE, Guide, make_guide, price_steps
from planner.methods.hull_cuts import hull_cuts
from planner.methods.known import Known, adopt
from planner.methods.link_prices import link_prices
from planner.methods.oracle import make_oracle
from planner.methods.result import Certificate, MethodResult, MethodSettings
from planner.methods.search import Search
from planner.methods.segments import Key, make_segments
from planner.methods.split import Split, split_program
from planner.options.service import gone_elsewhere
from planner.program.compile import Compiled
from planner.program.extract import extract
from planner.program.groups import Groups
from planner.solvers import Problem, Settings, Solution, Status
from planner.solvers.problem import Floats

log = logging.getLogger(__name__)

AGAIN_SECONDS = 10.0
"""The most that the LP of an engine's plan may take, solved again to the row tolerance of plans."""


@dataclass(frozen=True, eq=False)
class Started:
    """A search with its relaxation, its processes and its settings."""

    condensed: Condensed
    groups: Groups
    search: Search
    relaxation: Solution
    relaxed: Floats
    """The relaxation's point."""
    crew: Crew
    settings: MethodSettings
    began: float
    idle: Floats | None = None
    """A point without a node more than there must be, where every workload may go elsewhere: a plan if nothing else is found."""

    @property
    def compiled(self) -> Compiled:
        """The program that is searched, smaller than the one stated."""
        return self.condensed.compiled

    @property
    def left_s(self) -> float:
        """Seconds left."""
        return self.began + self.settings.time_limit_s - time.monotonic()

    @property
    def wall_s(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.began

    def answer(self, method: str, limit: str, certificate: Certificate | None = None) -> MethodResult:
        """Returns the best plan and the bound as a method's answer."""
        search, whole = self.search, self.condensed.original
        if search.values is None and self.idle is not None:
            search.keep_told(self.idle)
        problem = whole.problem
        values = None if search.values is None else self.condensed.restored(search.values)
        decision = None if values is None else extract(whole, values, self.groups)
        status = "feasible" if decision is not None else "infeasible" if search.is_infeasible else "no_plan"
        return MethodResult(
            status, decision, None if values is None else problem.objective(values), search.bound,
            method, self.relaxation.solver, self.relaxation.version, limit, self.wall_s, problem.columns, problem.rows,
            int(problem.is_integer.sum()), "", certificate=certificate, prices=link_prices(search), hull=hull_cuts(search),
            need=search.need if status == "infeasible" else None,
            short=() if decision is not None else tuple(search.short.items()),
        )  # fmt: skip


@dataclass
class Underway:
    """A run of a method from its start."""

    started: Started

    @property
    def search(self) -> Search:
        """What is known: cells, the best plan and bound."""
        return self.started.search

    @property
    def crew(self) -> Crew:
        """Its processes."""
        return self.started.crew

    @property
    def settings(self) -> MethodSettings:
        """How long and how exactly."""
        return self.started.settings

    @property
    def began(self) -> float:
        """When it began."""
        return self.started.began

    @property
    def left_s(self) -> float:
        """Seconds left."""
        return self.started.left_s


def start(
    compiled: Compiled, groups: Groups, settings: MethodSettings, crew: Crew, began: float, known: Known | None = None
) -> Started | Solution:
    """Returns a search at its start, or the relaxation's answer where it has no point.

    With what is known of nearly the same program the search begins with its cuts and patterns.
    """
    condensed = condense(compiled)
    return _begun(condensed, condensed.compiled, groups, settings, crew, began, known)


def restarted(started: Started, problem: Problem) -> Started | Solution:
    """Returns a search of the same plans at another objective or other sides of rows, for the time left: nothing is known of it.

    Points of one are points of the other where they keep its rows. Its progress is not told to who listens.
    """
    compiled = Compiled(problem, started.compiled.columns)
    settings = dataclasses.replace(started.settings, time_limit_s=max(1.0, started.left_s), progress=None)
    return _begun(started.condensed, compiled, started.groups, settings, started.crew, time.monotonic(), None)


def _begun(
    condensed: Condensed, compiled: Compiled, groups: Groups, settings: MethodSettings, crew: Crew, began: float,
    known: Known | None,
) -> Started | Solution:  # fmt: skip
    """Returns a search of a condensed program, as it is or changed, at its start."""
    split = split_program(compiled, groups.slots)
    guide, solution = make_guide(split, crew, settings)
    if guide is None or solution.values is None:
        return solution
    oracles = [make_oracle(cell) for cell in split.cells]
    segments = make_segments(guide.nodes_at_most, _steps(split, guide, known))
    search = Search(split, oracles, segments, guide, guide.bound, condensed.demands(oracles))
    if known is not None:
        adopt(search, known)
    search.seed(solution.values)
    idle = _idle(split, groups, crew, settings, began + settings.time_limit_s - time.monotonic())
    return Started(condensed, groups, search, solution, solution.values, crew, settings, began, idle)


def keep_point(started: Started, values: Floats) -> None:
    """Keeps an engine's point of the program if it is the best; where its tolerances stand in the way its LP is solved again.

    `values` may go on behind the program's own columns. One process of the crew must be free.
    """
    search = started.search
    if search.keep_told(values):
        return
    again = _with_whole(search.split, values[: search.split.problem.columns], started.crew, started.settings, started.left_s)
    if again is not None:
        search.keep_told(again)
    else:
        log.info("a better point that an engine told of breaks a row, and none is near it: it is not kept")


def _with_whole(split: Split, values: Floats, crew: Crew, settings: MethodSettings, left_s: float) -> Floats | None:
    """Returns the best point with the whole columns of another; None where there is none."""
    seconds = min(AGAIN_SECONDS, max(1.0, left_s))
    asked = Settings(LP_ENGINE[settings.solver], seconds, threads=1, seed=settings.seed, log=False)
    (again,) = crew.solve([(given(unnamed(split.problem).fix_integers(values)), asked)])
    return again.values if again.status == Status.OPTIMAL else None


def _idle(split: Split, groups: Groups, crew: Crew, settings: MethodSettings, left_s: float) -> Floats | None:
    """Returns the best point without a node more than there must be, where every workload may go elsewhere.

    It is kept for the end: its cells as patterns lead, where a budget is tight, to plans of twice the cost.
    """
    demand, problem = groups.coefficients.demand, split.problem
    asked = demand.loc[demand["requests_per_s"] > 0, "workload"]
    lowest = np.where(problem.is_integer, np.ceil(problem.column_lower), 0.0)
    may_be = bool(asked.isin(gone_elsewhere(groups.coefficients)).all() and np.isfinite(lowest).all())
    return _with_whole(split, lowest, crew, settings, left_s) if may_be else None


def tell(started: Started, what: str) -> None:
    """Logs where a search stands, and tells who listens."""
    search, now = started.search, started.wall_s
    log.info("%s: incumbent %.0f, bound %.0f, gap %.3f %%, %.1f s", what, search.incumbent, search.bound, 100 * search.gap, now)
    if started.settings.progress is not None:
        started.settings.progress(now, search.incumbent, search.bound)


def _steps(split: Split, guide: Guide, known: Known | None) -> dict[Key, list[int]]:
    """Returns where segments end: where prices step, and where those end that cuts already known speak of."""
    steps = price_steps(split, guide)
    if known is None:
        return steps
    return {key: sorted({*ends, *(end for end in known.ends(key) if end < ends[-1])}) for key, ends in steps.items()}


def unnamed(problem: Problem) -> Problem:
    """Returns a problem without the names of its rows and columns: processes are sent less."""
    return dataclasses.replace(problem, row_names=(), column_names=())


def without_plan(compiled: Compiled, relaxation: Solution, method: str, wall_s: float) -> MethodResult:
    """Returns the answer where the relaxation has no point."""
    status = "infeasible" if relaxation.status == Status.INFEASIBLE else "no_plan"
    problem = compiled.problem
    return MethodResult(
        status, None, None, relaxation.bound, method, relaxation.solver, relaxation.version, relaxation.limit.value, wall_s,
        problem.columns, problem.rows, int(problem.is_integer.sum()), relaxation.log,
    )  # fmt: skip
