"""Laws of the families on money, supply and policy, on random worlds: proved optima, gap 1e-9.

Each law names the families under which it holds and is tested there; `MAKERS` adds a family at random to a world.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from planner.options.coefficients import Coefficients
from planner.solvers import Worker
from tests.policy_worlds import optima
from tests.program.test_policy_agreement import MAKERS
from tests.worlds import rich_world

SEEDS = (0,)
ROOM = 1e-7
RULES_ONLY = (
    "budget", "power", "carbon_cap", "vendor_share", "provider_share", "region_share", "accelerator_share", "orders_min",
)  # fmt: skip
"""Families that only forbid: a plan with them is a plan without (caps on variety, spares, lost regions: `test_laws_at_large`)."""
CHARGES = ("carbon_price", "switching", "migration")
"""Cost terms that are never negative."""


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """One process of HiGHS for all laws of this file."""
    with Worker() as one:
        yield one


def made(family: str, seeds: Sequence[int]) -> list[Coefficients]:
    """Returns random worlds with a family in use."""
    return [MAKERS[family](rich_world(seed), np.random.default_rng(seed)) for seed in seeds]


def bare(seeds: Sequence[int]) -> list[Coefficients]:
    """Returns the same worlds without the family."""
    return [rich_world(seed) for seed in seeds]


def never_more(cheap: Sequence[float], dear: Sequence[float]) -> bool:
    """Says whether no value of the first list is above its partner in the second."""
    return all(math.isinf(b) or a <= b * (1 + ROOM) + 1e-6 for a, b in zip(cheap, dear, strict=True))


def same(left: Sequence[float], right: Sequence[float]) -> bool:
    """Says whether the lists agree."""
    return all(a == b or math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-5) for a, b in zip(left, right, strict=True))


def repriced(world: Coefficients, factor: float) -> Coefficients:
    """Returns the world with every coefficient and right side in usd scaled."""
    prices = world.prices.assign(**{name: world.prices[name] * factor for name in ("usd_per_hour", "upfront_usd")})
    paths = world.paths.assign(egress_usd_per_request=world.paths["egress_usd_per_request"] * factor)
    is_money = world.limits["kind"].eq("budget_usd") | world.limits["limit"].isin(
        ["carbon_usd_per_tonne", "switching_usd_per_node", "migration_usd_per_replica"]
    )
    limits = world.limits.assign(value=world.limits["value"] * np.where(is_money, factor, 1.0))
    return world.with_tables(prices=prices, paths=paths, limits=limits)


def permuted(world: Coefficients) -> Coefficients:
    """Returns the world with the rows of every table in another order."""
    rng = np.random.default_rng(7)
    tables = {name: getattr(world, name) for name in world.__dataclass_fields__}
    return world.with_tables(**{n: t.iloc[rng.permutation(len(t))].reset_index(drop=True) for n, t in tables.items()})


def removing_costs_nothing(worker: Worker, family: str, seeds: Sequence[int]) -> bool:
    """Says whether worlds without a family never cost more than with it."""
    return never_more(optima(worker, "highs", bare(seeds)), optima(worker, "highs", made(family, seeds)))


@pytest.mark.parametrize("family", [*RULES_ONLY, *CHARGES])
def test_removing_a_limit_or_a_charge_never_raises_cost(worker, family):
    assert removing_costs_nothing(worker, family, SEEDS)


def test_a_volume_discount_never_raises_cost(worker):
    assert never_more(optima(worker, "highs", made("price_tiers", SEEDS)), optima(worker, "highs", bare(SEEDS)))


@pytest.mark.parametrize("family", MAKERS)
def test_permuting_rows_changes_nothing(worker, family):
    worlds = made(family, SEEDS)

    assert same(optima(worker, "highs", worlds), optima(worker, "highs", [permuted(world) for world in worlds]))


@pytest.mark.parametrize("family", MAKERS)
def test_scaling_everything_in_usd_scales_the_objective(worker, family):
    """Prices, egress, budgets, and the prices of carbon and of starts; shares, kW, kg and a discount rate have no usd."""
    worlds = made(family, SEEDS)
    scaled = optima(worker, "highs", [repriced(world, 3.0) for world in worlds])

    assert same([usd * 3.0 for usd in optima(worker, "highs", worlds)], scaled)


@pytest.mark.parametrize("family", [*RULES_ONLY, *CHARGES, "spot_share", "workload_spot_share"])
def test_more_demand_never_costs_less(worker, family):
    """The fleet of the larger demand, with the same nodes, serves the smaller one too."""
    worlds = made(family, SEEDS)
    grown = [w.with_tables(demand=w.demand.assign(requests_per_s=w.demand["requests_per_s"] * 1.25)) for w in worlds]

    assert never_more(optima(worker, "highs", worlds), optima(worker, "highs", grown))


@pytest.mark.parametrize("family", ["budget", "power", "carbon_cap", "spot_share"])
def test_a_wider_limit_never_costs_more(worker, family):
    kinds = {"budget": "budget_usd", "power": "power_kw", "carbon_cap": "carbon_kg", "spot_share": "spot_share_max"}
    worlds = made(family, SEEDS)
    wide = []
    for world in worlds:
        is_it = world.limits["kind"] == kinds[family]
        limits = world.limits.assign(value=world.limits["value"].where(~is_it, world.limits["value"] * 1.3))
        wide.append(world.with_tables(limits=limits))

    assert never_more(optima(worker, "highs", wide), optima(worker, "highs", worlds))


@pytest.mark.slow
@pytest.mark.parametrize("family", [*RULES_ONLY, *CHARGES])
def test_removing_a_limit_or_a_charge_never_raises_cost_on_many_worlds(worker, family):
    assert removing_costs_nothing(worker, family, range(200, 220))
