"""Part by part: columns are whole ways to serve one part of a cell, cuts the hull of one part's ways; for cells of many parts.

 1. Short passes of `recourse` from the relaxation's commitments.
 2. Column generation (`generation`) over ways of every part of every cell, under the contracts all share: the bound of the
    program in which ways may be mixed, the ways that matter, and prices at which hull cuts of the parts are worth having.
 3. A first plan, if there is none. Small fleets: recourse beside the best whole commitments and rents over relaxed cells. Others,
    and where that brings none: passes of `recourse` from the commitments of the mixed fleet; where cells do not get inside what
    they are given, missing supply is bought at a penalty and driven out (`slackened`).
 4. Better commitments, and a bound over all of them, where they alone (for small fleets rents too) are whole
    (`whole_commitments`).
 5. Small fleets: the hull master (`hull_master`), with whole contracts and node counts, and its commitments. Points it finds that
    no mixture of ways explains are cut off.
 6. The whole program with the hull's cuts, from the best plan, goes on in one process; beside it, and all along, other
    processes fix most of the best plan and optimise the rest (`fix_and_optimise`).

Programs with a cell that nothing is asked of go to `outer`; where there is no time for ways, passes and the whole program go on.
"""

import dataclasses
import logging
from dataclasses import dataclass, field

import numpy as np

from planner.methods.crew import given
from planner.methods.decompose import decompose
from planner.methods.first_plan import drive_out, nearest
from planner.methods.fix_and_optimise import Bundle, bundled, bundles_of, hunt_beside
from planner.methods.generation import Generated, generate
from planner.methods.hull_master import hull_master, separate, tight, with_hull
from planner.methods.outer import outer_from
from planner.methods.parts import PartCut
from planner.methods.passes import commitments_for, descend
from planner.methods.priced_parts import cuts_of, pool_of, prices_under, relaxed, unit_prices
from planner.methods.recourse import go_on
from planner.methods.recourse_cell import contracts_of
from planner.methods.result import MethodResult, MethodSettings, Whole
from planner.methods.scarce import least_scarce
from planner.methods.search import Search
from planner.methods.started import Started, Underway, tell, unnamed
from planner.methods.way_pool import WayPool
from planner.methods.whole import is_raced, whole_beside
from planner.methods.whole_commitments import Choosing, choose_commitments, choose_first, commitments_of
from planner.program.groups import Groups
from planner.solvers import Problem, Settings
from planner.solvers.problem import Booleans, Floats

log = logging.getLogger(__name__)

BLENDS_FIRST = (0.0, 0.3)
"""Shares of the market price in the prices that the first ways are made at; the rest is the relaxation's price."""
MISSING_FACTOR = 3.0
"""Price of a part that no way serves yet, over the cost of the whole relaxation."""
CLOSE_SHARE = 0.05
"""Column generation ends when bound and relaxed master are this share of the gap asked for apart, CLOSE_MOST at most."""
CLOSE_MOST = 5e-4
GENERATION_SHARE, GENERATION_SHARE_SMALL = 0.18, 0.07
"""Share of the time left that column generation may take; the second for small fleets: with the cuts of more rounds the bound
over whole commitments and rents grows more slowly."""
GENERATION_SHARE_BESIDE = 0.35
"""The same where a small fleet has a plan: parts are many then (the ladder's L at low volume, seed 1: ten rounds in 51 s prove
5.22 M usd, two 4.95 M)."""
GENERATION_SECONDS = 45.0
"""The most that it may take there: 24 rounds in 70 s prove 0.1 % more than 13 in 42 s, and the relaxation under all their cuts
takes 34 s instead of 9."""
AMOUNT_PRICE_FACTOR = 10.0
"""The most that a unit of a shared amount is worth where points of the hull master are separated, over the relaxation's price."""
USEFUL_SHARE = 0.05
"""Ways that cost so much more than the cheapest at the bound's prices have replicas worth having in recourse."""
PASS_SHARE = 0.5
"""Share of the usual time that a pass of recourse takes here."""
FIRST_WIDE = 2
"""Wide passes for the first plan; better commitments are chosen from there on."""
MASTER_TIME_SHARE = 0.25
"""Share of the time left that a hull master may take; its dual bound counts whether or not it ends."""
SEPARATIONS_MAX = 4
"""Times that each part is asked for a deeper cut at a point of the hull master."""
MOVED_SHARE = 0.05
"""A round of the hull master that closes less than this share of the gap is the last."""


@dataclass
class Run(Underway):
    """One run: the search at its start, its ways and its cuts."""

    pool: WayPool
    bundles: list[Bundle]
    found: Generated
    cuts: list[PartCut] = field(default_factory=list)

    def tell(self, what: str) -> None:
        """Logs where the run stands, and tells who listens."""
        tell(self.started, what)

    def useful(self) -> list[Booleans]:
        """Returns the columns of nearly cheapest ways, by cell."""
        prices = self.found.prices[self.found.best]
        return [self.pool.useful(i, mu, USEFUL_SHARE) for i, mu in enumerate(prices)]

    def deepen(self, point: Floats) -> bool:
        """Adds the hull cuts of every part at the prices beside a point's commitments; says whether there are any."""
        split = self.search.split
        found = relaxed(self.started, _beside(self.hulled(), commitments_of(split), point))
        if found.row_duals is None:
            return False
        prices = prices_under(self.search, found)
        added = cuts_of(prices, self.pool.price_cells(prices)[0])
        self.cuts += added
        self.search.hull += added
        return bool(added)

    def lean(self) -> None:
        """Chooses the cuts that the whole program is given, those that its relaxation leans on, and proves its value.

        That is above the bound of any one round's prices: each part may lean on cuts of several rounds.
        """
        self.search.hull, bound = tight(
            unnamed(self.search.split.problem), self.pool, self.cuts, lambda problem: relaxed(self.started, problem, is_lean=True)
        )
        self.search.prove(bound, whole=Whole.NOTHING)

    def hulled(self) -> Problem:
        """Returns the whole program, unnamed, with the cuts chosen as rows."""
        return with_hull(unnamed(self.search.split.problem), self.pool, self.search.hull)


def partwise(groups: Groups, settings: MethodSettings) -> MethodResult:
    """Returns the best plan found and the bound proved; where ways do not fit the program is `outer`'s."""
    return decompose(groups, settings, "partwise", partwise_from)


def partwise_from(started: Started) -> MethodResult:
    """Returns the same of a search at its start."""
    method = "partwise"
    try:
        _passes(started)
        is_done = started.search.gap <= started.settings.relative_gap
        run = None if is_done else _made_ready(started)
        if is_done:
            limit = "none"
        elif run is not None:
            limit = _from_ways(run)
        elif started.search.values is None:
            log.info("a cell has no parts, or no time for its ways: outer takes over")
            return outer_from(started)
        else:
            log.info("a cell has no parts, or no time for its ways: recourse goes on")
            method, limit = "recourse", go_on(started)
    except KeyboardInterrupt:
        log.warning("interrupted: keeping the best plan and bound so far")
        limit = "interrupted"
    return started.answer(method, limit)


def ways_beside(started: Started) -> str:
    """Goes on from the best plan with the ways of parts, where there are any; returns the limit that stopped it."""
    run = _made_ready(started, GENERATION_SHARE_BESIDE)
    return whole_beside(started, *bundled(started)) if run is None else _from_ways(run)


def hulled_of(started: Started) -> Problem | None:
    """Returns the whole program, unnamed, with hull cuts as rows; None where there is no time for ways, or they do not fit.

    None for large fleets too: on the ladder's S at mid volume, seed 3, 7 such rows save three quarters of 11 s and take 2 s to
    find; at high volume they take 4 s and save nothing.
    """
    run = None if started.search.is_large else _made_ready(started)
    return None if run is None else run.hulled()


def _from_ways(run: Run) -> str:
    """Improves plan and bound once there are ways; returns the limit that stopped it."""
    started = run.started
    is_small = started.search.is_small
    choosing = Choosing(started, run.hulled, run.useful(), run.bundles, run.deepen, is_small)
    if started.crew.size > 1:
        choosing.begin()
    if is_small and started.search.values is None:
        choose_first(choosing)
    if started.search.values is None:
        _first_plan(run)
    if started.search.values is not None:
        choose_commitments(choosing)
    choosing.end()
    if started.search.is_infeasible:
        return "none"
    is_hopeful = started.search.values is not None or not is_raced(started.search.split.problem)
    if is_small and is_hopeful:
        _hull_rounds(run)
    return _last(run)


def _passes(started: Started) -> None:
    """Runs the first passes of recourse from the relaxation's commitments; none from a small fleet's plan of before."""
    if started.search.is_small and started.search.values is not None:
        return
    contracts = commitments_for(started, started.relaxed)
    if contracts is not None:
        descend(started, contracts, PASS_SHARE, wide_most=FIRST_WIDE)


def _made_ready(started: Started, share_small: float = GENERATION_SHARE_SMALL) -> Run | None:
    """Returns a run with its first ways, bound and cuts; None where the method does not fit the program.

    `share_small`: share of the time left that column generation may take for a small fleet.
    """
    search, guide, settings = started.search, started.search.guide, started.settings
    if not all(search.parts):
        return None
    pool = pool_of(started)
    is_small = search.is_small
    kept_s = (1 - (share_small if is_small else GENERATION_SHARE)) * started.left_s
    if is_small and search.values is not None:
        kept_s = max(kept_s, started.left_s - GENERATION_SECONDS)
    kept_first_s = min(kept_s, (1 - GENERATION_SHARE_BESIDE) * started.left_s)
    first = [unit_prices(search, blend) for blend in BLENDS_FIRST]
    found = generate(
        search.split, pool, first, unit_prices(search, 1.0),
        MISSING_FACTOR * abs(guide.bound) + 1.0, lambda problem: relaxed(started, problem),
        lambda: 0.0 if search.gap <= settings.relative_gap else started.left_s - (kept_s if pool.is_whole else kept_first_s),
        min(CLOSE_MOST, CLOSE_SHARE * settings.relative_gap),
    )  # fmt: skip
    search.prove(found.bound, whole=Whole.NOTHING)
    if found.bound > guide.bound:
        search.priced = found.bound, found.prices[found.best]
    is_begun = search.values is not None or (is_small and found.point is not None)  # commitments are chosen by the cuts alone
    if not found.is_served and not (is_begun and pool.is_whole):
        return None
    run = Run(started, pool, bundles_of(started), found)
    run.cuts = [cut for prices, priced in zip(found.prices, found.priced, strict=True) for cut in cuts_of(prices, priced)]
    run.lean()
    run.tell(f"relaxation {guide.bound:.0f}, ways mixed {found.bound:.0f}")
    return run


def _first_plan(run: Run) -> None:
    """Finds a plan: recourse beside commitments for the mixed fleet, and from there with slack driven out."""
    search, point = run.search, run.found.point
    assert point is not None
    contracts = commitments_for(run.started, point)
    if contracts is not None:
        point = nearest(search, point, contracts, descend(run.started, contracts, PASS_SHARE, run.useful(), FIRST_WIDE))
    if search.values is None:
        least_scarce(run.started)
    if search.values is None and not search.is_infeasible and not is_raced(search.split.problem):
        drive_out(run.started, run.hulled(), run.bundles, point)


def _hull_rounds(run: Run) -> None:
    """Solves the hull master, and beside it improves the best plan; cuts its points off while that moves the bound."""
    search = run.search
    highest = _highest(search)
    while run.left_s > 1.0 and search.gap > run.settings.relative_gap:
        before = search.bound
        lower = hull_master(search.split, run.pool, run.cuts)
        seconds = max(1.0, MASTER_TIME_SHARE * run.left_s)
        asked = Settings(
            run.settings.solver, seconds, relative_gap=max(run.settings.relative_gap / 2, 1e-9), threads=1,
            seed=run.settings.seed, log=False,
        )  # fmt: skip
        below = run.crew.submit((given(lower.problem), asked))
        hunt_beside(run.started, run.hulled(), run.bundles, below)
        found = below.result()
        if found.bound is not None:
            search.prove(found.bound, whole=Whole.CONTRACTS)
        run.tell(f"hull master, {len(run.cuts)} cuts")
        if found.values is None or search.gap <= run.settings.relative_gap:
            return
        descend(run.started, contracts_of(search.split, lower.contracts, found.values), PASS_SHARE, run.useful())
        cuts = separate(run.pool, lower, found.values, highest, SEPARATIONS_MAX)
        if not cuts or search.bound - before < MOVED_SHARE * (search.incumbent - search.bound):
            return
        run.cuts += cuts
        search.hull += cuts


def _beside(problem: Problem, is_fixed: Booleans, point: Floats) -> Problem:
    """Returns a problem with some columns fixed where a point has them."""
    at = np.rint(point)
    return dataclasses.replace(
        problem, column_lower=np.where(is_fixed, at, problem.column_lower), start=None,
        column_upper=np.where(is_fixed, at, problem.column_upper),
    )  # fmt: skip


def _highest(search: Search) -> list[Floats]:
    """Returns the most that a unit of each link is worth, by cell: the market's price of a node, much for an amount."""
    found = unit_prices(search, 1.0)
    for oracle, mine in zip(search.oracles, found, strict=True):
        mine[oracle.cell.amount_links] *= AMOUNT_PRICE_FACTOR
    return found


def _last(run: Run) -> str:
    """Gives the whole program with the hull's cuts to one process and improves the best plan beside it; returns the limit."""
    if run.search.gap <= run.settings.relative_gap:
        return "none"
    if run.left_s <= 1.0:
        return "time"
    run.tell("the whole program takes over")
    return whole_beside(run.started, run.hulled(), run.bundles)
