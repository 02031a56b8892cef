"""The array builder: what goes in by key comes out by column."""

import numpy as np

from planner.methods.assembly import Assembly
from planner.solvers import Settings, Status, solve_here


def test_rows_and_columns_become_the_program_meant() -> None:
    """min x + 2 y, x + y >= 3, x <= 2: 2 + 2 = 4."""
    m = Assembly()
    m.column("x", 1.0, upper=2.0)
    m.column("y", 2.0, is_integer=False)
    m.row([("y", 1.0), ("x", 1.0)], lower=3.0)
    solution = solve_here(m.problem(), Settings(log=False))

    assert solution.status == Status.OPTIMAL
    assert solution.objective == 4.0
    assert solution.values is not None
    assert np.allclose(solution.values, [2.0, 1.0])
