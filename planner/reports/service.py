"""Who serves what as frames: demand against capacity, routes with their latency, promises and how they are kept."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.inputs.instance import Instance
from planner.options.coefficients import Coefficients
from planner.options.places import is_spot_place
from planner.options.promises import TPOT_TAIL
from planner.options.variants import benchmark_key
from planner.plan.handovers import with_pair_latencies
from planner.plan.latencies import with_each_statistic
from planner.plan.ledger import region_of
from planner.plan.length_classes import spoken
from planner.plan.plan import PlanTables
from planner.reports.fleet import SLOT, slots
from planner.units import SECONDS_PER_HOUR

METRICS: Mapping[str, str] = {"ttft": "time to first token", "tpot": "time per output token", "e2e": "end to end"}
WITH_NETWORK = ("ttft", "e2e")
"""Metrics that a user sees after the network's round trip."""
ROUTE = ["workload", "option", "region"]


def demand_capacity(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns workload, period, block and requests/s: demand, served (by replicas), capacity (at the utilisation allowed), full.

    `full` is what replicas carry at full load.
    Demand is that of the scenario with most. Replicas of a shared pool count for a workload by its part of their work, so
    its capacity is what the same mix could grow to; replicas of a shared pool without any traffic count for nobody.
    """
    key = ["pool", "option", "place", *SLOT]
    pools = coefficients.pools[["workload", "pool"]]
    rates = coefficients.rates[["workload", "option", "requests_per_s"]].rename(columns={"requests_per_s": "rate"})
    could = tables.deployments.merge(pools, on="pool").merge(rates, on=["workload", "option"])
    could = could.merge(tables.traffic, on=["workload", *key[1:]], how="left").fillna({"requests_per_s": 0.0})
    busy = could["requests_per_s"] / could["rate"]
    busy_in_group = busy.groupby([could[name] for name in key]).transform("sum").to_numpy()
    members = could.groupby(key)["workload"].transform("size").to_numpy()
    alone = np.where(members == 1, 1.0, 0.0)
    part = np.divide(busy.to_numpy(), busy_in_group, out=alone, where=busy_in_group > 0)
    allowed = _allowed(could, coefficients) * could["rate"] * part
    capacity = allowed.groupby([could[name] for name in ("workload", *SLOT)]).sum()
    full = (could["replicas"] * could["rate"] * part).groupby([could[name] for name in ("workload", *SLOT)]).sum()
    wanted = coefficients.demand.groupby(["workload", *SLOT])["requests_per_s"].max()
    carried = tables.traffic.groupby(["workload", *SLOT])["requests_per_s"].sum()
    every = slots(coefficients)[SLOT].merge(pools[["workload"]], how="cross")[["workload", *SLOT]]
    index = pd.MultiIndex.from_frame(every)
    at_full = full.reindex(index).fillna(0.0).to_numpy(dtype=float)
    found = every.assign(
        demand=wanted.reindex(index).fillna(0.0).to_numpy(dtype=float),
        served=carried.reindex(index).fillna(0.0).to_numpy(dtype=float),
        capacity=capacity.reindex(index).fillna(0.0).to_numpy(dtype=float),
        full=at_full,
    )
    return spoken(found, coefficients).groupby(["workload", *SLOT], as_index=False, sort=False).sum()


def routes(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns who serves whom, a row a workload, option and region, the largest share of a workload first.

    Columns: workload, option, region, model, precision, node_type, accelerator, layout, gpus, share (of the workload's
    requests over the horizon), requests_peak (1/s), replicas_peak, rate (requests/s of a replica at full load), batch,
    bound, source, network_ms, ttft_ms and e2e_ms (with network), tpot_ms (mean).
    """
    served = tables.traffic.merge(coefficients.blocks, on=SLOT).assign(region=region_of(tables.traffic["place"]))
    served = served.assign(requests=served["requests_per_s"] * served["hours"] * SECONDS_PER_HOUR)
    sums = served.groupby(ROUTE, as_index=False).agg(requests=("requests", "sum"))
    peaks = served.groupby([*ROUTE, *SLOT])["requests_per_s"].sum().groupby(ROUTE).max().rename("requests_peak")
    whole = sums.groupby(spoken(sums, coefficients)["workload"])["requests"].transform("sum")
    sums = sums.assign(share=sums["requests"] / whole)
    rates = coefficients.rates.drop(columns=["network_ms_max"]).rename(columns={"requests_per_s": "rate"})
    rows = sums.merge(peaks, on=ROUTE).merge(rates, on=["workload", "option"])
    rows = rows.merge(coefficients.options.drop(columns=["variant", "vendor", "role", "max_batch"]), on="option")
    rows = rows.merge(coefficients.paths[["workload", "region", "network_ms"]], on=["workload", "region"])
    rows = rows.merge(_replicas_peak(tables, coefficients), on=ROUTE, how="left").fillna({"replicas_peak": 0})
    rows = _with_slowest_pair(rows, tables, coefficients)
    rows = rows.assign(
        layout=_replica_words(rows, prefill_words(tables, coefficients)),
        ttft_ms=rows["ttft_ms"] + rows["network_ms"],
        e2e_ms=rows["e2e_ms"] + rows["network_ms"],
        replicas_peak=rows["replicas_peak"].astype("int64"),
    )
    order = {name: place for place, name in enumerate(coefficients.pools["workload"])}
    rows = rows.assign(position=rows["workload"].map(order)).sort_values(
        ["position", "share"], ascending=[True, False], kind="stable", ignore_index=True
    )
    return rows[
        [*ROUTE, "model", "precision", "node_type", "accelerator", "layout", "gpus", "share", "requests", "requests_peak",
         "replicas_peak", "rate", "batch", "bound", "source", "network_ms", "ttft_ms", "tpot_ms", "e2e_ms"]
    ]  # fmt: skip


def _replica_words(rows: pd.DataFrame, helpers: Mapping[tuple[str, str, str], str]) -> list[str]:
    """Returns how the replicas of each route are split, with their draft and the prefill replicas that help them."""
    degrees = ("tp", "pp", "ep", "dp", "draft", "draft_tokens", "draft_acceptance")
    keys = rows[ROUTE].itertuples(index=False, name=None)
    return [
        layout_words(*split) + draft_words(draft, tokens, acceptance) + helpers.get(key, "")
        for *split, draft, tokens, acceptance, key in zip(*(rows[name] for name in degrees), keys, strict=True)
    ]


def layout_words(tp: int, pp: int, ep: int, dp: int) -> str:
    """Returns how a replica is split, degrees of one left out.

    >>> layout_words(4, 2, 1, 1), layout_words(1, 1, 1, 1)
    ('TP4 PP2', 'whole')
    """
    degrees = {"TP": tp, "PP": pp, "EP": ep, "DP": dp}
    return " ".join(f"{name}{degree}" for name, degree in degrees.items() if degree != 1) or "whole"


def draft_words(draft: str, draft_tokens: int, acceptance: float) -> str:
    """Returns how tokens are drafted, behind the layout; empty where they are not.

    >>> draft_words("mtp", 1, 0.85)
    ', mtp drafts 1 (0.85 accepted)'
    """
    return f", {draft} drafts {draft_tokens} ({acceptance:g} accepted)" if draft_tokens else ""


def prefill_words(tables: PlanTables, coefficients: Coefficients) -> dict[tuple[str, str, str], str]:
    """Returns who works off the prompts of each workload, decode option and region: replicas at their peak, by layout."""
    if tables.handovers.empty:
        return {}
    handed = tables.handovers.assign(region=region_of(tables.handovers["place"])).rename(columns={"option": "decode_option"})
    peaks = _replicas_peak(tables, coefficients).set_index(ROUTE)["replicas_peak"]
    options = coefficients.options.set_index("option")
    found: dict[tuple[str, str, str], list[str]] = {}
    key = ["workload", "decode_option", "region", "prefill_option"]
    for workload, decode, region, prefill in handed[key].drop_duplicates().itertuples(index=False, name=None):
        layout = layout_words(*(int(options.loc[prefill, name]) for name in ("tp", "pp", "ep", "dp")))
        found.setdefault((workload, decode, region), []).append(f"{int(peaks.loc[workload, prefill, region])} x {layout}")
    return {route: f", decode; prompts on {' + '.join(sorted(words))} prefill" for route, words in found.items()}


def _with_slowest_pair(rows: pd.DataFrame, tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns routes with TTFT and end to end of the slowest pair in use where prompts are worked off apart."""
    handed = tables.handovers.assign(place=region_of(tables.handovers["place"])) if len(tables.handovers) else tables.handovers
    named = rows.rename(columns={"region": "place"})
    return with_pair_latencies(named, handed, coefficients).rename(columns={"place": "region"})


def promises_kept(found: pd.DataFrame, instance: Instance, coefficients: Coefficients) -> pd.DataFrame:
    """Returns workload, promise, statistic, limit, worst (over the routes in use), unit and margin share.

    Latencies are at full load and with network; TPOT at a percentile is the mean times the documented ratio. A quality
    floor is a promise too: the worst is then the lowest score. NaN where no number is given.
    """
    scores = coefficients.scores.set_index(["variant", "benchmark"])["score"]
    rows: list[tuple[str, str, str, float, float, str]] = []
    served = spoken(found, coefficients)
    for workload in instance.settings.workloads:
        mine = served[served["workload"] == workload.workload]
        for target in workload.slo:
            at = _at_statistic(mine, target.statistic, coefficients)
            tail = TPOT_TAIL[target.statistic] if target.metric == "tpot" else 1.0
            worst = float(at[f"{target.metric}_ms"].max()) * tail if len(mine) else float("nan")
            rows.append((workload.workload, METRICS[target.metric], target.statistic, target.ms, worst, "ms"))
        if workload.quality is not None:
            key = benchmark_key(instance, workload)
            variants = sorted(set(mine["model"] + "@" + mine["precision"]))
            lowest = min((float(scores.get((name, key), float("nan"))) for name in variants), default=float("nan"))
            rows.append((workload.workload, f"quality: {key}", "at least", workload.quality.floor, lowest, "points"))
    frame = pd.DataFrame(rows, columns=["workload", "promise", "statistic", "limit", "worst", "unit"])
    slack = frame["limit"] - frame["worst"]
    return frame.assign(margin=slack.where(frame["unit"] == "ms", -slack) / frame["limit"].where(frame["limit"] > 0))


def _at_statistic(rows: pd.DataFrame, statistic: str, coefficients: Coefficients) -> pd.DataFrame:
    """Returns routes with TTFT and end to end (network included) at a statistic, where several are promised."""
    far = rows.assign(statistic=statistic, **{f"{name}_ms": rows[f"{name}_ms"] - rows["network_ms"] for name in WITH_NETWORK})
    told = with_each_statistic(far, coefficients)
    return told.assign(**{f"{name}_ms": told[f"{name}_ms"] + told["network_ms"] for name in WITH_NETWORK})


def _allowed(rows: pd.DataFrame, coefficients: Coefficients) -> pd.Series:
    """Returns how many replicas of each row may be busy: `utilisation_max` of them, or what pooled headroom lets them be."""
    busy = rows["replicas"] * coefficients.limit("utilisation_max")
    is_whole = rows["option"].map(coefficients.options.set_index("option")["role"]) == "aggregated"
    is_pooled = is_whole & ~rows["place"].map(lambda place: is_spot_place(str(place)))
    for _, slope, less in coefficients.headroom.itertuples(index=False, name=None):
        busy = busy.where(~is_pooled, np.maximum(busy, rows["replicas"] * slope - less))
    return busy


def _replicas_peak(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    pools = coefficients.pools[["workload", "pool"]]
    running = tables.deployments.assign(region=region_of(tables.deployments["place"])).merge(pools, on="pool")
    in_block = running.groupby([*ROUTE, *SLOT])["replicas"].sum()
    return in_block.groupby(ROUTE).max().rename("replicas_peak").reset_index()
