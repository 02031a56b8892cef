"""From an instance and a catalog to the coefficient tables: the whole options room on one page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.errors import Fault, UnsatisfiableError
from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.options.api import api_table, call_table
from planner.options.calibrated import Calibration, load_calibration
from planner.options.coefficients import LIMITS, OPTIONS, POOLS, RATES, SITES, Coefficients, checked_coefficients
from planner.options.disaggregation import disaggregated, refuse_unpaired
from planner.options.dominance import Dropped, undominated
from planner.options.enumeration import Place, enumerate_places, with_drafts
from planner.options.goals import goal_rows
from planner.options.headroom import headroom_table
from planner.options.length_classes import by_class, class_table
from planner.options.network import path_table
from planner.options.pairing import Pair, needed_pairs, pair_table, role_points
from planner.options.policy import optional_scalars, policy_tables
from planner.options.pooling import pool_points
from planner.options.prices import Market, market, period_table
from planner.options.rates import Point, make_bench, user_points, workload_points
from planner.options.savings_plans import savings_plan_table
from planner.options.scenarios import block_table, demand_table
from planner.options.service import cascade_table, has_models_apart, has_options_apart, service_table
from planner.options.slices import slice_table
from planner.options.unmodelled import is_modelled, unmodelled_places
from planner.options.variants import candidate_variants, eligible_variants, limit_benchmark, score_table
from planner.roofline import memory
from planner.units import BYTES_PER_GIB


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
    found = market(instance, catalog)
    if found.offers.empty:
        where = instance.document.where(("supply",))
        raise UnsatisfiableError([Fault(where, "an offer in the instance's regions on its terms", "none in the catalog")])
    scores = score_table(instance, catalog)
    points, pairs, memory_gib = _points(instance, catalog, found, scores, calibration or load_calibration())
    pools = _pool_table(instance)
    pool_of = dict(zip(pools["workload"], pools["pool"], strict=True))
    total = len(points) + len(role_points(pairs))
    apart = has_models_apart(instance), has_options_apart(instance)
    kept, dropped = undominated(points, pool_of, *apart) if has_dominance else (points, [])
    if has_dominance:
        pairs, dropped_apart = needed_pairs(pairs, pool_of, path_table(instance, catalog), *apart)
        dropped = [*dropped, *dropped_apart]
    kept = [*kept, *role_points(pairs)]
    options = _option_table(kept, memory_gib)
    offers = found.offers[found.offers["node_type"].isin(set(options["node_type"]))]
    coefficients = checked_coefficients(
        {
            "options": options, "rates": _rate_table(kept), "offers": offers,
            "prices": found.prices[found.prices["offer"].isin(set(offers["offer"]))],
            "supply": found.supply[found.supply["offer"].isin(set(offers["offer"]))],
            "sites": _site_table(options, offers), "scores": scores, "paths": path_table(instance, catalog),
            "demand": demand_table(instance), "periods": period_table(instance), "blocks": block_table(instance),
            "pools": pools, "limits": _limit_table(instance), "service": service_table(instance),
            "slices": slice_table(instance), **policy_tables(instance, catalog, offers),
            "cascades": cascade_table(instance, catalog), "api": api_table(instance, catalog),
            "calls": call_table(instance, catalog, scores), "classes": classes, "pairs": pair_table(pairs),
            "headroom": headroom_table(instance),
            "savings_plans": savings_plan_table(instance, catalog, offers),
        }
    )  # fmt: skip
    return Prepared(coefficients, tuple(dropped), total)


def _points(
    instance: Instance, catalog: Catalog, found: Market, scores: pd.DataFrame, calibration: Calibration
) -> tuple[list[Point], list[Pair], dict[str, tuple[float, float]]]:
    """Returns every operating point that keeps its promises, the user's own over the modelled, pairs, and (weights, free) GiB."""
    eligible = eligible_variants(instance, catalog, scores)
    node_types = list(dict.fromkeys(found.offers["node_type"]))
    variants = list(candidate_variants(instance, catalog))
    modelled = [variant for variant in variants if is_modelled(instance, variant)]
    plain = enumerate_places(instance, catalog, modelled, [name for name in node_types if name in catalog.node_types])
    places = with_drafts(instance, catalog, plain)
    bench = make_bench(instance, places, calibration)
    paths = path_table(instance, catalog)
    pooled = {name for pool in instance.settings.pools for name in pool.workloads}
    bare = unmodelled_places(instance, catalog, variants, found.offers)
    own, replaced = user_points(instance, catalog, [*places, *bare], eligible)
    pairs = disaggregated(instance, bench, paths, eligible, pooled)
    given = {point.workload for point in own} | {pair.decode.workload for pair in pairs}
    points: list[Point] = []
    if "aggregated" in instance.settings.deployment.roles:
        points += workload_points(instance, bench, paths, eligible, pooled, given)
        points += pool_points(instance, bench, paths, eligible, given)
    else:
        refuse_unpaired(instance, given)
    factor = 1.0 if bench.drafts is None else bench.drafts.memory_factor
    weights_gib = memory.weights_bytes_per_accelerator(bench.candidates) * factor / BYTES_PER_GIB
    free_gib = memory.free_bytes_per_accelerator(bench.candidates, bench.efficiencies, factor) / BYTES_PER_GIB
    sizes = zip(places, weights_gib, np.broadcast_to(free_gib, weights_gib.shape), strict=True)
    memory_gib = {place.name: (float(weights), float(free)) for place, weights, free in sizes}
    return [p for p in points if (p.workload, p.place.name) not in replaced] + own, pairs, memory_gib


def _option_table(points: Sequence[Point], memory_gib: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
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


def _rate_table(points: Sequence[Point]) -> pd.DataFrame:
    names = [name for name in RATES.names if name != "option"]
    rows = [{"option": point.option, **{name: getattr(point, name) for name in names}} for point in points]
    return RATES.check(pd.DataFrame(rows, columns=list(RATES.names)), "rates")


def _site_table(options: pd.DataFrame, offers: pd.DataFrame) -> pd.DataFrame:
    joined = options[["option", "node_type"]].merge(offers[["offer", "node_type"]], on="node_type")
    return SITES.check(joined[["option", "offer"]], "sites")


def _pool_table(instance: Instance) -> pd.DataFrame:
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
