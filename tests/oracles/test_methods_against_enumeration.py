"""Every method's plan and bound lie on the two sides of the enumerated optimum, on worlds of every kind."""

import math

import pytest

from planner.methods import METHODS, MethodSettings, solve_program
from planner.methods.choose import choose
from planner.program.groups import Groups
from tests.oracles.brute_force import least_cost_usd
from tests.worlds import random_world, rich_world

GAP = 1e-4
SETTINGS = MethodSettings(relative_gap=GAP, time_limit_s=60.0, threads=1)
FEW = [(random_world, seed) for seed in (3, 17)] + [(rich_world, seed) for seed in (1, 2, 5, 8)]
MANY = [(random_world, seed) for seed in range(40)] + [(rich_world, seed) for seed in range(60)]


def wrong(make, seed: int, method: str) -> str:
    """Returns how a method contradicts the enumeration on a world; empty where it does not."""
    world = make(seed)
    groups = Groups(world)
    if method == "outer" and choose(groups) != "outer":
        return ""
    usd, found = least_cost_usd(world), solve_program(groups, SETTINGS, method)
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


@pytest.mark.parametrize("method", METHODS)
def test_plan_and_bound_enclose_the_enumerated_optimum(method):
    assert [told for make, seed in FEW if (told := wrong(make, seed, method))] == []


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_plan_and_bound_enclose_the_enumerated_optimum_on_many_worlds(method):
    assert [told for make, seed in MANY if (told := wrong(make, seed, method))] == []
