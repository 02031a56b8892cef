"""Duality: bounds by hand, and weak duality for arbitrary multipliers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.solvers import dual_bound

INF = np.inf


def test_costs_and_column_bounds_alone_bound_by_hand(dense):
    problem = dense([[1, 1]], [3, -2], (1, 4), ([1, 0], [5, 6]), False, offset=10.0)

    assert dual_bound(problem) == 10.0 + 3 * 1 - 2 * 6


def test_the_right_multiplier_proves_the_optimum_of_a_hand_solved_lp(dense):
    problem = dense([[1, 1]], [3, 2], (4, INF), (0, INF), False)

    assert dual_bound(problem, np.array([2.0])) == 8.0
    assert dual_bound(problem, np.array([1.0])) == 4.0


def test_a_multiplier_against_the_side_that_is_missing_counts_as_zero(dense):
    problem = dense([[1, 1]], [3, 2], (4, INF), (0, INF), False)

    assert dual_bound(problem, np.array([-5.0])) == 0.0


def test_a_free_column_with_a_cost_leaves_no_bound(dense):
    problem = dense([[1, 1]], [3, 1e-9], (4, INF), ([0, -INF], INF), False)

    assert dual_bound(problem) == -INF
    assert dual_bound(problem, np.array([np.nan])) == -INF
    assert dual_bound(problem, price_tolerance=1e-6) == 0.0


@settings(max_examples=60, deadline=None)
@given(
    multipliers=st.lists(st.floats(-50, 50), min_size=2, max_size=2),
    point=st.lists(st.floats(0, 3), min_size=3, max_size=3),
)
def test_no_multipliers_bound_above_a_feasible_point(dense, multipliers, point):
    matrix, point = np.array([[1.0, 2.0, -1.0], [3.0, 0.0, 1.0]]), np.array(point)
    activity = matrix @ point
    problem = dense(matrix, [2, -1, 0.5], (activity - 0.5, [INF, activity[1] + 1]), (0, 3), False)

    bound = dual_bound(problem, np.array(multipliers))
    assert bound <= problem.objective(point) + 1e-9
    assert bound > -INF or pytest.fail("bounded columns always give a bound")
