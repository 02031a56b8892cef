"""How much of what is scarce every plan needs, proved part by part: where that is more than there is, no plan exists.

    min t    s.t.    use_r(x) <= t side_r  for some rows r, the relaxation's other rows, the hull cuts of parts

Every plan keeps the cuts (`parts`), at whatever prices they were found, so that t bounds from below how full the fullest of its
rows is: above 1 there is no plan. The relaxation alone says so where not even fractions of nodes suffice; cuts see that replicas
are whole. They are made at the prices of the relaxation of least use, then at those of the program above under the cuts known.
"""

import logging

import numpy as np
from scipy.sparse import csc_matrix, hstack

from planner.methods.hull_master import PartCut, with_hull
from planner.methods.priced_parts import cuts_of, pool_of, prices_under, relaxed, unit_prices
from planner.methods.search import Search
from planner.methods.split import rows_of
from planner.methods.started import Started, unnamed
from planner.solvers import Problem, Solution
from planner.solvers.problem import Floats, Integers

log = logging.getLogger(__name__)

ROUNDS_MAX = 6
REACH = 3.0
"""A round is the last where so many times what it has gained would not prove enough."""
OVER = 1e-4
"""Share above what there is from which on a bound is a proof: tolerances of engines are far below."""


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
    return share


def fullest(problem: Problem, rows: Integers, sides: Floats, usd: float) -> Problem:
    """Returns the program whose cost is how full the fullest of some rows is, in shares of its side, `usd` for all of it.

    Its last column is that cost; what else is asked of these rows (`<=`) is left out.
    """
    last = csc_matrix((-sides / usd, (rows, np.zeros(len(rows), dtype=int))), shape=(problem.rows, 1))
    matrix = csc_matrix(hstack([rows_of(problem), last], format="csc"))
    matrix.sort_indices()
    upper = problem.row_upper.copy()
    upper[rows] = 0.0
    return Problem(
        column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
        cost=np.append(np.zeros(problem.columns), 1.0), row_lower=problem.row_lower, row_upper=upper,
        column_lower=np.append(problem.column_lower, -np.inf), column_upper=np.append(problem.column_upper, np.inf),
        is_integer=np.append(problem.is_integer, False),
    )  # fmt: skip


def _prices(search: Search, found: Solution, rows: Integers, unit_usd: Floats) -> list[Floats]:
    """Returns the prices of links by cell that the fullest program's duals say, beside the cost that the search's parts have.

    There a unit of each scarce row costs `unit_usd` already.
    """
    counted = dict(zip(rows.tolist(), unit_usd.tolist(), strict=True))
    prices = prices_under(search, found)
    for oracle, mine in zip(search.oracles, prices, strict=True):
        mine -= [counted.get(link.row, 0.0) for link in oracle.cell.links]
    return prices
