"""From an instance and a catalog to the coefficient tables: the whole options room on one page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from planner.errors import UnsatisfiableError
from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.options.api import api_table, call_table, tier_table
from planner.options.calibrated import Calibration, load_calibration
from planner.options.coefficients import LIMITS, OPTIONS, POOLS, RATES, SITES, Coefficients, checked_coefficients
from planner.options.dominance import Dropped, undominated
from planner.options.enumeration import Place
from planner.options.goals import goal_rows
from planner.options.headroom import headroom_table
from planner.options.latencies import latency_table
from planner.options.length_classes import by_class, class_table
from planner.options.pairing import needed_pairs, pair_table, role_points
from planner.options.policy import optional_scalars, policy_tables
from planner.options.prices import period_table
from planner.options.rates import Point
from planner.options.savings_plans import savings_plan_table
from planner.options.scenarios import block_table, demand_table
from planner.options.served import Ground, ground_of, served
from planner.options.service import cascade_table, has_models_apart, has_options_apart, has_starts_priced, service_table
from planner.options.slices import slice_table
from planner.options.variants import limit_benchmark


@dataclass(frozen=True)
class Prepared:
    """The coefficient tables, and what was left out on the way."""

    coefficients: Coefficients
    dropped: tuple[Dropped, ...]
    points_total: int
    """Operating points that keep every promise, before dominance."""


def prepare(instance: Instance, catalog: Catalog, calibration: Calibration | None = None, has_dominance: bool = True) -> Prepared:
    """Returns the coefficients of an instance; raises UnsatisfiableError where no option can keep a promise."""
    classes, instance = class_table(instance), by_class(instance)
    ground = ground_of(instance, catalog, calibration or load_calibration())
    found = served(instance, catalog, ground)
    if found.faults:
        raise UnsatisfiableError(found.faults)
    points, pairs, dropped = found.points, found.pairs, list[Dropped]()
    total = len(points) + len(role_points(pairs))
    apart, priced = (has_models_apart(instance), has_options_apart(instance)), has_starts_priced(instance)
    if has_dominance:
        pools = pool_table(instance)
        pool_of = dict(zip(pools["workload"], pools["pool"], strict=True))
        points, dropped = undominated(points, pool_of, *apart, has_starts_priced=priced)
        pairs, dropped_apart = needed_pairs(pairs, pool_of, ground.paths, *apart, has_starts_priced=priced)
        dropped = [*dropped, *dropped_apart]
    kept = [*points, *role_points(pairs)]
    tables = option_table(kept, ground.memory_gib), rate_table(kept), pair_table(pairs)
    made = coefficients_of(instance, catalog, ground, *tables, classes)
    return Prepared(made.with_tables(latencies=latency_table(kept)), tuple(dropped), total)


def coefficients_of(
    instance: Instance, catalog: Catalog, ground: Ground, options: pd.DataFrame, rates: pd.DataFrame, pairs: pd.DataFrame,
    classes: pd.DataFrame,
) -> Coefficients:  # fmt: skip
    """Returns every coefficient table around options, their rates and their pairs."""
    found = ground.found
    offers = found.offers[found.offers["node_type"].isin(set(options["node_type"]))]
    return checked_coefficients(
        {
            "options": options, "rates": rates, "offers": offers,
            "prices": found.prices[found.prices["offer"].isin(set(offers["offer"]))],
            "supply": found.supply[found.supply["offer"].isin(set(offers["offer"]))],
            "sites": _site_table(options, offers), "scores": ground.scores, "paths": ground.paths,
            "demand": demand_table(instance), "periods": period_table(instance), "blocks": block_table(instance),
            "pools": pool_table(instance), "limits": _limit_table(instance), "service": service_table(instance),
            "slices": slice_table(instance), **policy_tables(instance, catalog, offers),
            "cascades": cascade_table(instance, catalog), "api": api_table(instance, catalog),
            "calls": call_table(instance, catalog, ground.scores), "classes": classes, "pairs": pairs,
            "headroom": headroom_table(instance), "api_tiers": tier_table(instance, catalog),
            "savings_plans": savings_plan_table(instance, catalog, offers),
        }
    )  # fmt: skip


def option_table(points: Sequence[Point], memory_gib: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """Returns the option rows of operating points, each option once."""
    rows = {}
    for point in points:
        place, layout = point.place, point.place.layout
        weights_gib, kv_gib = memory_gib.get(replace(place, role="aggregated").name, (float("nan"), float("nan")))
        rows[point.option] = {
            "option": point.option, "variant": place.variant.name, "model": place.variant.model.model,
            "precision": place.variant.precision.precision, "kv_precision": place.kv_precision,
            "node_type": place.node_type, "accelerator": place.row.accelerator.accelerator,
            "vendor": place.row.accelerator.vendor, "tp": layout.tp, "pp": layout.pp, "ep": layout.ep,
            "dp": layout.dp, "role": place.role, "gpus": layout.gpus,
            "nodes_per_replica": place.nodes_per_replica, "weights_gib": weights_gib, "kv_gib": kv_gib,
            "max_batch": point.batch, **_draft_cells(place),
        }  # fmt: skip
    return OPTIONS.check(pd.DataFrame(list(rows.values()), columns=list(OPTIONS.names)), "options")


def _draft_cells(place: Place) -> dict[str, object]:
    """Returns the cells of an option row that tell how its tokens are drafted; none where they are not."""
    draft = place.draft
    if draft is None:
        return {"draft": "", "draft_tokens": 0, "draft_acceptance": float("nan"), "draft_source": ""}
    how = {"draft": draft.draft, "draft_tokens": draft.draft_tokens}
    return {**how, "draft_acceptance": draft.acceptance, "draft_source": draft.source}


def rate_table(points: Sequence[Point]) -> pd.DataFrame:
    """Returns the rate rows of operating points."""
    names = [name for name in RATES.names if name != "option"]
    rows = [{"option": point.option, **{name: getattr(point, name) for name in names}} for point in points]
    return RATES.check(pd.DataFrame(rows, columns=list(RATES.names)), "rates")


def _site_table(options: pd.DataFrame, offers: pd.DataFrame) -> pd.DataFrame:
    joined = options[["option", "node_type"]].merge(offers[["offer", "node_type"]], on="node_type")
    return SITES.check(joined[["option", "offer"]], "sites")


def pool_table(instance: Instance) -> pd.DataFrame:
    """Returns the pool of every workload, its own where it shares none."""
    pool_of = {name: pool.pool for pool in instance.settings.pools for name in pool.workloads}
    rows = [
        {"workload": w.workload, "pool": pool_of.get(w.workload, w.workload), "replicas_min": w.replicas_min}
        for w in instance.settings.workloads
    ]
    return POOLS.check(pd.DataFrame(rows), "pools")


LIMIT_UNITS: Mapping[str, str] = {
    "budget_usd": "usd", "power_kw": "kW", "carbon_kg": "kg", "spare_replicas": "replicas", "options_max": "options",
    "models_max": "models", "mean_quality_floor": "points", "accelerators_max": "accelerators",
}  # fmt: skip
"""Unit of a policy limit by kind; every other kind is a share."""


def _limit_table(instance: Instance) -> pd.DataFrame:
    """Returns the scalars and policy limits that the program and the audit read."""
    settings = instance.settings
    rows = [
        {"limit": "utilisation_max", "kind": "service", "scope": "", "value": settings.service.utilisation_max, "unit": "share"},
        {
            "limit": "terminal_use_share",
            "kind": "money",
            "scope": "",
            "value": settings.money.terminal_use_share,
            "unit": "share",
        },
    ]
    rows += [
        {"limit": name, "kind": "money", "scope": "", "value": value, "unit": unit}
        for name, (value, unit) in optional_scalars(settings).items()
        if value != 0
    ]
    rows += [
        {**limit.model_dump(), "benchmark": limit_benchmark(instance, limit), "unit": LIMIT_UNITS.get(limit.kind, "share")}
        for limit in settings.limits
    ]
    rows += goal_rows(settings)
    return LIMITS.check(pd.DataFrame(rows), "limits")
