"""The array builder: what goes in comes out as the program meant."""

import numpy as np
from scipy.sparse import csc_matrix

from planner.methods.assembly import Assembly
from planner.solvers import Settings, Status, solve_here


def test_rows_and_columns_become_the_program_meant() -> None:
    """min x + 2 y + 1, x + y >= 3, x <= 2: 2 + 2 + 1 = 5."""
    m = Assembly()
    x = m.column(1.0, upper=2.0, is_integer=True)
    (y,) = m.columns(np.array([2.0]), np.zeros(1), np.array([np.inf]), np.array([False]))
    m.row([y, x], [1.0, 1.0], 3.0, np.inf)
    solution = solve_here(m.problem(offset=1.0), Settings(log=False))

    assert solution.status == Status.OPTIMAL
    assert solution.objective == 5.0
    assert solution.values is not None
    assert np.allclose(solution.values, [2.0, 1.0])


def test_a_block_of_rows_lands_on_its_columns() -> None:
    """Two rows over the last two of three columns."""
    m = Assembly()
    where = m.columns(np.ones(3), np.zeros(3), np.full(3, np.inf), np.zeros(3, dtype=bool))
    m.rows(csc_matrix([[1.0, 0.0], [1.0, 2.0]]), where[1:], np.array([1.0, 5.0]), np.full(2, np.inf))
    problem = m.problem()

    assert problem.activity(np.array([9.0, 1.0, 2.0])).tolist() == [1.0, 5.0]
    assert solve_here(problem, Settings(log=False)).objective == 3.0
