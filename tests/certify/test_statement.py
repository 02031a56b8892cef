"""The certifier's own statement has the least cost that enumeration finds."""

import math

import pandas as pd
import pytest

from planner.certify.facts import facts_of, unsupported
from planner.certify.statement import whole_program
from planner.options.coefficients import Coefficients
from planner.solvers import Settings, Status, solve_here
from tests.headroom_worlds import pooled
from tests.oracles.brute_force import least_cost_usd
from tests.savings_worlds import promised
from tests.worlds import random_world, rich_world, showcase, tiny

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
    assert unsupported(showcase(), "least_cost") != ""


def test_what_else_stands_among_the_coefficients_is_told_unless_it_binds_nothing():
    """Length classes are streams like any other: their table only says of what they are classes."""
    row = {"workload": "chat", "of_workload": "all", "share": 1.0, "input_tokens_from": 1.0, "input_tokens_to": 1.0}
    classes = pd.DataFrame([{**row, "input_tokens": 1.0, "output_tokens": 1.0}])

    assert unsupported(tiny().with_tables(classes=classes), "least_cost") == ""
    assert unsupported(promised(), "least_cost") == "the table savings_plans"
    assert unsupported(pooled(), "least_cost") == "the table headroom"
