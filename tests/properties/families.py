"""Random worlds by the families they use: what the laws are tested on, hundreds in all."""

from collections.abc import Callable, Mapping

import numpy as np

from planner.options.coefficients import Coefficients
from tests.disaggregated_worlds import random_apart
from tests.headroom_worlds import with_headroom
from tests.policy_worlds import limited, powered, priced
from tests.program.test_policy_agreement import MAKERS
from tests.program.test_traffic_engines import WORLDS as TRAFFIC
from tests.resilience_worlds import motley
from tests.service_worlds import service_rows
from tests.sliced_worlds import in_parts, with_quota
from tests.uncertain_worlds import in_scenarios, with_goals, with_surges, with_tail
from tests.worlds import random_world, rich_world

SEEDS = 12
"""Worlds of each kind."""
FEW = 1
"""Worlds of each kind that the default suite takes, of every fifth kind a law."""
FUTURES = {"low": (0.6, 0.7), "high": (0.4, 1.4)}


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(40_000 + seed)


def _turned_away(seed: int) -> Coefficients:
    world, rng = random_world(seed), _rng(seed)
    names = dict.fromkeys(world.pools["workload"])
    rows = [{"workload": w, "unserved_usd_per_request": float(rng.choice([1e-5, 1e-4, 1e-3]))} for w in names]
    return world.with_tables(service=service_rows(*rows))


def _budgeted(seed: int) -> Coefficients:
    return limited(_turned_away(seed), "budget_usd", float(_rng(seed).uniform(200, 3000)))


def _carbon(seed: int) -> Coefficients:
    world, rng = rich_world(seed), _rng(seed)
    kw = {str(n): float(rng.uniform(5, 12)) for n in sorted(set(world.offers["node_type"]))}
    grids = {str(r): (float(rng.uniform(1.1, 1.5)), float(rng.uniform(0.05, 0.6))) for r in sorted(set(world.offers["region"]))}
    world = priced(powered(world, kw, grids), "carbon_usd_per_tonne", float(rng.choice([50.0, 400.0])))
    world = limited(world, "carbon_kg", float(rng.uniform(500, 20_000)))
    return limited(world, "power_kw", float(rng.uniform(20, 80)))


def _shares(seed: int) -> Coefficients:
    family = ("provider_share", "region_share", "vendor_share", "accelerator_share")[seed % 4]
    return MAKERS[family](rich_world(seed), _rng(seed))


def _parts(seed: int) -> Coefficients:
    world = random_world(seed)
    return in_parts(world, {str(world.pools["workload"].iloc[0]): int(_rng(seed).integers(1, 4))})


def _quota(seed: int) -> Coefficients:
    return with_quota(rich_world(seed), float(_rng(seed).choice([4, 8, 12])))


def _clean(seed: int) -> Coefficients:
    return with_goals(_carbon(seed), ("least_carbon", 0.0, "share"))


def _policy(family: str) -> Callable[[int], Coefficients]:
    return lambda seed: MAKERS[family](rich_world(seed), _rng(seed))


def _lost_region(seed: int) -> Coefficients:
    return limited(motley(seed), "region_loss_service_share", float(_rng(seed).uniform(0.2, 0.8)))


def _traffic(family: str) -> Callable[[int], Coefficients]:
    return TRAFFIC[family][0]


KINDS: Mapping[str, Callable[[int], Coefficients]] = {
    "base": random_world, "places": rich_world,
    "scenarios": lambda seed: in_scenarios(random_world(seed), FUTURES),
    "tail": lambda seed: with_tail(in_scenarios(random_world(seed), FUTURES), 0.5, 0.3),
    "surges": lambda seed: with_surges(random_world(seed), float(_rng(seed).choice([0.5, 1.0, 1.5])), 0.3),
    "turned away": _turned_away, "budget": _budgeted, "carbon and power": _carbon, "shares": _shares,
    "parts": _parts, "quota": _quota, "least carbon": _clean,
    "spot": _policy("spot_share"), "smallest orders": _policy("orders_min"),
    "volume and starts, discounted": _policy("discounting"),
    "apart": random_apart, "pooled headroom": lambda seed: with_headroom(random_world(seed)),
    "savings plans": _policy("savings_plan"), "few options": _policy("option_cap"), "few models": _policy("model_cap"),
    "spare replicas": _policy("spare_replicas"), "lost region": _lost_region,
    "api": _traffic("api"), "api tiers": _traffic("api_tiers"),
    "interruptible": _traffic("interruptible"), "priority": _traffic("priority"),
    "cascade": _traffic("cascade"), "indivisible": _traffic("indivisible"), "mean quality": _traffic("mean_quality"),
}  # fmt: skip
"""World of a seed, by the families it has beyond the base ones."""
