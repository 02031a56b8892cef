"""What a plan comes to at its goals, and what is claimed of it."""

import pytest

from planner.errors import SolverError
from planner.plan.goals import Asked, asked_of, claims, gap_allowed, goal_gap, goal_name, reached, value_of
from tests.plan.worlds import coefficients, tables
from tests.uncertain_worlds import with_limits, with_tail

TAILED = with_tail(coefficients(), 0.5, 0.1)


def test_least_cost_claims_a_bound_in_usd():
    usd = tables().total_usd

    assert claims(tables(), coefficients(), usd * 0.995, [], 0.01)["status"] == "optimal"
    assert claims(tables(), coefficients(), usd * 0.98, [], 0.01)["status"] == "feasible"
    assert claims(tables(), coefficients(), None, [], 0.01) == {"status": "feasible", "bound_usd": None, "gap": None}


def test_another_goal_claims_its_own_bound_and_none_in_usd():
    """With one scenario the tail is the cost itself."""
    usd = tables().total_usd
    told = claims(tables(), TAILED, 1.0, [(("tail_cost",), 0.98 * usd)], 0.05)

    assert told["bound_usd"] is None
    assert (told["goal"], told["status"]) == ("tail_cost", "optimal")
    assert told["goals"][0].objective == pytest.approx(usd)
    assert told["gap"] == pytest.approx(0.02)
    assert claims(tables(), TAILED, None, [(("tail_cost",), None)], 0.05)["status"] == "feasible"
    assert claims(tables(), TAILED, None, [(("tail_cost",), usd * (1 - 0.5e-9))], 0.0)["status"] == "optimal"


def test_a_bound_beyond_the_plan_is_a_contradiction():
    usd = tables().total_usd

    with pytest.raises(SolverError, match="contradicts"):
        claims(tables(), coefficients(), usd * 1.001, [], 0.01)
    with pytest.raises(SolverError, match="tail_cost"):
        reached(tables(), TAILED, [(("tail_cost",), usd * 1.001)])
    assert reached(tables(), TAILED, [(("tail_cost",), usd * (1 + 1e-8))])[0].gap == 0.0


def test_names_of_goals():
    assert goal_name([]) == "least_cost"
    assert goal_name(asked_of(TAILED)) == "tail_cost"
    two = with_limits(TAILED, ("goal|1", "goal", "least_carbon", 0.1, "share"), ("goal|2", "goal", "least_cost", 0.0, "share"))
    assert [stage.name for stage in asked_of(two)] == ["least_carbon", "tail_cost"]
    assert goal_name(asked_of(two)) == "lexicographic"
    weighed = with_limits(coefficients(), ("goal|1", "goal", "least_cost", 2.0, "weight"))
    assert goal_name(asked_of(weighed)) == "weighted"
    assert value_of(asked_of(weighed)[0], tables(), weighed) == pytest.approx(2 * tables().total_usd)


def test_a_stage_may_lose_its_tolerance_and_still_be_proved():
    assert gap_allowed(0.01, 0.0) == 0.01
    assert gap_allowed(0.01, 0.1) == pytest.approx(0.11 / 0.9)
    assert goal_gap(90.0, 100.0) == pytest.approx(1 / 9)
    assert Asked({"least_cost": 1.0}, 0.0).name == "least_cost"
