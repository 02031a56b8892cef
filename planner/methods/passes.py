"""Passes of recourse: every cell's best answer beside whole commitments, and the choice among all patterns known.

A pass over few replica columns of every cell, then over more (small fleets: over more at once); the choice among patterns moves
the commitments, and the cells are asked again while that helps. What is found is a plan and is checked as one; nothing here
proves a bound.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from planner.methods.crew import given
from planner.methods.guide import LP_ENGINE
from planner.methods.master import restricted_master
from planner.methods.oracle import Pattern
from planner.methods.recourse_cell import contracts_for, near_relaxed, recourse_problem, rent_room, start_of
from planner.methods.result import MethodSettings
from planner.methods.search import Search, take_plan
from planner.methods.split import rows_of
from planner.methods.started import Started, tell
from planner.methods.whole import is_raced
from planner.solvers import Problem, Settings, Solution
from planner.solvers.problem import Booleans, Floats

COLUMNS_PER_DEMAND = (3, 12)
"""Replica columns kept for each demand of a cell in the first pass and in the next."""
COLUMNS_LEAST = 60
"""A cell keeps at least so many, in the first pass; in the next as many times more as for each demand."""
COLUMNS_BESIDE = (1, 3)
"""The same beside columns known to be useful, for large fleets: cells of small ones are soon solved over many columns, and what
few lose there is much (M low, seed 2: rents of 559 thousand usd beside one choice of commitments with 12 columns a demand, of 681
with 3 and the useful ones, of 515 with all)."""
CELL_GAP = 1e-3
"""Cells may each leave their share of so much of the whole cost open."""
REPLICAS_MORE = (1.0, 4.0)
"""Replicas of a kind above the relaxation's, in the first pass and in the next: with no limit near, engines spend seconds on
bounds."""
CONTRACTS_SECONDS = 10.0
"""The most that one program of commitments, or one choice among patterns, may take."""
PASS_TIME_SHARES = (0.25, 0.3)
"""Share of the time left that the first pass over all cells may take, and each of the next."""
ROUNDS_MAX, HELPED_SHARE = 4, 0.06
"""Wide passes at most; one that closes less than this share of the gap is the last."""


def commitments_for(started: Started, point: Floats) -> Floats | None:
    """Returns the cheapest whole commitments for the fleet of a (relaxed) point; None where there are none."""
    search, settings = started.search, started.settings
    asked = _asked(settings, settings.solver, min(CONTRACTS_SECONDS, started.left_s), settings.relative_gap / 10)
    return contracts_for(search.split, search.oracles, point, lambda problem: started.crew.solve([(given(problem), asked)])[0])


def descend(
    started: Started, contracts: Floats, time_share: float = 1.0, useful: Sequence[Booleans] | None = None,
    wide_most: int = ROUNDS_MAX,
) -> list[Pattern | None]:  # fmt: skip
    """Runs passes of recourse from given commitments, and from those of the best plan while that helps; returns the last choice.

    `time_share`: part of the usual time of a pass. `useful`: by cell, the kept columns that are worth having beside those of
    lowest reduced cost. `wide_most`: wide passes at most.
    """
    search = started.search
    chosen: list[Pattern | None] = [None] * len(search.oracles)
    for wide in widths(search, wide_most):
        if started.left_s <= 1.0 or search.gap <= started.settings.relative_gap:
            break
        before = search.incumbent
        chosen = improve(started, contracts, wide, time_share * PASS_TIME_SHARES[wide] * started.left_s, useful)
        tell(started, ("few", "more")[wide] + " columns by demand")
        if wide and before - search.incumbent < HELPED_SHARE * (search.incumbent - search.bound):
            break
        if search.values is None:
            break
        contracts = search.values
    return chosen


def widths(search: Search, wide_most: int = ROUNDS_MAX) -> list[int]:
    """Returns the passes to run, by position in COLUMNS_PER_DEMAND.

    One over few columns, then wide ones. In small fleets few columns lose so much that wide passes alone are run; and one cell is
    nearly the whole program, which is sooner asked itself, and raced where it is small.
    """
    has_wide = len(search.oracles) > 1 or (search.is_large and not is_raced(search.split.problem))
    wide = [1] * (wide_most if has_wide else 0)
    return wide if search.is_small and wide else [0, *wide]


def improve(
    started: Started, contracts: Floats, wide: int, seconds: float, useful: Sequence[Booleans] | None = None
) -> list[Pattern | None]:
    """Finds each cell's best recourse beside commitments and keeps the best plan of all patterns known; returns the choice.

    `wide`: position in COLUMNS_PER_DEMAND. `seconds` for the cells together.
    """
    search, crew, settings, split = started.search, started.crew, started.settings, started.search.split
    by_row, room, held = rows_of(split.problem), rent_room(split, contracts), search.held(contracts)
    problems = []
    for oracle, mine in zip(search.oracles, held, strict=True):
        prices = np.array([search.guide.duals.get(oracle.cell.links[k].row, 0.0) for k in oracle.cell.amount_links])
        problems.append(recourse_problem(split, by_row, oracle, mine, room, prices))
    each = max(0.5, min(started.left_s, seconds * crew.size / max(1, len(problems))))
    relaxations = crew.solve([(p.relaxed, _asked(settings, LP_ENGINE[settings.solver], each, 0.0)) for p in problems])
    near_enough = _asked(settings, settings.solver, each, settings.relative_gap / 4)
    open_usd = min(CELL_GAP, settings.relative_gap / 4) * abs(search.bound) / max(1, len(problems))
    near_enough = dataclasses.replace(near_enough, absolute_gap=max(1e-6, open_usd))
    tasks, asked = [], []
    for i, (problem, relaxed) in enumerate(zip(problems, relaxations, strict=True)):
        near = _near(search, i, problem, relaxed, wide, None if useful is None else useful[i])
        if near is not None:
            tasks.append((given(near), near_enough))
            asked.append(i)
    chosen: list[Pattern | None] = [None] * len(problems)
    for i, found in zip(asked, crew.solve(tasks), strict=True):
        chosen[i] = None if found.values is None else search.take_point(i, found.values)
    whole = [pattern for pattern in chosen if pattern is not None]
    if len(whole) == len(chosen):
        search.keep_plan(contracts, whole)
    choose_patterns(started)
    return chosen


def _near(search: Search, i: int, problem: Problem, relaxed: Solution, wide: int, useful: Booleans | None) -> Problem | None:
    """Returns the restricted program of a cell, started from the cheapest pattern there, or from the relaxation rounded up."""
    oracle = search.oracles[i]
    columns = len(oracle.projected.kept)
    rounded = None if relaxed.values is None else search.rounded(i, relaxed.values[:columns])
    known = [*search.patterns[i], *([rounded] if rounded is not None else [])]
    points = [point for point in (start_of(problem, oracle, one) for one in known) if problem.violation(point).largest <= 1e-6]
    start = min(points, key=lambda point: float(problem.cost @ point), default=None)
    is_few = useful is not None and search.is_large
    per_demand = COLUMNS_BESIDE[wide] if is_few else COLUMNS_PER_DEMAND[wide]
    most = max(per_demand * search.demands[i], COLUMNS_LEAST * per_demand // COLUMNS_PER_DEMAND[0])
    near = near_relaxed(problem, relaxed, columns, most, start, useful, REPLICAS_MORE[wide])
    return None if near is None else near.with_start(start)


def choose_patterns(started: Started) -> None:
    """Keeps the best plan that the patterns known make, with commitments of their own."""
    search, settings = started.search, started.settings
    patterns = [list(known) for known in search.patterns]
    if not all(patterns):
        return
    master = restricted_master(search.split, search.oracles, search.segments, patterns)
    asked = _asked(settings, settings.solver, min(started.left_s, CONTRACTS_SECONDS), settings.relative_gap / 10)
    (found,) = started.crew.solve([(given(master.problem), asked)])
    take_plan(search, master, found, patterns)


def _asked(settings: MethodSettings, solver: str, seconds: float, gap: float) -> Settings:
    return Settings(solver, max(0.5, seconds), relative_gap=max(gap, 1e-6), threads=1, seed=settings.seed, log=False)
