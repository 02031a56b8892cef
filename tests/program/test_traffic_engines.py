"""Random small worlds with the wishes of the families on traffic: two engines agree on every optimum."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from planner.options.coefficients import Coefficients
from tests.program.optima import optima
from tests.service_worlds import service_rows
from tests.worlds import random_world, rich_world

SEEDS = range(24)


def refusable(seed: int) -> Coefficients:
    """Returns a random world in which some workloads may be turned away."""
    rng = np.random.default_rng(20_000 + seed)
    given = (random_world if seed % 2 else rich_world)(seed)
    rows = [
        {"workload": w, "unserved_usd_per_request": float(rng.choice([1e-5, 1e-4, 1e-3]))}
        for w in given.pools["workload"] if rng.random() < 0.8
    ]  # fmt: skip
    return given.with_tables(service=service_rows(*rows)) if rows else given


WORLDS: dict[str, Callable[[int], Coefficients]] = {"unserved": refusable}


@pytest.mark.parametrize("name", WORLDS)
def test_engines_agree(name):
    worlds = [WORLDS[name](seed) for seed in SEEDS]
    highs, scip = optima(worlds, "highs"), optima(worlds, "scip")

    wrong = [(s, a, b) for s, a, b in zip(SEEDS, highs, scip, strict=True) if not _is_same(a, b)]
    assert wrong == []
    assert sum(math.isfinite(usd) for usd in highs) >= 20, "most worlds have a plan"


def test_a_price_for_turning_away_never_costs_more():
    with_price = optima([refusable(seed) for seed in SEEDS])
    base = optima([(random_world if seed % 2 else rich_world)(seed) for seed in SEEDS])

    assert all(a <= b * (1 + 1e-7) for a, b in zip(with_price, base, strict=True))
    assert sum(a < b * (1 - 1e-6) for a, b in zip(with_price, base, strict=True)) >= 5


def _is_same(a: float, b: float) -> bool:
    return a == b or math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6)
