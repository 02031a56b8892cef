"""Demand by demand: columns are whole ways to serve one demand, cuts the hull of one demand's ways; for cells of many demands.

 1. Column generation (`generation`) over ways of every demand in every cell, under the contracts all share: the bound of the
    program in which ways may be mixed, and the ways that matter.
 2. The same master with whole ways and contracts is a plan; beside it the hull master (`hull_master`), with whole node counts
    over the hull of every demand's ways, gives a better bound. Points it finds that no mixture of ways explains are cut off, the
    ways met on the way there join the first. Back to 2 while either moves.
 3. The whole program with the hull's cuts, from the best plan, closes what is left.

Takes programs whose cells are all coverings (`covering`); others go to `outer`.
"""

import logging
import time
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, vstack

from planner.methods.crew import Crew
from planner.methods.generation import Generated, WayMaster, chosen_ways, generate, way_master
from planner.methods.guide import LP_ENGINE, Guide
from planner.methods.hull import rows_at
from planner.methods.hull_master import DemandCut, HullMaster, demand_cut, hull_master, separate
from planner.methods.oracle import Oracle
from planner.methods.outer import outer_from
from planner.methods.recourse import descend, relaxed_contracts, tell
from planner.methods.recourse_cell import contracts_of
from planner.methods.result import MethodResult, MethodSettings
from planner.methods.search import Search
from planner.methods.segments import Segments
from planner.methods.split import rows_of
from planner.methods.started import Started, decompose, finish
from planner.methods.way_pool import WayPool
from planner.program.groups import Groups
from planner.solvers import Problem, Settings, Solution
from planner.solvers.problem import Floats

log = logging.getLogger(__name__)

BLENDS_FIRST = (1.0, 0.5, 0.2)
"""Shares of the market price in the prices that the first ways are made at; the rest is the relaxation's price."""
MISSING_FACTOR = 3.0
"""Price of demand that no way serves yet, over the cost of the whole relaxation."""
SAMPLES, SAMPLES_CUT = 30, 8
"""Passes at the optimum's prices with noise: whole nodes ask for ways at other prices than their mean's. The first ones are
kept as cuts too."""
NOISE = 0.6
"""Standard deviation of the logarithm of a sampled price; never above the market's."""
SAMPLE_TIME_SHARE = 0.1
"""Share of the time left for sampling."""
PASS_SHARE = 0.5
"""Share of the usual time that a pass of recourse takes here."""
MASTER_TIME_SHARE = 0.25
"""Share of the time left that a master may take; its dual bound counts whether or not it ends."""
FIRST_LEFT_SHARE = 0.6
"""Share of the time limit that column generation leaves to the masters."""
MOVED_SHARE = 0.1
"""A round that closes less than this share of the gap is the last."""
ROWS_MAX = 12
"""Hull cuts of a demand that the whole program is given: the latest, which are the closest to the optimum's prices."""


@dataclass
class Run:
    """One run: the search at its start, its ways and its cuts."""

    started: Started
    pool: WayPool
    highest: list[Floats]
    cuts: list[DemandCut] = field(default_factory=list)

    @property
    def search(self) -> Search:
        """The best plan and bound, and the cells."""
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
    def left_s(self) -> float:
        """Seconds left."""
        return self.started.left_s

    def tell(self, what: str) -> None:
        """Logs where the run stands, and tells who listens."""
        tell(self.started, what)


def demandwise(groups: Groups, settings: MethodSettings) -> MethodResult:
    """Returns the best plan found and the bound proved; programs with other cells than coverings are `outer`'s."""
    return decompose(groups, settings, "demandwise", demandwise_from)


def demandwise_from(started: Started) -> MethodResult:
    """Returns the same of a search at its start."""
    try:
        run = _made_ready(started)
        if run is None:
            log.info("not every cell is made of independent demands, or they do not fit: outer takes over")
            return outer_from(started)
        contracts = relaxed_contracts(started)
        if contracts is not None:
            descend(started, contracts, PASS_SHARE)
        limit = _search(run)
    except KeyboardInterrupt:
        log.warning("interrupted: keeping the best plan and bound so far")
        limit = "interrupted"
    return started.answer("demandwise", limit)


def _made_ready(started: Started) -> Run | None:
    """Returns a run with its first ways, bound and cuts; None where the method does not fit the program."""
    search, guide = started.search, started.search.guide
    coverings = [found for found in search.coverings if found is not None]
    if len(coverings) < len(search.oracles):
        return None
    pool = WayPool(search.oracles, coverings)
    first = [[_unit_prices(guide, oracle, search.segments, blend) for oracle in search.oracles] for blend in BLENDS_FIRST]
    run = Run(started, pool, first[0])
    found = generate(
        search.split,
        pool,
        first,
        MISSING_FACTOR * guide.bound,
        lambda problem: _relaxed(run, problem),
        lambda: run.left_s - FIRST_LEFT_SHARE * started.settings.time_limit_s,
    )
    if not found.is_served:
        return None
    search.bound = max(search.bound, found.bound)
    run.cuts = _first_cuts(pool, found, first[0], started.settings.seed, time.monotonic() + SAMPLE_TIME_SHARE * run.left_s)
    run.tell(f"relaxation {guide.bound:.0f}, ways mixed {found.bound:.0f}")
    return run


def _unit_prices(guide: Guide, oracle: Oracle, segments: Segments, blend: float) -> Floats:
    """Returns the price of one unit of each node link of a cell, at the first node's blended price."""
    prices, cell = guide.prices(oracle, segments, blend).segments, oracle.cell
    return np.array([prices[segments.of_key[cell.links[k].key][0]] / cell.links[k].quantum for k in cell.node_links])


def _relaxed(run: Run, problem: Problem) -> Solution:
    settings = run.settings
    asked = Settings(LP_ENGINE[settings.solver], max(1.0, run.left_s), threads=1, seed=settings.seed, log=False)
    return run.crew.solve([(problem.relaxed, asked)])[0]


def _first_cuts(pool: WayPool, found: Generated, market: list[Floats], seed: int, until: float) -> list[DemandCut]:
    """Returns the cuts of every round of column generation, and of the first sampled prices; sampled ways join the pool."""
    noise, asked = np.random.default_rng(seed), list(found.multipliers)
    for sample in range(SAMPLES):
        if time.monotonic() > until:
            break
        prices = tuple(
            np.minimum(mu * np.exp(noise.normal(0.0, NOISE, len(mu))), highest)
            for mu, highest in zip(found.multipliers[-1], market, strict=True)
        )
        for i, mu in enumerate(prices):
            pool.price(i, mu)
        asked += [prices] if sample < SAMPLES_CUT else []
    cuts = []
    for prices in asked:
        for i, mu in enumerate(prices):
            cuts += [cut for w in range(len(pool.known[i])) if (cut := demand_cut(pool, i, w, mu)) is not None]
    return cuts


def _search(run: Run) -> str:
    """Runs both masters until the gap is met or neither moves, then the whole program; returns the limit that stopped it."""
    search = run.search
    while run.left_s > 1.0:
        before = search.bound, search.incumbent
        lower = hull_master(search.split, run.pool, run.cuts)
        point = _both_masters(run, lower)
        if point is not None:
            contracts = contracts_of(search.split, lower.contracts, point)
            descend(run.started, contracts, PASS_SHARE)
        run.tell(f"{len(run.cuts)} cuts, {sum(len(ways) for cell in run.pool.known for ways in cell)} ways")
        if search.gap <= run.settings.relative_gap:
            return "none"
        gap_usd = search.incumbent - search.bound
        moved = (search.bound - before[0]) + (min(before[1], 2 * search.incumbent) - search.incumbent)
        if point is None or moved < MOVED_SHARE * gap_usd:
            break
        cuts = separate(run.pool, lower, point, run.highest)
        if not cuts:
            break
        run.cuts += cuts
    return _finish(run) if run.left_s > 1.0 else "time"


def _both_masters(run: Run, lower: HullMaster) -> Floats | None:
    """Solves the hull master and the master of whole ways side by side; returns the hull master's point."""
    search = run.search
    upper = way_master(search.split, run.pool, is_whole=True)
    seconds = max(1.0, MASTER_TIME_SHARE * run.left_s)
    below = run.crew.submit((lambda: lower.problem, _master_settings(run, seconds)))
    above = run.crew.submit((lambda: upper.problem, _master_settings(run, seconds)))
    _take_plan(run, upper, above)
    found = below.result()
    if found.bound is not None:
        search.bound = min(search.incumbent, max(search.bound, found.bound))
    return found.values


def _master_settings(run: Run, seconds: float) -> Settings:
    settings = run.settings
    return Settings(
        settings.solver, seconds, relative_gap=max(settings.relative_gap / 2, 1e-9), threads=1, seed=settings.seed, log=False
    )


def _take_plan(run: Run, upper: WayMaster, future: "Future[Solution]") -> None:
    """Keeps the plan of whole ways."""
    values = future.result().values
    if values is None:
        return
    split = run.search.split
    contracts = np.zeros(split.problem.columns)
    contracts[split.master_columns] = values[upper.contracts[split.master_columns]]
    chosen = chosen_ways(upper, run.pool, values)
    run.search.keep_plan(contracts, [run.pool.pattern(i, ways) for i, ways in enumerate(chosen)])


def _finish(run: Run) -> str:
    """Gives the whole program with the hull's cuts, from the best plan, to one process."""
    run.tell("the whole program takes over")
    return finish(run.search, run.crew, run.settings, _with_hull(run), run.left_s)


def _with_hull(run: Run) -> Problem:
    """Returns the whole program with the latest cuts of every demand as rows."""
    problem = run.search.split.problem
    latest: dict[tuple[int, int], list[DemandCut]] = {}
    for cut in run.cuts:
        latest.setdefault((cut.cell, cut.demand), []).append(cut)
    blocks, sides = [csr_matrix(rows_of(problem))], [np.zeros(0)]
    for i, oracle in enumerate(run.search.oracles):
        asked = []
        for w, demand in enumerate(run.pool.coverings[i].demands):
            for cut in latest.get((i, w), [])[-ROWS_MAX:]:
                mu = np.zeros(len(oracle.keys))
                mu[cut.links] = cut.mu
                asked.append((demand, mu))
        rows, side = rows_at(oracle, asked)
        columns = oracle.cell.columns[oracle.projected.kept]
        found = rows.tocoo()
        blocks.append(csr_matrix((found.data, (found.row, columns[found.col])), shape=(len(side), problem.columns)))
        sides.append(side)
    return _joined(problem, csc_matrix(vstack(blocks, format="csc")), np.concatenate(sides))


def _joined(problem: Problem, matrix: csc_matrix, sides: Floats) -> Problem:
    matrix.sort_indices()
    return Problem(
        column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
        cost=problem.cost, row_lower=np.concatenate([problem.row_lower, sides]),
        row_upper=np.concatenate([problem.row_upper, np.full(len(sides), np.inf)]), column_lower=problem.column_lower,
        column_upper=problem.column_upper, is_integer=problem.is_integer, offset=problem.offset,
    )  # fmt: skip
