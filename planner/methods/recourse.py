"""Commitments first: whole commitments for the relaxation's fleet, then the best recourse of every cell beside them.

 1. The LP relaxation's fleet, with whole commitments at least cost (`contracts_for`): a small program, next to nothing lost.
 2. Every cell's recourse beside them (`recourse_cell`), over few replica columns, then over more; the choice among all patterns
    known moves the commitments, and the cells are asked again while that helps.
 3. The whole program, from the best plan, for the time left: its bound, and the relaxation's, are the proof.

For fleets so large that whole nodes hardly count: there the relaxation is a close bound, and plans are what is missing.
"""

import logging
import time
from collections.abc import Callable

import numpy as np

from planner.methods.crew import Crew
from planner.methods.guide import LP_ENGINE, make_guide, price_steps
from planner.methods.master import restricted_master
from planner.methods.oracle import Pattern, make_oracle
from planner.methods.recourse_cell import contracts_for, near_relaxed, recourse_problem, rent_room, start_of
from planner.methods.result import MethodResult, MethodSettings
from planner.methods.search import Search, take_plan
from planner.methods.segments import make_segments
from planner.methods.split import rows_of, split_program
from planner.program.build import build_program
from planner.program.compile import Compiled, compile_program
from planner.program.extract import extract
from planner.program.groups import Groups
from planner.solvers import Problem, Settings, Solution, Status
from planner.solvers.problem import Floats

log = logging.getLogger(__name__)

COLUMNS_PER_DEMAND = (3, 12)
"""Replica columns kept for each demand of a cell in the first pass and in the next."""
COLUMNS_LEAST = 60
"""A cell keeps at least so many, in the first pass; in the next as many times more as for each demand."""
CONTRACTS_SECONDS = 10.0
"""The most that one program of commitments, or one choice among patterns, may take."""
PASS_TIME_SHARES = (0.25, 0.3)
"""Share of the time left that the first pass over all cells may take, and each of the next."""
ROUNDS_MAX = 4
"""Wide passes at most."""


def recourse(groups: Groups, settings: MethodSettings) -> MethodResult:
    """Returns the best plan found and the bound proved."""
    began = time.monotonic()
    return recourse_of(compile_program(build_program(groups)), groups, settings, began)


def recourse_of(compiled: Compiled, groups: Groups, settings: MethodSettings, began: float) -> MethodResult:
    """Returns the same of a compiled program."""
    split = split_program(compiled, groups.slots)
    with Crew(settings.for_solver(1.0).thread_count()) as crew:
        guide, solution = make_guide(split, crew, settings)
        if guide is None or solution.values is None:
            return _without_plan(compiled, solution, time.monotonic() - began)
        oracles = [make_oracle(cell) for cell in split.cells]
        segments = make_segments(guide.nodes_at_most, price_steps(split, guide))
        search = Search(split, oracles, segments, guide, guide.bound)
        search.seed(solution.values)
        try:
            limit = _search(search, solution.values, crew, settings, began)
        except KeyboardInterrupt:
            log.warning("interrupted: keeping the best plan and bound so far")
            limit = "interrupted"
    return _answer(compiled, groups, search, solution, limit, time.monotonic() - began)


def _search(search: Search, relaxed: Floats, crew: Crew, settings: MethodSettings, began: float) -> str:
    """Runs passes of recourse while they help, then the whole program; returns the limit that stopped it."""

    def left_s() -> float:
        return began + settings.time_limit_s - time.monotonic()

    def tell(what: str) -> None:
        now = time.monotonic() - began
        log.info(
            "%s: incumbent %.0f, bound %.0f, gap %.3f %%, %.1f s", what, search.incumbent, search.bound, 100 * search.gap, now
        )
        if settings.progress is not None:
            settings.progress(now, search.incumbent, search.bound)

    tell("relaxation")
    contracts = relaxed_contracts(search, relaxed, crew, settings, left_s())
    if contracts is not None:
        descend(search, contracts, crew, settings, left_s, tell)
    if search.gap <= settings.relative_gap:
        return "none"
    return _finish(search, crew, settings, left_s()) if left_s() > 1.0 else "time"


def relaxed_contracts(search: Search, relaxed: Floats, crew: Crew, settings: MethodSettings, left_s: float) -> Floats | None:
    """Returns the cheapest whole commitments for a relaxed point's fleet; None where there are none."""
    asked = _asked(settings, settings.solver, min(CONTRACTS_SECONDS, left_s), settings.relative_gap / 10)
    return contracts_for(search.split, search.oracles, relaxed, lambda problem: crew.solve([(_given(problem), asked)])[0])


def descend(
    search: Search, contracts: Floats, crew: Crew, settings: MethodSettings, left_s: Callable[[], float],
    tell: Callable[[str], None], time_share: float = 1.0,
) -> None:  # fmt: skip
    """Runs passes of recourse from given commitments, and from those of the best plan while that helps.

    `time_share`: part of the usual time of a pass.
    """
    for wide in (0, *[1] * ROUNDS_MAX):
        if left_s() <= 1.0 or search.gap <= settings.relative_gap:
            return
        seconds = time_share * PASS_TIME_SHARES[wide] * left_s()
        is_better = improve(search, contracts, crew, settings, wide, seconds, left_s())
        tell(("few", "more")[wide] + " columns by demand")
        if wide and not is_better:
            return
        contracts = contracts if search.values is None else search.values


def _finish(search: Search, crew: Crew, settings: MethodSettings, left_s: float) -> str:
    """Gives the whole program, from the best plan, to one process."""
    problem = search.split.problem.with_start(search.values)
    (found,) = crew.solve([(_given(problem), settings.for_solver(left_s))])
    if found.values is not None:
        search.keep(np.where(problem.is_integer, np.rint(found.values), found.values))
    if found.bound is not None:
        search.bound = min(search.incumbent, max(search.bound, found.bound))
    return found.limit.value


def improve(
    search: Search, contracts: Floats, crew: Crew, settings: MethodSettings, wide: int, seconds: float, left_s: float
) -> bool:
    """Finds each cell's best recourse beside commitments and keeps the best plan of all patterns; says whether it is better.

    `wide`: position in COLUMNS_PER_DEMAND. `seconds` for the cells together, over all processes; `left_s` before all is over.
    """
    before, split = search.incumbent, search.split
    by_row, room, held = rows_of(split.problem), rent_room(split, contracts), search.held(contracts)
    problems = []
    for oracle, mine in zip(search.oracles, held, strict=True):
        prices = np.array([search.guide.duals.get(oracle.cell.links[k].row, 0.0) for k in oracle.cell.amount_links])
        problems.append(recourse_problem(split, by_row, oracle, mine, room, prices))
    each = max(0.5, min(left_s, seconds * crew.size / max(1, len(problems))))
    relaxations = crew.solve([(p.relaxed, _asked(settings, LP_ENGINE[settings.solver], each, 0.0)) for p in problems])
    tasks, asked = [], []
    for i, (problem, relaxed) in enumerate(zip(problems, relaxations, strict=True)):
        near = _near(search, i, problem, relaxed, wide)
        if near is not None:
            tasks.append((_given(near), _asked(settings, settings.solver, each, settings.relative_gap / 4)))
            asked.append(i)
    chosen: list[Pattern | None] = [None] * len(problems)
    for i, found in zip(asked, crew.solve(tasks), strict=True):
        chosen[i] = None if found.values is None else search.take_point(i, found.values)
    whole = [pattern for pattern in chosen if pattern is not None]
    if len(whole) == len(chosen):
        search.keep_plan(contracts, whole)
    choose_patterns(search, crew, settings, min(left_s, CONTRACTS_SECONDS))
    return search.incumbent < before


def _near(search: Search, i: int, problem: Problem, relaxed: Solution, wide: int) -> Problem | None:
    """Returns the restricted program of a cell, started from the cheapest pattern there, or from the relaxation rounded up."""
    oracle = search.oracles[i]
    columns = len(oracle.projected.kept)
    rounded = None if relaxed.values is None else search.rounded(i, relaxed.values[:columns])
    known = [*search.patterns[i], *([rounded] if rounded is not None else [])]
    points = [point for point in (start_of(problem, oracle, one) for one in known) if problem.violation(point).largest <= 1e-6]
    start = min(points, key=lambda point: float(problem.cost @ point), default=None)
    per_demand = COLUMNS_PER_DEMAND[wide]
    most = max(per_demand * len(oracle.projected.demand_rows), COLUMNS_LEAST * per_demand // COLUMNS_PER_DEMAND[0])
    near = near_relaxed(problem, relaxed, columns, most, start)
    return None if near is None else near.with_start(start)


def choose_patterns(search: Search, crew: Crew, settings: MethodSettings, seconds: float) -> None:
    """Keeps the best plan that the patterns known make, with commitments of their own."""
    patterns = [list(known) for known in search.patterns]
    if not all(patterns):
        return
    master = restricted_master(search.split, search.oracles, search.segments, patterns)
    (found,) = crew.solve([(_given(master.problem), _asked(settings, settings.solver, seconds, settings.relative_gap / 10))])
    take_plan(search, master, found, patterns)


def _asked(settings: MethodSettings, solver: str, seconds: float, gap: float) -> Settings:
    return Settings(solver, max(0.5, seconds), relative_gap=max(gap, 1e-6), threads=1, seed=settings.seed, log=False)


def _given(problem: Problem) -> Callable[[], Problem]:
    return lambda: problem


def _answer(compiled: Compiled, groups: Groups, search: Search, solution: Solution, limit: str, wall_s: float) -> MethodResult:
    decision = None if search.values is None else extract(compiled, search.values, groups)
    problem = compiled.problem
    return MethodResult(
        "no_plan" if decision is None else "feasible", decision, None if decision is None else search.incumbent, search.bound,
        "recourse", solution.solver, solution.version, limit, wall_s, problem.columns, problem.rows,
        int(problem.is_integer.sum()), "",
    )  # fmt: skip


def _without_plan(compiled: Compiled, solution: Solution, wall_s: float) -> MethodResult:
    status = "infeasible" if solution.status == Status.INFEASIBLE else "no_plan"
    problem = compiled.problem
    return MethodResult(
        status, None, None, solution.bound, "recourse", solution.solver, solution.version, solution.limit.value, wall_s,
        problem.columns, problem.rows, int(problem.is_integer.sum()), solution.log,
    )  # fmt: skip
