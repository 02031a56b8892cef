"""The certifier's own statement has the least cost that enumeration finds."""

import math

import pytest

from planner.certify.facts import facts_of
from planner.certify.scope import unsupported
from planner.certify.statement import whole_program
from planner.options.coefficients import Coefficients
from planner.solvers import Settings, Status, solve_here
from tests.oracles.brute_force import least_cost_usd
from tests.program import test_traffic_engines as traffic
from tests.worlds import random_world, rich_world, tiny

EXACT = Settings(relative_gap=1e-8, threads=1, time_limit_s=60)


def least_usd(world: Coefficients) -> float:
    solution = solve_here(whole_program(facts_of(world)).problem(), EXACT)
    assert solution.status in (Status.OPTIMAL, Status.INFEASIBLE)
    return math.inf if solution.objective is None else solution.objective


@pytest.mark.parametrize("seed", range(20))
def test_random_worlds_cost_what_enumeration_says(seed):
    world = random_world(seed)

    assert least_usd(world) == pytest.approx(least_cost_usd(world), abs=0.01)


@pytest.mark.parametrize("seed", range(20))
def test_worlds_with_places_cost_what_enumeration_says(seed):
    world = rich_world(seed)
    if not unsupported(world, "least_cost"):
        assert least_usd(world) == pytest.approx(least_cost_usd(world), abs=0.01)


def test_what_is_not_stated_is_refused_by_name():
    assert unsupported(tiny(), "least_cost") == ""
    assert unsupported(tiny(), "least_carbon") == "the goal least_carbon"
    assert unsupported(traffic.interruptible(1), "least_cost") == "requests that may wait"
