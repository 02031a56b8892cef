"""Every method's plan and bound lie on the two sides of the enumerated optimum, on worlds of every kind."""

import math

import numpy as np
import pytest

from planner.methods import METHODS, MethodSettings, solve_program
from planner.methods.choose import choose
from planner.options.coefficients import Coefficients
from planner.program.groups import Groups
from tests.oracles.brute_force import costs_and_cash_usd, least_cost_usd
from tests.policy_worlds import limited
from tests.worlds import random_world, rich_world

GAP = 1e-4
SETTINGS = MethodSettings(relative_gap=GAP, time_limit_s=60.0, threads=1)


TIGHT = (8, 11, 35, 59, 60, 83, 85, 99, 121, 125, 143, 144, 147, 151, 153, 161, 163, 165, 171, 183, 192, 195, 206, 214, 216)
"""Rich worlds whose cheapest plan takes more cash than another does."""


def budgeted(seed: int) -> tuple[Coefficients, float]:
    """Returns a world of places, supply caps and commitments under a budget that rules its cheapest plan out, and its optimum."""
    world = rich_world(TIGHT[seed % len(TIGHT)])
    costs = costs_and_cash_usd(world)
    least_usd, cheapest_usd = min(cash for _, cash in costs), min(costs)[1]
    budget_usd = least_usd + float(np.random.default_rng(seed).uniform(0.0, 0.95)) * (cheapest_usd - least_usd)
    return limited(world, "budget_usd", budget_usd), least_cost_usd(world, budget_usd)


def wrong(make, seed: int, method: str) -> str:
    """Returns how a method contradicts the enumeration on a world; empty where it does not."""
    world, usd = make(seed) if make is budgeted else ((one := make(seed)), least_cost_usd(one))
    groups = Groups(world)
    if method == "outer" and choose(groups) != "outer":
        return ""
    found = solve_program(groups, SETTINGS, method)
    if math.isinf(usd):
        return "" if found.status == "infeasible" else f"{make.__name__}({seed}): infeasible, {method} says {found.status}"
    room = 1e-6 * max(1.0, usd)
    if found.objective_usd is None or found.bound_usd is None:
        return f"{make.__name__}({seed}): {usd} usd, {method} found nothing ({found.status})"
    if found.bound_usd > usd + room:
        return f"{make.__name__}({seed}): {usd} usd, but {method} claims a bound of {found.bound_usd}"
    if not usd - room <= found.objective_usd <= usd * (1 + GAP) + room:
        return f"{make.__name__}({seed}): {usd} usd, {method} found {found.objective_usd}"
    return ""


FEW = [(random_world, 3), (random_world, 17), (rich_world, 1), (rich_world, 5), *((budgeted, s) for s in range(3))]
MANY = [*((random_world, s) for s in range(40)), *((rich_world, s) for s in range(60)), *((budgeted, s) for s in range(100))]


def test_budgets_bind_and_leave_a_plan():
    for seed in range(5):
        free_usd = least_cost_usd(rich_world(TIGHT[seed]))
        assert free_usd < budgeted(seed)[1] < math.inf


@pytest.mark.parametrize("method", METHODS)
def test_plan_and_bound_enclose_the_enumerated_optimum(method):
    assert [told for make, seed in FEW if (told := wrong(make, seed, method))] == []


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_plan_and_bound_enclose_the_enumerated_optimum_on_many_worlds(method):
    assert [told for make, seed in MANY if (told := wrong(make, seed, method))] == []
