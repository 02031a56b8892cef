"""How much of what is scarce every plan needs, proved part by part: where that is more than there is, no plan exists.

    min t    s.t.    use_r(x) <= t side_r  for some rows r, the relaxation's other rows, the hull cuts of parts

Every plan keeps the cuts (`parts`), at whatever prices they were found, so that t bounds from below how full the fullest of its
rows is: above 1 there is no plan. The relaxation alone says so where not even fractions of nodes suffice; cuts see that replicas
are whole. They are made at the prices of the relaxation of least use, then at those of the program above under the cuts known.
Where that comes near 1, or the program is small, nodes and replicas are whole too, for a while.
"""

import logging

from planner.methods.crew import given
from planner.methods.fullest import OVER, fullest
from planner.methods.hull_master import with_hull
from planner.methods.parts import PartCut
from planner.methods.priced_parts import cuts_of, pool_of, prices_under, relaxed, unit_prices
from planner.methods.search import Search
from planner.methods.started import Started, unnamed
from planner.methods.whole import is_raced
from planner.solvers import Problem, Progress, Settings, Solution
from planner.solvers.problem import Floats, Integers

log = logging.getLogger(__name__)

ROUNDS_MAX = 6
NEAR, WHOLE_SHARE = 0.9, 0.5
"""From which share on whole numbers are tried, and the share of the time left that they may take."""
REACH = 3.0
"""A round is the last where so many times what it has gained would not prove enough."""


def least_need(other: Started, rows: Integers, sides: Floats, usd: float) -> float:
    """Returns the share of its side that every plan uses at least of the fullest of some rows; 0 where nothing is proved.

    `other`: a search of the program whose cost is the use of these rows, `usd` for all that there is of one, and in which their
    sides are far away; `sides` (rows,): what there is. Ends once the share is over 1, or seems out of reach, or with its time.
    """
    search = other.search
    if not all(search.parts):
        return 0.0
    own = unnamed(search.split.problem)
    problem = fullest(own, rows, sides, usd)
    share, before = 0.0, float((own.activity(other.relaxed)[rows] / sides).max())
    pool, cuts, prices = pool_of(other), list[PartCut](), unit_prices(search, 0.0)
    for _ in range(ROUNDS_MAX):
        cuts += cuts_of(prices, pool.price_cells(prices)[0])
        found = relaxed(other, with_hull(problem, pool, cuts), is_lean=True)
        if found.bound is None or found.row_duals is None:
            break
        share = max(share, found.bound / usd)
        log.info("every plan needs %.2f %% of what is scarce, %d cuts, %.1f s", 100 * share, len(cuts), other.wall_s)
        if share > 1 + OVER or share + REACH * (share - before) < 1 or other.left_s <= 1.0:
            break
        before, prices = share, _prices(search, found, rows, usd / sides)
    if share <= 1 + OVER and other.left_s > 1.0 and (share >= NEAR or is_raced(problem)):
        share = max(share, _whole_share(other, with_hull(problem, pool, cuts), usd))
    return share


def _whole_share(other: Started, problem: Problem, usd: float) -> float:
    """Returns the same share with whole numbers, as far as an engine proves it in half the time left; 0 where it is silent."""
    settings = other.settings
    asked = Settings(settings.solver, WHOLE_SHARE * other.left_s, relative_gap=OVER, threads=1, seed=settings.seed, log=False)

    def is_settled(progress: Progress) -> bool:
        is_proved = progress.bound is not None and progress.bound > (1 + 2 * OVER) * usd
        return is_proved or (progress.incumbent is not None and progress.incumbent <= usd)

    found = other.crew.submit((given(problem), asked), is_settled).result()
    share = 0.0 if found.bound is None else found.bound / usd
    log.info("with whole nodes and replicas %.2f %%, %.1f s", 100 * share, other.wall_s)
    return share


def _prices(search: Search, found: Solution, rows: Integers, unit_usd: Floats) -> list[Floats]:
    """Returns the prices of links by cell that the fullest program's duals say, beside the cost that the search's parts have.

    There a unit of each scarce row costs `unit_usd` already.
    """
    counted = dict(zip(rows.tolist(), unit_usd.tolist(), strict=True))
    prices = prices_under(search, found)
    for oracle, mine in zip(search.oracles, prices, strict=True):
        mine -= [counted.get(link.row, 0.0) for link in oracle.cell.links]
    return prices
