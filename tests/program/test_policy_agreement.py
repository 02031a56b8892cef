"""Both engines prove the same optimum on random worlds with a policy family in use, and the family binds in some."""

import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd
import pytest

from planner.options.coefficients import Coefficients
from planner.program.groups import Groups
from planner.program.used import USED, extensions
from planner.solvers import Worker
from tests.policy_worlds import limited, optima, powered, priced
from tests.savings_worlds import plan_rows
from tests.worlds import rich_world

SEEDS = range(24)
FEW = 2
"""Seeds of the default suite; the slow ones take all."""
Maker = Callable[[Coefficients, np.random.Generator], Coefficients]


def _budget(world: Coefficients, rng: np.random.Generator) -> Coefficients:
    period = str(rng.choice(["", *world.periods["period"]]))
    return limited(world, "budget_usd", float(rng.uniform(500, 3000) * (1 if period else len(world.periods))), period=period)


def _powered(world: Coefficients, rng: np.random.Generator) -> Coefficients:
    """Gives every node type a power and every region a grid."""
    kw = {str(n): float(rng.choice([5.0, 10.0])) for n in world.offers["node_type"].unique()}
    return powered(world, kw, {str(r): (1.2, float(rng.uniform(0.02, 0.7))) for r in world.offers["region"].unique()})


def _power(world: Coefficients, rng: np.random.Generator) -> Coefficients:
    return limited(_powered(world, rng), "power_kw", float(rng.choice([10.0, 20.0, 30.0])))


def _carbon_cap(world: Coefficients, rng: np.random.Generator) -> Coefficients:
    period = str(rng.choice(["", *world.periods["period"]]))
    return limited(_powered(world, rng), "carbon_kg", float(rng.uniform(200, 2500)), period=period)


def _carbon_price(world: Coefficients, rng: np.random.Generator) -> Coefficients:
    return priced(_powered(world, rng), "carbon_usd_per_tonne", float(rng.uniform(50, 400)))


def _share(kind: str, attribute: str) -> Maker:
    def made(world: Coefficients, rng: np.random.Generator) -> Coefficients:
        scope = str(rng.choice(["", *world.offers[attribute].unique()]))
        return limited(_mixed(world), kind, float(rng.choice([0.4, 0.5, 0.7])), scope)

    return made


def _mixed(world: Coefficients) -> Coefficients:
    """Returns the world with the nodes of the first provider's second node type, or of the second region, of another vendor."""
    is_other = (world.offers["node_type"] != world.offers["node_type"].iloc[0]) | (world.offers["region"] != "here")
    return world.with_tables(offers=world.offers.assign(vendor=world.offers["vendor"].where(~is_other, "W")))


def _spot(world: Coefficients, rng: np.random.Generator) -> Coefficients:
    """Turns the on-demand nodes of provider q into cheap spot nodes, which every workload bears in part."""
    kind = world.offers["kind"].where(world.offers["offer"] != "od-q", "spot")
    workloads = world.pools["workload"].tolist()
    spot = pd.DataFrame({"workload": workloads, "spot_share_max": rng.choice([0.3, 0.6, 1.0], len(workloads))})
    scale = np.where(world.prices["offer"] == "od-q", 0.3, 1.0)
    prices = world.prices.assign(usd_per_hour=world.prices["usd_per_hour"] * scale)
    return priced(
        world.with_tables(offers=world.offers.assign(kind=kind), spot=spot, prices=prices), "spot_interruption_share", 0.1
    )


def _spot_share(world: Coefficients, rng: np.random.Generator) -> Coefficients:
    return limited(_spot(world, rng), "spot_share_max", float(rng.choice([0.25, 0.5])))


def _variety(kind: str) -> Maker:
    def made(world: Coefficients, rng: np.random.Generator) -> Coefficients:
        """Gives every option a model of its own, and at most one of them to each region."""
        return limited(world.with_tables(options=world.options.assign(model=world.options["option"])), kind, 1.0)

    return made


def _price_tiers(world: Coefficients, rng: np.random.Generator) -> Coefficients:
    rows = [
        (offer, first, float(rng.choice([0.2, 0.5, 0.8])))
        for offer in world.offers.loc[world.offers["kind"] != "owned", "offer"] for first in (2, 4)
    ]  # fmt: skip
    return world.with_tables(price_tiers=pd.DataFrame(rows, columns=["offer", "nodes_from", "discount_share"]))


def _orders_min(world: Coefficients, rng: np.random.Generator) -> Coefficients:
    least = world.offers[["offer"]].assign(nodes_min=rng.choice([1, 2, 3], len(world.offers)))
    return world.with_tables(orders_min=least)


def _switching(world: Coefficients, rng: np.random.Generator) -> Coefficients:
    return priced(world, "switching_usd_per_node", float(rng.uniform(100, 600)))


def _migration(world: Coefficients, rng: np.random.Generator) -> Coefficients:
    return priced(world, "migration_usd_per_replica", float(rng.uniform(50, 300)))


def _discounting(world: Coefficients, rng: np.random.Generator) -> Coefficients:
    """Discounts at random, with starts and volume discounts to discount."""
    return priced(
        _migration(_switching(_price_tiers(world, rng), rng), rng), "discount_rate_per_year", float(rng.uniform(0.1, 1.0))
    )


def _savings(world: Coefficients, rng: np.random.Generator) -> Coefficients:
    """Sells two plans on the nodes on demand of the first seller, one of a period and one of three."""
    offers = world.offers[(world.offers["kind"] == "on_demand") & (world.offers["provider"] == "p")]["offer"].tolist()
    rows = [
        row
        for name, term in (("p/short", 1), ("p/long", 3))
        for row in plan_rows(name, offers, term, float(rng.uniform(0.2, 0.7)))
    ]
    return world.with_tables(savings_plans=pd.DataFrame(rows))


MAKERS: Mapping[str, Maker] = {
    "spare_replicas": lambda world, rng: limited(world, "spare_replicas", float(rng.integers(1, 3))),
    "region_loss": lambda world, rng: limited(world, "region_loss_service_share", float(rng.uniform(0.2, 0.7))),
    "option_cap": _variety("options_max"), "model_cap": _variety("models_max"),
    "savings_plan": _savings, "savings": _savings,
    "price_tiers": _price_tiers, "volume_discount": _price_tiers, "orders_min": _orders_min, "node_starts": _switching,
    "switching": _switching, "replica_starts": _migration, "migration": _migration, "discounting": _discounting,
    "workload_spot_share": _spot, "spot_share": _spot_share,
    "budget": _budget, "power": _power, "carbon_cap": _carbon_cap, "carbon_price": _carbon_price,
    "vendor_share": _share("vendor_share_max", "vendor"), "provider_share": _share("provider_share_max", "provider"),
    "region_share": _share("region_share_max", "region"),
    "accelerator_share": _share("accelerator_share_max", "accelerator"),
}  # fmt: skip
"""Adds the family at random to a world, by the family's name."""


@pytest.fixture(scope="module")
def workers() -> Iterator[dict[str, Worker]]:
    """One process an engine."""
    with Worker() as highs, Worker() as scip:
        yield {"highs": highs, "scip": scip}


def contradictions(workers: dict[str, Worker], family: str, seeds: range) -> list[str]:
    """Returns the seeds on which the engines disagree."""
    worlds = [MAKERS[family](rich_world(seed), np.random.default_rng(seed)) for seed in seeds]
    usd = {name: optima(worker, name, worlds) for name, worker in workers.items()}
    pairs = zip(seeds, *usd.values(), strict=True)
    return [f"{seed}: {a}, {b}" for seed, a, b in pairs if not (a == b or math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-4))]


@pytest.mark.parametrize("family", MAKERS)
def test_engines_agree_with_the_family_in_use(workers, family):
    assert contradictions(workers, family, SEEDS[:FEW]) == []


@pytest.mark.slow
@pytest.mark.parametrize("family", MAKERS)
def test_engines_agree_on_many_worlds_and_the_family_binds(workers, family):
    made = [MAKERS[family](rich_world(seed), np.random.default_rng(seed)) for seed in SEEDS]
    before, after = (optima(workers["highs"], "highs", worlds) for worlds in ([rich_world(seed) for seed in SEEDS], made))

    assert contradictions(workers, family, SEEDS) == []
    assert any(not math.isclose(a, b, rel_tol=1e-6) for a, b in zip(before, after, strict=True)), "it binds somewhere"
    assert any(family in extensions(Groups(world)) for world in made)


def test_makers_are_of_families():
    assert MAKERS.keys() <= USED.keys()
