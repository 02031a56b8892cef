"""How full the fullest of some rows is at least, and whether that is why not even the relaxation has a point.

min t    s.t.    use_r(x) <= t side_r  for some rows r, the other rows as they are
"""

from collections.abc import Callable

import numpy as np
from scipy.sparse import csc_matrix, hstack

from planner.methods.result import Need
from planner.methods.split import rows_of
from planner.solvers import Problem, Solution
from planner.solvers.problem import Floats, Integers

AMOUNTS = ("budget", "power", "carbon_cap")
"""Families of rows `<=` that say what there is of something that all share; their sides are limits a person has set."""
OVER = 1e-4
"""Share above what there is from which on a bound is a proof: tolerances of engines are far below."""


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


def relaxed_need(problem: Problem, solve: Callable[[Problem], Solution]) -> Need | None:
    """Returns what every point of the relaxation needs of what is limited, where that is more than there is; else None.

    `solve` answers a relaxation.
    """
    families = [name.partition("[")[0] in AMOUNTS for name in problem.row_names]
    rows = np.flatnonzero(np.array(families, dtype=bool) & np.isneginf(problem.row_lower) & (problem.row_upper > 0))
    if not len(rows):
        return None
    sides = problem.row_upper[rows]
    usd = float(sides.max())
    found = solve(fullest(problem, rows, sides, usd))
    if found.bound is None or found.bound / usd <= 1 + OVER:
        return None
    return Need(tuple(problem.row_names[row] for row in _binding(found, rows).tolist()), found.bound / usd)


def _binding(found: Solution, rows: Integers) -> Integers:
    """Returns the rows that stand in each other's way: those with a price, or all where none is told."""
    if found.row_duals is None or not found.row_duals[rows].any():
        return rows
    return np.asarray(rows[found.row_duals[rows] != 0])
