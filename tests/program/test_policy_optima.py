"""Hand-made worlds in which a policy family changes the optimum to a known one, found by both engines.

The tiny world (see tests/program/test_build.py) needs 2, 1, 3, 1 nodes in the four slots of 100 h; a node rented for a slot
costs 400 usd, reserved for both periods 1200 usd. Without a limit one node is reserved in q1: 2400 usd.
"""

from collections.abc import Iterator

import pytest

from planner.solvers import Worker
from tests.policy_worlds import budgeted, limited, optima, upfront_tiny
from tests.worlds import tiny

ENGINES = ("highs", "scip")


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """One process for all optima of this file."""
    with Worker() as one:
        yield one


@pytest.fixture(params=ENGINES)
def least_usd(request, worker):
    """The function that returns the least cost of a world by an engine."""
    return lambda world: optima(worker, request.param, [world])[0]


def test_the_tiny_world_costs_2400_usd(least_usd):
    assert least_usd(tiny()) == pytest.approx(2400.0)
    assert least_usd(upfront_tiny()) == pytest.approx(2400.0)


def test_a_budget_of_the_first_period_forbids_paying_upfront(least_usd):
    """One node reserved in q1 takes 1200 + 400 usd of cash there, over 1300; all on demand takes 1200 and 2800 in all."""
    assert least_usd(budgeted()) == pytest.approx(2800.0)


def test_a_budget_that_nothing_meets_has_no_plan(least_usd):
    """q2 needs three nodes by day and one by night: no cash under 1400 usd (600 + 800 with one reserved) is enough."""
    assert least_usd(limited(tiny(), "budget_usd", 1399.0, period="q2")) == float("inf")
    assert least_usd(limited(tiny(), "budget_usd", 1400.0, period="q2")) == pytest.approx(2400.0)


def test_a_budget_of_the_whole_horizon_is_the_sum_of_its_periods(least_usd):
    """The plan of 2400 usd ends with the horizon: all of it is cash."""
    assert least_usd(limited(tiny(), "budget_usd", 2400.0)) == pytest.approx(2400.0)
    assert least_usd(limited(tiny(), "budget_usd", 2399.0)) == float("inf")
