"""Every method's plan, and all that it proves, lie on the two sides of the enumerated optimum, on worlds of every kind."""

import dataclasses
import math
from collections.abc import Callable

import pytest

from planner.methods import METHODS, MethodSettings, solve_program
from planner.methods.choose import choose
from planner.options.coefficients import Coefficients
from planner.program.groups import Groups
from tests.oracles.brute_force import least_cost_usd
from tests.oracles.coupled_worlds import COUPLED, budgeted
from tests.oracles.watched_bounds import claims, watched
from tests.worlds import random_world, rich_world

GAP = 1e-4
SETTINGS = MethodSettings(relative_gap=GAP, time_limit_s=60.0, threads=1)
NAMES = (*METHODS, "auto")

Made = tuple[str, Coefficients, float]
"""A world's name, its tables and its optimum in usd."""


def made(make: Callable[[int], Coefficients], seed: int) -> Made:
    """Returns a random world with what the enumeration says it costs."""
    world = make(seed)
    return f"{make.__name__}({seed})", world, least_cost_usd(world)


def coupled(seed: int) -> Made:
    """Returns a world with every coupling, and its optimum."""
    world, budget_usd = budgeted(seed)
    return f"coupled({seed})", world, least_cost_usd(world, budget_usd)


def wrong(one: Made, method: str, threads: int = 1) -> list[str]:
    """Returns how a method contradicts the enumeration on a world, in its answer or on the way; empty where it does not."""
    name, world, usd = one
    groups = Groups(world)
    if method == "outer" and choose(groups) != "outer":
        return []
    with watched() as watch:
        found = solve_program(groups, dataclasses.replace(SETTINGS, threads=threads), method)
    room = 0.0 if math.isinf(usd) else 1e-6 * max(1.0, usd)
    told = watch.faults(usd + room)
    if math.isinf(usd):
        told += [] if found.status == "infeasible" else [f"infeasible, but {found.status}"]
    elif found.objective_usd is None or found.bound_usd is None:
        told.append(f"{usd} usd, but found nothing ({found.status})")
    else:
        told += [f"{usd} usd, but {bound} usd is claimed as a bound" for bound in claims(found) if not bound <= usd + room]
        is_between = usd - room <= found.objective_usd <= usd * (1 + GAP) + room
        told += [] if is_between else [f"{usd} usd, but found {found.objective_usd}"]
    return [f"{name}, {method}, {threads} threads: {text}" for text in told]


FEW = [(random_world, 3), (random_world, 17), (rich_world, 1), (rich_world, 5)]
MANY = [*((random_world, seed) for seed in range(40)), *((rich_world, seed) for seed in range(60))]


@pytest.fixture(scope="module")
def few() -> list[Made]:
    """A handful of worlds, enumerated once for all methods."""
    return [*(made(make, seed) for make, seed in FEW), *(coupled(seed) for seed in COUPLED[:3])]


@pytest.fixture(scope="module")
def many() -> list[Made]:
    """All the worlds."""
    return [*(made(make, seed) for make, seed in MANY), *(coupled(seed) for seed in COUPLED)]


@pytest.mark.parametrize("method", METHODS)
def test_plan_and_bounds_enclose_the_enumerated_optimum(method: str, few: list[Made]) -> None:
    assert [text for one in few for text in wrong(one, method)] == []


@pytest.mark.slow
@pytest.mark.parametrize("method", NAMES)
def test_plan_and_bounds_enclose_the_enumerated_optimum_on_many_worlds(method: str, many: list[Made]) -> None:
    """One process and two take turns: races and bounds beside neighbourhoods are for two."""
    assert [text for k, one in enumerate(many) for text in wrong(one, method, 1 + k % 2)] == []
