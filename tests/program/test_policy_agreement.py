"""Both engines prove the same optimum on random worlds with a policy family in use, and the family binds in some."""

import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pytest

from planner.options.coefficients import Coefficients
from planner.program.groups import Groups
from planner.program.used import USED, extensions
from planner.solvers import Worker
from tests.policy_worlds import limited, optima
from tests.worlds import rich_world

SEEDS = range(20)


def _budget(world: Coefficients, rng: np.random.Generator) -> Coefficients:
    period = str(rng.choice(["", *world.periods["period"]]))
    return limited(world, "budget_usd", float(rng.uniform(500, 3000) * (1 if period else len(world.periods))), period=period)


MAKERS: Mapping[str, Callable[[Coefficients, np.random.Generator], Coefficients]] = {"budget": _budget}
"""Adds the family at random to a world, by the family's name."""


@pytest.fixture(scope="module")
def workers() -> Iterator[dict[str, Worker]]:
    """One process an engine."""
    with Worker() as highs, Worker() as scip:
        yield {"highs": highs, "scip": scip}


@pytest.fixture(scope="module")
def before(workers) -> list[float]:
    """The optima of the random worlds without the families."""
    return optima(workers["highs"], "highs", [rich_world(seed) for seed in SEEDS])


@pytest.mark.parametrize("family", MAKERS)
def test_engines_agree_with_the_family_in_use(workers, before, family):
    worlds = [MAKERS[family](rich_world(seed), np.random.default_rng(seed)) for seed in SEEDS]
    usd = {name: optima(worker, name, worlds) for name, worker in workers.items()}

    assert all(a == b or math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-4) for a, b in zip(*usd.values(), strict=True))
    assert any(not math.isclose(a, b, rel_tol=1e-6) for a, b in zip(before, usd["highs"], strict=True)), "it binds somewhere"
    assert any(family in extensions(Groups(world)) for world in worlds)


def test_makers_are_of_families():
    assert MAKERS.keys() <= USED.keys()
