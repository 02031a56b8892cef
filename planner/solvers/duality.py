"""Lower bounds from multipliers alone: weak duality needs no trust in any engine.

For any row multipliers y and z = cost - A.T @ y, every feasible x of the LP (hence of the MIP) has

    cost @ x >= sum_i min(y_i * row_lower_i, y_i * row_upper_i) + sum_j min(z_j * column_lower_j, z_j * column_upper_j)

because y @ (A @ x) and z @ x are each at least their smallest value over the bounds (Chvatal, Linear Programming,
1983, chapter 5).
"""

import numpy as np

from planner.solvers.problem import Floats, Problem

PRICE_TOLERANCE = 1e-6
"""How far from 0, relative to 1 + |cost|, engines may leave the reduced cost of a free column (they stop at 1e-7)."""


def dual_bound(problem: Problem, row_duals: Floats | None = None, *, price_tolerance: float = 0.0) -> float:
    """Returns a lower bound of the minimum from row multipliers, in units of the objective.

    Parameters
    ----------
    row_duals
        shape (rows,), any sign; None for all zero, which bounds by costs and column bounds alone; a multiplier
        whose side of the row is infinite counts as zero
    price_tolerance
        a reduced cost within price_tolerance * (1 + |cost|) counts as zero where its column has no bound on that
        side; 0 keeps the bound a proof, more makes it one up to the engines' own tolerance

    Returns
    -------
    float
        the bound, -inf where a reduced cost meets an infinite column bound
    """
    multipliers = np.zeros(problem.rows) if row_duals is None else np.asarray(row_duals, dtype=np.float64)
    side = np.where(multipliers > 0.0, problem.row_lower, problem.row_upper)
    multipliers = np.where(np.isfinite(side), multipliers, 0.0)
    rows = multipliers @ np.where(np.isfinite(side), side, 0.0)
    reduced = problem.cost - problem.prices(multipliers)
    side = np.where(reduced > 0.0, problem.column_lower, problem.column_upper)
    slack = price_tolerance * (1.0 + np.abs(problem.cost))
    is_used = (reduced != 0.0) & ~(np.isinf(side) & (np.abs(reduced) <= slack))
    bound = float(rows + (reduced[is_used] * side[is_used]).sum()) + problem.offset
    return bound if np.isfinite(bound) else -np.inf
