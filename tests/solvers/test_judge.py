"""Judge: every lie of an engine is found, the gap is recomputed, nothing unproved is called optimal."""

import dataclasses

import numpy as np
import pytest

from planner.errors import SolverError
from planner.solvers import Limit, Settings, Status, answer_or_raise
from planner.solvers.claim import Claim, Said
from planner.solvers.judge import is_closed, judge, relative_gap

INF = np.inf


@pytest.fixture
def knapsack(dense):
    """min -5x - 4y: 6x + 4y <= 24, x + 2y <= 6, whole in [0, 10]; the optimum is (4, 0) at -20."""
    return dense([[6, 4], [1, 2]], [-5, -4], (-INF, [24, 6]), (0, 10), True)


OPTIMAL = Claim(Said.OPTIMAL, Limit.NONE, "v", 0.1, values=np.array([4.0, 0.0]), objective=-20.0, bound=-20.0)


def verdict(problem, claim=OPTIMAL, settings=None, **change):
    """Judges a changed claim."""
    return judge(problem, settings or Settings(), dataclasses.replace(claim, **change), 1.0)


def test_an_honest_claim_is_optimal_with_recomputed_numbers(knapsack):
    solution = verdict(knapsack, objective=None)

    assert (solution.status, solution.limit) == (Status.OPTIMAL, Limit.NONE)
    assert (solution.objective, solution.bound, solution.gap, solution.message) == (-20.0, -20.0, 0.0, "")


def test_the_gap_of_a_negative_objective_divides_by_its_size(knapsack):
    solution = verdict(knapsack, bound=-21.0)

    assert solution.gap == pytest.approx(0.05)
    assert verdict(knapsack, bound=-21.0, settings=Settings(relative_gap=0.05)).status == "optimal"


def test_optimal_in_the_engines_mouth_with_an_open_gap_is_only_feasible(knapsack):
    solution = verdict(knapsack, bound=-21.0)

    assert solution.status == "feasible"
    assert "larger than asked for" in solution.message


def test_a_gap_closed_at_the_time_limit_is_optimal_with_limit_time(knapsack):
    solution = verdict(knapsack, said=Said.STOPPED, limit=Limit.TIME, bound=-20.1)

    assert (solution.status, solution.limit) == ("optimal", "time")


def test_an_objective_of_zero_is_proved_by_the_absolute_gap():
    settings = Settings(relative_gap=0.01, absolute_gap=1e-6)

    assert is_closed(0.0, -1e-7, settings, is_mip=True)
    assert not is_closed(0.0, -1e-5, settings, is_mip=True)
    assert relative_gap(0.0, -1e-5) == pytest.approx(1e4)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"values": np.array([4.0, 1.0])}, "row 0 is violated by 4"),
        ({"values": np.array([3.5, 0.0])}, "0.5 away from a whole number"),
        ({"values": np.array([-1.0, 0.0])}, "out of its bounds"),
        ({"values": np.array([np.nan, 0.0])}, "not finite"),
        ({"values": np.array([4.0])}, "shape"),
        ({"values": None}, "gives no values"),
        ({"objective": -25.0}, "its point costs -20"),
        ({"objective": np.nan}, "its point costs -20"),
        ({"bound": -19.0}, "above the objective"),
        ({"bound": np.nan}, "not a number"),
        ({"said": Said.INFEASIBLE}, "a feasible point is known"),
        ({"said": Said.UNBOUNDED}, "bound the objective"),
        ({"said": Said.INFEASIBLE_OR_UNBOUNDED}, "could not tell"),
        ({"said": Said.FAILED, "note": "singular basis"}, "singular basis"),
        ({"said": Said.STOPPED, "values": np.array([np.inf, 0.0])}, "not finite"),
    ],
)
def test_a_contradiction_is_an_error_and_never_an_answer(knapsack, change, told):
    solution = verdict(knapsack, **change)

    assert solution.status is Status.ERROR
    assert told in solution.message
    assert (solution.values, solution.objective, solution.bound) == (None, None, None)
    with pytest.raises(SolverError, match="highs"):
        answer_or_raise(solution)


def test_infeasible_is_an_error_where_the_start_is_feasible(knapsack):
    claim = {"said": Said.INFEASIBLE, "values": None, "objective": None, "bound": None}

    assert verdict(knapsack, **claim).status == "infeasible"
    assert verdict(knapsack.with_start(np.array([1.0, 1.0])), **claim).status == "error"
    assert verdict(knapsack.with_start(np.array([9.0, 9.0])), **claim).status == "infeasible"


def test_a_bound_above_a_feasible_start_is_an_error(knapsack):
    better = knapsack.with_start(np.array([4.0, 0.0]))
    claim = {"values": np.array([2.0, 2.0]), "objective": -18.0, "bound": -18.0}

    assert verdict(knapsack, **claim).status == "optimal"
    assert "of the start" in verdict(better, **claim).message


def test_a_feasible_start_is_the_answer_where_the_engine_found_nothing(knapsack):
    stopped = {"said": Said.STOPPED, "limit": Limit.TIME, "values": None, "objective": None, "bound": -30.0}
    solution = verdict(knapsack.with_start(np.array([2.0, 2.0])), **stopped)

    assert (solution.status, solution.limit, solution.objective) == ("feasible", "time", -18.0)
    assert verdict(knapsack, **stopped).status == "no_solution"
    assert verdict(knapsack.with_start(np.array([2.0, np.nan])), **stopped).status == "no_solution"


def test_a_stopped_engines_infeasible_point_is_dropped_and_said(knapsack):
    solution = verdict(knapsack, said=Said.STOPPED, limit=Limit.TIME, values=np.array([5.0, 0.0]), objective=-25.0)

    assert (solution.status, solution.values) == ("no_solution", None)
    assert "dropped: row 0" in solution.message


def test_costs_and_bounds_alone_bound_where_the_engine_gives_no_bound(knapsack):
    assert verdict(knapsack, said=Said.STOPPED, limit=Limit.TIME, bound=None).bound == -90.0


def test_the_bound_of_an_lp_comes_from_its_multipliers_not_from_the_engine(dense):
    problem = dense([[1, 1]], [3, 2], (4, INF), (0, INF), False)
    claim = Claim(Said.OPTIMAL, Limit.NONE, "v", 0.0, np.array([0.0, 4.0]), 8.0, row_duals=np.array([2.0]))

    proved, doubtful = verdict(problem, claim), verdict(problem, claim, row_duals=np.array([1.5]))
    assert (proved.status, proved.bound, proved.row_duals.tolist()) == ("optimal", 8.0, [2.0])
    assert (doubtful.status, doubtful.bound) == ("feasible", 6.0)


def test_the_log_is_left_out_on_request(knapsack):
    assert verdict(knapsack, log="lines").log == "lines"
    assert verdict(knapsack, log="lines", settings=Settings(log=False)).log == ""
