"""Prompts and tokens worked off apart are in balance, on one fabric, by pairs that keep their promises."""

import numpy as np
import pandas as pd

from planner.plan.audit_input import SLOT, AuditInput, numbers
from planner.plan.finding import Checked, Finding, joined, number, told
from planner.plan.ledger import limit_or_nan, region_of
from planner.plan.tolerances import LATENCY_RELATIVE, RELATIVE

KIN = ("model", "precision", "kv_precision", "node_type", "draft")
"""What both replicas of a pair share, so that the cache needs no conversion."""

APART = ("prefill", "decode")
"""Roles of the replicas of a pair."""


def disaggregation(found: AuditInput) -> Checked:
    """Every request on a decode option has its prompt from prefill replicas at its place, with room, in time, over the ports."""
    is_apart = found.deployments["role"].isin(APART).any() or found.traffic["role"].isin(APART).any()
    if found.tables.handovers.empty and not is_apart:
        return Checked(0)
    return joined(_balance(found), _prefill_capacity(found), _pairs(found), _ports(found), _fabrics(found))


def _handed(found: AuditInput) -> pd.DataFrame:
    return found.tables.handovers.astype({"requests_per_s": float})


def _balance(found: AuditInput) -> Checked:
    """What is handed to a decode option is what it answers, for each workload and place."""
    key = ["workload", "option", "place", *SLOT]
    traffic = found.traffic[found.traffic["role"] == "decode"].groupby(key, as_index=False)[["requests_per_s"]].sum()
    handed = _handed(found).groupby(key, as_index=False)[["requests_per_s"]].sum()
    rows = traffic.merge(handed, on=key, how="outer", suffixes=("_made", "_handed"))
    made, prompts = rows["requests_per_s_made"].fillna(0.0), rows["requests_per_s_handed"].fillna(0.0)
    wrong = rows.assign(made=made, prompts=prompts)[~((made - prompts).abs() <= RELATIVE * made)]
    return told(
        "disaggregation",
        len(rows),
        wrong,
        lambda row: Finding(
            "disaggregation",
            f"prompts of {row.workload} for {row.option} at {row.place} in {row.period}/{row.block}",
            number(row.made),
            number(row.prompts),
            "requests/s",
        ),
    )


def _prefill_capacity(found: AuditInput) -> Checked:
    """Busy prefill replicas are at most those up times the utilisation allowed, less what robust demand may ask beyond."""
    key = ["pool", "option", "place", *SLOT]
    handed = _handed(found).drop(columns="option").rename(columns={"prefill_option": "option"})
    rates = found.coefficients.rates.drop_duplicates(["workload", "option"])[["workload", "option", "requests_per_s"]]
    rows = handed.merge(rates.rename(columns={"requests_per_s": "rate"}), on=["workload", "option"], how="left")
    rows = rows.assign(pool=rows["workload"].map(found.pool_of), busy=(rows["requests_per_s"] / rows["rate"]).fillna(np.inf))
    loads = rows.groupby(key, as_index=False)[["busy"]].sum()
    running = found.tables.deployments.groupby(key, as_index=False)[["replicas"]].sum()
    loads = loads.merge(running, on=key, how="left").fillna({"replicas": 0})
    risk = found.coefficients.limits[found.coefficients.limits["kind"] == "risk"].set_index("limit")["value"]
    surge = min(float(risk.get("risk|robust_budget", 0.0)), 1.0) * float(risk.get("risk|robust_deviation_share", 0.0))
    most = limit_or_nan(found.coefficients, "utilisation_max") * loads["replicas"] * found.up_share(loads)
    loads = loads.assign(busy=loads["busy"] * (1 + surge), most=most)
    return told(
        "disaggregation",
        len(loads),
        loads[~(loads["busy"] <= loads["most"] * (1 + RELATIVE))],
        lambda row: Finding(
            "disaggregation",
            f"prompts of {row.pool} on {number(row.replicas)} of {row.option} at {row.place} in {row.period}/{row.block}",
            f"at most {number(row.most)}",
            number(row.busy),
            "busy replicas",
        ),
    )


def _pairs(found: AuditInput) -> Checked:
    """Pairs in use are offered, of two roles and one kin, near enough, and as slow as prefill and transfer together at least."""
    pairs = found.coefficients.pairs.rename(columns={"decode_option": "option"})
    key = ["workload", "prefill_option", "option"]
    rows = _handed(found).merge(pairs, on=key, how="left", indicator="offer")
    columns = ["option", "role", *KIN]
    rows = rows.merge(found.options[columns], on="option", how="left")
    sender = found.options[columns].rename(columns={name: f"{name}_prefill" for name in columns[1:]})
    rows = rows.merge(sender.rename(columns={"option": "prefill_option"}), on="prefill_option", how="left")
    rates = found.coefficients.rates.drop_duplicates(["workload", "option"])[["workload", "option", "ttft_ms"]]
    rates = rates.rename(columns={"option": "prefill_option", "ttft_ms": "pass_ms"})
    rows = rows.merge(rates, on=["workload", "prefill_option"], how="left").assign(region=region_of(rows["place"]))
    paths = found.coefficients.paths.drop_duplicates(["workload", "region"])[["workload", "region", "network_ms"]]
    rows = rows.merge(paths, on=["workload", "region"], how="left")
    is_kin = pd.concat([rows[name] == rows[f"{name}_prefill"] for name in KIN], axis=1).all(axis=1)
    reasons = {
        "a pair that is offered": rows["offer"] == "both",
        "a prefill option that hands to a decode option": (rows["role_prefill"] == "prefill") & (rows["role"] == "decode"),
        "one model, format, cache, node type and draft on both sides": is_kin,
        "a region near enough for the pair's promises": ~(rows["network_ms"] > rows["network_ms_max"]),
        "a first token no sooner than prefill and transfer": ~(
            rows["ttft_ms"] * (1 + LATENCY_RELATIVE) < numbers(rows, "pass_ms").fillna(0.0) + rows["kv_transfer_ms"]
        ),
    }
    return joined(*(_told_pair(rows[~holds.to_numpy()], len(rows), expected) for expected, holds in reasons.items()))


def _told_pair(wrong: pd.DataFrame, rows: int, expected: str) -> Checked:
    return told(
        "disaggregation",
        rows,
        wrong,
        lambda row: Finding(
            "disaggregation",
            f"handover of {row.workload} in {row.period}/{row.block}",
            expected,
            f"{row.prefill_option} to {row.option} at {row.place}",
        ),
    )


def _ports(found: AuditInput) -> Checked:
    """The cache that crosses in a second is at most what the ports of the sending and of the receiving replicas carry."""
    handed, pairs = _handed(found), found.coefficients.pairs.rename(columns={"decode_option": "option"})
    rows = handed.merge(pairs[["workload", "prefill_option", "option", "kv_gb_per_request"]], how="left")
    rows = rows.assign(gb=rows["requests_per_s"] * rows["kv_gb_per_request"], pool=rows["workload"].map(found.pool_of))
    nodes = found.catalog.get("node_types", pd.DataFrame(columns=["node_type"]))
    port = pd.Series(numbers(nodes, "scale_out_gb_per_s").to_numpy(), index=nodes["node_type"])
    sizes = found.options.set_index("option")[["gpus", "node_type"]]
    running = (
        found.tables.deployments.set_index(["pool", "option", "place", *SLOT])["replicas"].groupby(level=[0, 1, 2, 3, 4]).sum()
    )
    parts = []
    for side in ("prefill_option", "option"):
        crossing = rows.assign(side=rows[side]).groupby(["pool", "side", "place", *SLOT], as_index=False)[["gb"]].sum()
        count = running.reindex(pd.MultiIndex.from_frame(crossing[["pool", "side", "place", *SLOT]])).fillna(0.0).to_numpy()
        gpus = crossing["side"].map(sizes["gpus"]).astype(float)
        most = count * gpus * crossing["side"].map(sizes["node_type"]).map(port).astype(float)
        crossing = crossing.assign(most=most)
        wrong = crossing[crossing["most"].notna() & ~(crossing["gb"] <= crossing["most"] * (1 + RELATIVE))]
        parts.append(
            told(
                "disaggregation",
                len(crossing),
                wrong,
                lambda row: Finding(
                    "disaggregation",
                    f"cache over the ports of {row.side} at {row.place} in {row.period}/{row.block}",
                    f"at most {number(row.most)}",
                    number(row.gb),
                    "GB/s",
                ),
            )
        )
    return joined(*parts)


def _fabrics(found: AuditInput) -> Checked:
    """Prefill and decode replicas inside nodes fit on the nodes that their provider has there."""
    key = ["node_type", "zone", "provider", *SLOT]
    apart = found.deployments[found.deployments["role"].isin(APART)]
    used = apart.assign(used=apart["replicas"] * apart["gpus"]).groupby(key, as_index=False)[["used"]].sum()
    nodes = found.nodes.assign(there=found.nodes["nodes"] * found.nodes["accelerators"])
    rows = used.merge(nodes.groupby(key, as_index=False)[["there"]].sum(), on=key, how="left").fillna({"there": 0})
    return told(
        "disaggregation",
        len(rows),
        rows[~(rows["used"] <= rows["there"])],
        lambda row: Finding(
            "disaggregation",
            f"prefill and decode replicas on {row.node_type} of {row.provider} in {row.zone} in {row.period}/{row.block}",
            f"at most {number(row.there)}",
            number(row.used),
            "accelerators",
        ),
    )
