"""Problem: what it refuses, what it measures, what it derives."""

import dataclasses

import numpy as np
import pytest

from planner.errors import SolverError
from planner.solvers import Problem

INF = np.inf


@pytest.fixture
def two_rows(dense) -> Problem:
    """min 3x + 2y + 10: 1 <= x + y <= 4, x - 2y <= 2; x whole in [0, 5], y in [-1, inf)."""
    return dense(
        [[1, 1], [1, -2]],
        [3, 2],
        ([1, -INF], [4, 2]),
        ([0, -1], [5, INF]),
        [True, False],
        offset=10.0,
        row_names=("demand", "balance"),
        column_names=("nodes", "share"),
    )


def test_counts_activity_prices_and_objective(two_rows):
    assert (two_rows.rows, two_rows.columns, two_rows.nonzeros, two_rows.is_mip) == (2, 2, 4, True)
    assert two_rows.activity(np.array([2.0, 1.0])).tolist() == [3.0, 0.0]
    assert two_rows.prices(np.array([1.0, 10.0])).tolist() == [11.0, -19.0]
    assert two_rows.objective(np.array([2.0, 1.0])) == 18.0


def test_a_feasible_point_has_no_violation(two_rows):
    violation = two_rows.violation(np.array([2.0, 1.0]))

    assert violation.largest == 0.0
    assert (violation.row, violation.column) == (-1, -1)


def test_row_violation_is_absolute_and_relative_to_its_side(two_rows):
    violation = two_rows.violation(np.array([5.0, 1.0]))

    assert violation.rows == 2.0
    assert violation.rows_relative == 0.5
    assert "'demand'" in violation.describe(two_rows)


def test_bound_and_integrality_violations_are_named(two_rows):
    out = two_rows.violation(np.array([4.0, -2.5]))
    half = two_rows.violation(np.array([1.5, 0.5]))

    assert (out.bounds, out.column) == (1.5, 1)
    assert half.integrality == 0.5
    assert "'nodes' is 0.5 away" in half.describe(two_rows)


def test_a_point_that_is_not_finite_is_infinitely_violated(two_rows):
    assert two_rows.violation(np.array([np.nan, 0.0])).largest == INF


def test_a_point_of_the_wrong_shape_is_refused(two_rows):
    with pytest.raises(SolverError, match=r"shape \(2,\), found \(3,\)"):
        two_rows.violation(np.zeros(3))


def test_fix_integers_rounds_within_bounds_and_leaves_an_lp(two_rows):
    fixed = two_rows.fix_integers(np.array([5.4, 0.3]))

    assert not fixed.is_mip
    assert fixed.column_lower.tolist() == [5.0, -1.0]
    assert fixed.column_upper.tolist() == [5.0, INF]
    assert two_rows.is_mip


def test_fix_integers_refuses_a_column_without_a_whole_number(dense):
    with pytest.raises(SolverError, match="integer column 0 cannot be fixed"):
        dense(np.zeros((0, 1)), [1], ([], []), (0.2, 0.8), True).fix_integers(np.array([0.5]))


def test_relaxed_and_without_cost_change_only_what_they_say(two_rows):
    free = two_rows.without_cost()

    assert not two_rows.relaxed().is_mip
    assert two_rows.relaxed().objective(np.ones(2)) == two_rows.objective(np.ones(2))
    assert free.objective(np.ones(2)) == 0.0
    assert free.is_mip


def test_arrays_are_copies_that_cannot_be_written():
    cost = np.array([1.0])
    problem = Problem([0, 0], [], [], cost, [], [], [0.0], [1.0], [False])
    cost[0] = 7.0

    assert problem.cost[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        problem.cost[0] = 7.0


def test_digest_sees_every_number_and_no_start(two_rows):
    other = dataclasses.replace(two_rows, row_upper=np.array([4.0, 2.0000001]))

    assert two_rows.digest() == two_rows.with_start(np.zeros(2)).digest()
    assert two_rows.digest() != other.digest()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"values": [1.0, np.nan, 1.0, -2.0]}, "row 'balance', column 'nodes'"),
        ({"values": [1.0, 1e-13, 1.0, -2.0]}, "1e-12 < |entry|"),
        ({"values": [1.0, 1e15, 1.0, -2.0]}, "|entry| < 1e+15"),
        ({"cost": [np.nan, 1.0]}, "cost of column 'nodes'"),
        ({"cost": [INF, 1.0]}, "cost of column 'nodes'"),
        ({"offset": np.nan}, "offset: expected a finite number"),
        ({"row_lower": [np.nan, 0.0]}, "bounds of row 'demand'"),
        ({"row_lower": [5.0, -INF]}, "found [5.0, 4.0]"),
        ({"column_upper": [-1.0, 3.0]}, "bounds of column 'nodes'"),
        ({"column_upper": [1e30, 3.0]}, "or infinite outwards"),
        ({"column_lower": [INF, 0.0], "column_upper": [INF, 3.0]}, "bounds of column 'nodes'"),
        ({"row_indices": [0, 0, 0, 1]}, "expected one matrix entry, found several"),
        ({"row_indices": [0, 2, 0, 1]}, "expected 0 to 1, found 0 to 2"),
        ({"column_starts": [0, 3, 2]}, "column_starts"),
        ({"column_starts": [0, 4]}, "expected shape (3,)"),
        ({"row_upper": [1.0]}, "row_upper: expected shape (2,)"),
        ({"row_names": ("only one",)}, "expected 2 names or none"),
        ({"start": [0.0]}, "start: expected shape (2,)"),
        ({"start": [0.0, INF]}, "start of column 'share'"),
    ],
)
def test_a_malformed_problem_is_refused_with_the_place(two_rows, change, told):
    with pytest.raises(SolverError) as caught:
        dataclasses.replace(two_rows, **change)

    assert told in str(caught.value)


def test_all_faults_are_told_at_once(two_rows):
    with pytest.raises(SolverError, match=r"3 fault") as caught:
        dataclasses.replace(two_rows, cost=[np.nan, np.nan], column_upper=[-1.0, 3.0])

    assert str(caught.value).count("\n  - ") == 3


def test_indices_that_are_not_whole_are_refused():
    with pytest.raises(SolverError, match="whole numbers as matrix indices"):
        Problem([0, 1], [0.5], [1.0], [1.0], [0.0], [1.0], [0.0], [1.0], [False])


def test_a_start_may_be_partial(two_rows):
    assert np.isnan(two_rows.with_start(np.array([1.0, np.nan])).start[1])
