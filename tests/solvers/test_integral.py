"""Integral: exact scaling to whole coefficients, and everything that CP-SAT must not be given."""

import numpy as np
import pytest

from planner.errors import SolverError
from planner.solvers.integral import whole_problem

INF = np.inf


def test_rows_and_cost_are_scaled_to_whole_numbers_each_by_its_own_factor(dense):
    problem = dense([[0.1, 0.25], [1 / 3, 2]], [0.5, 7.125], ([0.35, -INF], [INF, 4]), (0, 9), True, offset=0.2)
    whole = whole_problem(problem)

    assert whole.problem.values.tolist() == [2.0, 1.0, 5.0, 6.0]
    assert whole.problem.cost.tolist() == [4.0, 57.0]
    assert whole.problem.offset == pytest.approx(1.6)
    assert whole.cost_scale == 8.0
    assert whole.problem.row_lower.tolist() == [7.0, -INF]
    assert whole.problem.row_upper.tolist() == [INF, 12.0]


def test_sides_and_bounds_are_rounded_inwards(dense):
    whole = whole_problem(dense([[2, 4]], [1, 1], (2.5, 9.5), (0.5, 3.5), True)).problem

    assert (whole.row_lower.tolist(), whole.row_upper.tolist()) == ([3.0], [9.0])
    assert (whole.column_lower.tolist(), whole.column_upper.tolist()) == ([1.0, 1.0], [3.0, 3.0])


def test_sides_with_no_whole_number_between_are_left_for_the_engine_to_refute(dense):
    whole = whole_problem(dense([[2]], [1], (2.2, 2.8), (0.2, 0.8), True)).problem

    assert (whole.row_lower[0], whole.row_upper[0]) == (2.2, 2.8)
    assert (whole.column_lower[0], whole.column_upper[0]) == (0.2, 0.8)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"whole": [True, False]}, "column 1 is continuous"),
        ({"columns": (0, [9, INF])}, "column 1 has no upper bound"),
        ({"columns": ([0, -1e12], 9)}, "column 1 has no lower bound"),
        ({"matrix": [[1, np.sqrt(2)]]}, "row 0 has the coefficient 1.414"),
        ({"cost": [1, np.pi]}, "the cost has the coefficient 3.14159"),
        ({"matrix": [[1e14, 1]], "columns": (0, 1e6)}, "row 0 overflows"),
        ({"cost": [1e14, 1], "columns": (0, 1e6)}, "cost in whole numbers overflows"),
    ],
)
def test_what_cp_sat_must_not_be_given_is_refused_with_the_reason(dense, change, told):
    given = {"matrix": [[1, 1]], "cost": [1, 1], "rows": (1, INF), "columns": (0, 9), "whole": True} | change

    with pytest.raises(SolverError) as caught:
        whole_problem(dense(**given))
    assert told in str(caught.value)


def test_a_problem_without_rows_is_whole(dense):
    assert whole_problem(dense(np.zeros((0, 1)), [0.5], ([], []), (0, 3), True)).problem.cost.tolist() == [1.0]
