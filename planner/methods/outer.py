"""Outer approximation: cells priced by node, contracts decided over all of them; a bound from cuts, plans from patterns.

The program couples slots only through node counts and a few shared amounts: contracts are shared by all blocks of a period. For
each cell (`split`) the set of sufficient node counts N and amounts e is described from outside by cuts and from inside by
patterns (`oracle`).

 1. Every cell is asked at a blend of market prices and the LP relaxation's prices.
 2. The outer master (contracts, whole u, cuts) gives a bound; the restricted master (one pattern a cell) a plan.
 3. Cells whose node counts in the outer master no pattern covers are asked at recourse prices: little for the nodes they
    have there, the market's beyond. The cut cuts that point off; the pattern repairs it. Back to 2 until the gap is met.

While masters run, idle processes go on with the next pass. Every bound is a solver's dual bound of an oracle or of the outer
master; proof in `master.outer_master`.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

import numpy as np

from planner.methods.certified import certificate_of
from planner.methods.crew import Crew, given
from planner.methods.decompose import decompose
from planner.methods.first_plan import drive_out, nearest
from planner.methods.fix_and_optimise import bundled
from planner.methods.hull import hull_rows
from planner.methods.known import Known, known_of_search
from planner.methods.master import Master, chosen_nodes, outer_master, restricted_master
from planner.methods.oracle import Prices, oracle_problem
from planner.methods.passes import commitments_for, descend
from planner.methods.result import MethodResult, MethodSettings
from planner.methods.search import Search, take_plan
from planner.methods.segments import Key
from planner.methods.started import Started, Underway, start, without_plan
from planner.methods.whole import is_raced, take_whole, whole_beside
from planner.program.compile import Compiled
from planner.program.groups import Groups
from planner.solvers import Settings, Solution

log = logging.getLogger(__name__)

INSIDE_SHARE = 0.02
"""Recourse price of nodes already chosen, as a share of their market price: keeps the oracle from using them idly."""
ORACLE_GAP_SHARE = 0.5
"""Oracle gap as a share of the gap asked for: what oracles leave open adds up in the bound."""
STALL_SHARE = 0.05
"""A round that closes less than this share of the gap is followed by a pass at another blend of prices."""
STILL_ROUNDS, STILL_SHARE = 2, 1e-4
"""After this many rounds in which neither bound nor plan moves by this share, the whole program takes over; and after the second
round, or the first with a plan, where cuts say no more than the relaxation."""
SMALL_COLUMNS = 400
SMALL_ORACLE_HIGHS: Mapping[str, bool | int | float | str] = {
    "mip_allow_restart": False, "mip_heuristic_effort": 0.01, "mip_heuristic_run_feasibility_jump": False,
}  # fmt: skip
"""HiGHS options for oracles of up to SMALL_COLUMNS: a quarter less work than the defaults on quickstart; twice as much on
larger ones."""
MASTER_COLUMNS = 4000
SMALL_MASTER_HIGHS: Mapping[str, bool | int | float | str] = {"mip_allow_restart": False}
"""HiGHS options for masters of up to MASTER_COLUMNS. Without presolve they take half the time, and HiGHS 1.15.1 then calls
points optimal that are not (a test has a master of 90 columns): a bound must not rest on that."""
BLENDS_SMALL = (0.7, 0.4, 1.0, 0.15)
"""Shares of the market price in the node prices of each pass; the rest is the relaxation's price."""
BLENDS_LARGE = (0.0, 0.7, 0.3, 1.0)
"""For large fleets: there the relaxation is close, and cuts at its own prices keep its bound."""
ORACLE_TIME_SHARE = 0.02
"""Share of the time limit that one oracle may take; its dual bound then is the cut."""
ORACLE_SECONDS_MIN = 2.0
"""Time that every oracle has, however short the limit."""
MASTER_TIME_SHARE = 0.05
"""Share of the time limit that a master may take; its dual bound counts whether or not it ends."""
PLANLESS_ROUNDS, FIRST_PLAN_SHARE = 2, 0.25
"""After so many rounds without a plan (cells do not agree on what a site hosts) one process looks for one, for so much of the
time left; what it does in each cell is a pattern."""
INFORMED_MASTER_SHARE = 0.3
"""The same where cuts and patterns of nearly the same program are known: then masters are what is left to do."""
FIRST_PASS_SHARE = 0.5
"""Share of the time limit for the first pass over all cells."""

PASSES_NODES, PASSES_TIME_SHARE = 20, 0.3
"""Fleets of so many nodes in the relaxation begin with passes of recourse, for so much of their usual time."""

Ask = tuple[int, Prices]


@dataclass
class Run(Underway):
    """One run: the search, its processes, its settings and what is being asked at the moment."""

    running: dict["Future[Solution]", Ask] = field(default_factory=dict)
    blends: list[float] = field(default_factory=list)
    pending: Iterator[Ask] = field(default_factory=lambda: iter(()))
    """What is left of the pass that fills idle processes."""

    @property
    def deadline(self) -> float:
        """When the time limit is over."""
        return self.began + self.settings.time_limit_s


def outer(groups: Groups, settings: MethodSettings) -> MethodResult:
    """Returns the best plan found and the bound proved."""
    return decompose(groups, settings, "outer", outer_from)


def outer_near(
    compiled: Compiled, groups: Groups, settings: MethodSettings, known: Known | None
) -> tuple[MethodResult, Known | None]:
    """Returns the best plan of a compiled program and the bound proved, from what is known of nearly the same one.

    Beside them what is known afterwards; None where the program has no plan.
    """
    began = time.monotonic()
    with Crew(settings.for_solver(1.0).thread_count()) as crew:
        started = start(compiled, groups, settings, crew, began, known)
        if not isinstance(started, Started):
            return without_plan(compiled, started, "outer", time.monotonic() - began), None
        return outer_from(started), known_of_search(started.search)


def outer_from(
    started: Started,
    has_passes: bool = True,
    take_over: Callable[[Started], str] = lambda started: whole_beside(started, *bundled(started)),
) -> MethodResult:
    """Returns the same of a search at its start; `has_passes`: large fleets begin with passes of recourse.

    `take_over` goes on where cells have nothing more to say, and returns the limit that stopped it: the whole program does.
    """
    search = started.search
    told = "relaxation %.0f usd; %d cells, %d segments; %.1f s"
    log.info(told, search.bound, len(search.oracles), len(search.segments.keys), started.wall_s)
    blends = list(BLENDS_LARGE if search.is_large else BLENDS_SMALL)
    run = Run(started, blends=blends)
    limit = "interrupted"
    try:
        contracts = commitments_for(started, started.relaxed) if has_passes and search.fleet_nodes >= PASSES_NODES else None
        if contracts is not None:
            descend(started, contracts, PASSES_TIME_SHARE)
        limit = _search(run)
        if limit == "other":
            log.info("gap %.3f %% left, cells have nothing more to say", 100 * search.gap)
            limit = take_over(started)
    except KeyboardInterrupt:
        log.warning("interrupted: keeping the best plan and bound so far")
    return started.answer("outer", limit, certificate_of(search) if search.is_by_cuts else None)


def _search(run: Run) -> str:
    """Runs passes, masters and recourse oracles until the gap is met; returns the limit that stopped it."""
    search, rounds, still = run.search, 0, 0
    _ask_all(run, _pass(run, run.blends.pop(0)), run.began + FIRST_PASS_SHARE * run.settings.time_limit_s)
    while True:
        rounds += 1
        before, plan_before = search.bound, search.incumbent
        point = _solve_masters(run)
        log.info(
            "incumbent %.0f, bound %.0f, gap %.3f %%, %d oracles, %.1f s",
            search.incumbent, search.bound, 100 * search.gap, search.asked, time.monotonic() - run.began,
        )  # fmt: skip
        if search.gap <= run.settings.relative_gap:
            return "none"
        if run.left_s <= 1.0:
            return "time"
        if rounds == PLANLESS_ROUNDS and search.values is None:
            _first_plan(run)
            if search.is_infeasible:
                return "none"
        has_moved = search.bound > before + STILL_SHARE * abs(before) or search.incumbent < plan_before * (1 - STILL_SHARE)
        still = 0 if has_moved else still + 1
        has_begun = rounds > 1 or search.values is not None
        is_silent = has_begun and search.bound <= search.guide.bound * (1 + 1e-6)
        if (still >= STILL_ROUNDS and not run.blends) or is_silent:
            return "other"
        improved = search.incumbent < plan_before - STALL_SHARE * (plan_before - search.bound)
        if search.is_large and search.values is not None and improved and rounds > 1:
            _ask_all(run, iter(_beyond(search, search.held(search.values))), run.deadline)
            continue
        wanted = [] if point is None else _beyond(search, point, is_covered_skipped=True)
        is_stalled = search.is_large or search.bound - before < STALL_SHARE * (search.incumbent - before)
        if is_stalled and (run.blends or run.running):
            wanted = [*wanted, *run.pending, *(_pass(run, run.blends.pop(0)) if run.blends else ())]
        if not wanted and not run.running:
            return "other"
        _ask_all(run, iter(wanted), run.deadline)


def _first_plan(run: Run) -> None:
    """Looks for any plan of the whole program, and keeps what it does in each cell.

    Missing supply is driven out; where sites permit few options, as permits have no price to go by, and where the program is
    small, one process is asked.
    """
    search, problem = run.search, run.search.split.problem
    if not search.guide.permits and not is_raced(problem):
        prices = [search.guide.prices(oracle, search.segments, 1.0) for oracle in search.oracles]
        chosen = [search.cheapest(i, mine) for i, mine in enumerate(prices)]
        point = nearest(search, run.started.relaxed, np.zeros(problem.columns), chosen)
        found_plan = drive_out(run.started, *bundled(run.started), point)
        if found_plan is not None:
            search.seed(found_plan)
        return
    asked = run.settings.for_solver(max(1.0, FIRST_PLAN_SHARE * run.left_s))
    (found,) = run.crew.solve([(given(problem), asked)])
    take_whole(run.started, found)
    if found.values is not None:
        search.seed(np.where(problem.is_integer, np.rint(found.values), found.values))
        log.info("a first plan of the whole program: %.0f", search.incumbent)


def _pass(run: Run, blend: float) -> Iterator[Ask]:
    """Yields every cell at one blend of prices; cells that shared cuts and patterns settle are skipped."""
    search = run.search
    sides = [oracle.projected.row_lower for oracle in search.oracles]
    for i in _spread_order([float(side[np.isfinite(side)].sum()) for side in sides]):
        prices = search.guide.prices(search.oracles[i], search.segments, blend)
        if not search.is_settled(i, prices, ORACLE_GAP_SHARE * run.settings.relative_gap):
            yield i, prices


def _spread_order(weights: Sequence[float]) -> list[int]:
    """Returns cells by weight in bit-reversed order: each is asked between two whose cuts and patterns may settle it."""
    by_weight = sorted(range(len(weights)), key=lambda i: weights[i])
    bits = max(1, (len(weights) - 1).bit_length())
    return [by_weight[k] for k in sorted(range(len(weights)), key=lambda k: int(f"{k:0{bits}b}"[::-1], 2))]


def _ask_all(run: Run, asks: Iterator[Ask], until: float) -> None:
    """Asks cells, one a process at a time, until all are answered or the time is over (then cells without a pattern only)."""
    mine: set[Future[Solution]] = set()
    is_open = True
    while is_open or mine & set(run.running):
        while is_open and len(run.running) < run.crew.size:
            ask = next(asks, None)
            is_open = ask is not None
            is_late = time.monotonic() > until or run.left_s < 1.0
            if ask is not None and (not is_late or not run.search.patterns[ask[0]]):
                mine.add(_submit(run, ask))
        if mine & set(run.running) or len(run.running) >= run.crew.size:
            _absorb(run, set(run.running), None)


def _submit(run: Run, ask: Ask) -> "Future[Solution]":
    """Sends one cell to a process."""
    position, prices = ask
    search, settings = run.search, run.settings
    oracle = search.oracles[position]
    found = search.coverings[position]
    hull = None if found is None else hull_rows(oracle, search.parts[position], search.segments, prices)
    problem = oracle_problem(oracle, search.segments, prices, search.cheapest(position, prices), hull)
    native = SMALL_ORACLE_HIGHS if settings.solver == "highs" and problem.columns <= SMALL_COLUMNS else {}
    seconds = max(0.5, min(run.left_s, max(ORACLE_SECONDS_MIN, ORACLE_TIME_SHARE * settings.time_limit_s)))
    asked = Settings(
        solver=settings.solver, time_limit_s=seconds, relative_gap=max(ORACLE_GAP_SHARE * settings.relative_gap, 1e-7), threads=1,
        seed=settings.seed, log=False, native=native,
    )  # fmt: skip
    future = run.crew.submit((given(problem), asked))
    run.running[future] = ask
    return future


def _absorb(run: Run, futures: set["Future[Solution]"], timeout_s: float | None) -> None:
    """Waits for one of some answers and takes in every oracle that is done."""
    wait(futures, timeout=timeout_s, return_when=FIRST_COMPLETED)
    for future in [future for future in run.running if future.done()]:
        position, prices = run.running.pop(future)
        run.search.take(position, prices, future.result())


def _solve_masters(run: Run) -> list[dict[Key, int]] | None:
    """Solves both masters, and lets idle processes go on with the next pass; returns the outer master's node counts, if any."""
    search, settings = run.search, run.settings
    lower = outer_master(search.split, search.oracles, search.segments, search.cuts)
    patterns = [list(known) for known in search.patterns]
    is_complete = all(patterns)
    upper = restricted_master(search.split, search.oracles, search.segments, patterns) if is_complete else None
    below = run.crew.submit((lambda: lower.problem, _master_settings(run, lower, is_lower=True)))
    above = run.crew.submit((lambda: upper.problem, _master_settings(run, upper, is_lower=False))) if upper else None
    busy = {future for future in (below, above) if future is not None}
    while not all(future.done() for future in busy):
        free = run.crew.size - sum(not future.done() for future in busy) - len(run.running)
        ask = _next_background(run) if free > 0 else None
        if ask is not None:
            _submit(run, ask)
        else:
            _absorb(run, {future for future in (*busy, *run.running) if not future.done()}, None)
    if above is not None and upper is not None:
        take_plan(search, upper, above.result(), patterns)
    found = below.result()
    if found.bound is not None:
        search.prove(found.bound, is_by_cuts=True)
    if settings.progress is not None:
        settings.progress(time.monotonic() - run.began, search.incumbent, search.bound)
    if found.values is None:
        return None
    nodes = chosen_nodes(lower, found.values, search.oracles, search.segments)
    if search.values is not None:
        return search.with_permits(nodes, search.values)
    contracts, kept = np.zeros(search.split.problem.columns), search.split.master_columns
    contracts[kept] = found.values[lower.places.contracts[kept]]
    return search.with_permits(nodes, contracts)


def _next_background(run: Run) -> Ask | None:
    """Returns the next cell of the pass that fills idle processes; opens another pass where one is left."""
    ask = next(run.pending, None)
    if ask is None and len(run.blends) > 0 and run.left_s > 2.0:
        run.pending = _pass(run, run.blends.pop(0))
        ask = next(run.pending, None)
    return ask


def _master_settings(run: Run, master: Master, is_lower: bool) -> Settings:
    settings = run.settings
    native = SMALL_MASTER_HIGHS if settings.solver == "highs" and is_lower and master.problem.columns <= MASTER_COLUMNS else {}
    share = INFORMED_MASTER_SHARE if run.search.is_informed else MASTER_TIME_SHARE
    return Settings(
        solver=settings.solver, time_limit_s=max(1.0, min(run.left_s, share * settings.time_limit_s)),
        relative_gap=max(settings.relative_gap / 4, 1e-9), threads=1, seed=settings.seed, log=False, native=native,
    )  # fmt: skip


def _beyond(search: Search, points: Sequence[Mapping[Key, int]], is_covered_skipped: bool = False) -> list[Ask]:
    """Returns cells with recourse prices: little for the nodes that a point gives them, the market's price beyond.

    What costs nothing (a permit to host an option) costs a mean cell beyond the permits given, so that cells agree on them.
    Cells whose node counts a known pattern covers are left out where `is_covered_skipped`.
    """
    wanted = []
    for i, (oracle, nodes) in enumerate(zip(search.oracles, points, strict=True)):
        if is_covered_skipped and search.is_covered(i, nodes):
            continue
        base = search.guide.prices(oracle, search.segments, 1.0)
        market = base.segments.copy()
        for link in (oracle.cell.links[k] for k in oracle.cell.node_links):
            if search.guide.is_permit(link):
                market[list(search.segments.of_key[link.key])] = max(0.0, search.guide.bound) / len(search.oracles)
        has = np.array([nodes.get(key, 0) for key in search.segments.keys])
        recourse = np.where(search.segments.upper <= has, INSIDE_SHARE * base.segments, market)
        wanted.append((i, Prices(recourse, base.amounts)))
    return wanted
