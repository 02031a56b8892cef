"""Why no fleet is large enough: supply against the least that the traffic of each slot needs."""

from collections.abc import Sequence

import pandas as pd

from planner.errors import Fault
from planner.options.coefficients import RENTED_KINDS, Coefficients
from planner.options.service import gone_elsewhere

LIMITS_TOLD = 8
"""Limits that are named where any of them may be why."""


def shortage_faults(coefficients: Coefficients, where: str, limits: Sequence[str] = ()) -> list[Fault]:
    """Returns one fault for each workload and slot that even the whole supply of its eligible node types cannot carry.

    A workload needs at least demand / (utilisation_max, or 1 with pooled headroom, x best rate per accelerator) accelerators; it
    may use at most the supply of every offer on a node type of one of its options in an allowed region. Requests that may wait
    for another block count by the mean of their period; a workload whose requests may be turned away or bought by the token is
    never short. Where no single workload is short by that measure, one fault says that whole replicas of all do not fit together,
    or that the `limits` named are why.
    """
    supplied = _supplied(coefficients)
    answering = coefficients.options.loc[coefficients.options["role"] != "prefill", ["option", "node_type", "gpus"]]
    rates = coefficients.rates.merge(answering, on="option")
    rates["per_gpu"] = (
        rates["requests_per_s"] / rates["gpus"] * (1.0 if len(coefficients.headroom) else coefficients.limit("utilisation_max"))
    )
    allowed = coefficients.paths[coefficients.paths["is_allowed"]][["workload", "region"]]
    faults = []
    asked_most = _asked(coefficients)
    for (workload, period), asked in asked_most.items():
        mine = rates[rates["workload"] == workload]
        regions = allowed.loc[allowed["workload"] == workload, "region"]
        usable = supplied[(supplied["period"] == period) & supplied["region"].isin(regions)]
        per_type = usable.groupby("node_type")["accelerators"].sum()
        best = mine.groupby("node_type")["per_gpu"].max()
        carried = float((per_type.reindex(best.index).fillna(0) * best).sum())
        if asked > carried:
            expected = f"supply for {asked:g} requests/s of {workload} in {period}"
            faults.append(Fault(where, expected, f"at most {carried:.4g} requests/s from every node it may use"))
    if not faults:
        faults = [_together(where, limits)]
    return faults[:10]


def _asked(coefficients: Coefficients) -> dict[tuple[str, str], float]:
    """Returns requests/s that replicas must carry at some time, by workload and period; none of what may go elsewhere."""
    waits = set(coefficients.service.loc[coefficients.service["is_interruptible"], "workload"])
    rows = coefficients.demand[~coefficients.demand["workload"].isin(gone_elsewhere(coefficients))]
    rows = rows.merge(coefficients.blocks[["period", "block", "hours"]], on=["period", "block"])
    rows["requests"] = rows["requests_per_s"] * rows["hours"]
    grouped = rows.groupby(["workload", "period"], sort=False)
    most, mean = grouped["requests_per_s"].max(), grouped["requests"].sum() / grouped["hours"].sum()
    return {key: float(mean[key] if key[0] in waits else most[key]) for key in most.index}


def _together(where: str, limits: Sequence[str]) -> Fault:
    """Returns the fault of what no workload alone is the reason for."""
    expected = "enough whole nodes for whole replicas of all workloads together in every slot"
    alone = "though no workload alone asks for more traffic than supply carries"
    if not limits:
        return Fault(where, expected, f"too few once they are shared out, {alone}")
    more = f" and {len(limits) - LIMITS_TOLD} more" if len(limits) > LIMITS_TOLD else ""
    named = ", ".join(limits[:LIMITS_TOLD]) + more
    return Fault(
        where, f"{expected}, within every limit", f"none: too few once shared out or once limits are kept ({named}), {alone}"
    )


def _supplied(coefficients: Coefficients) -> pd.DataFrame:
    """Returns the accelerators that offers may supply by node type, region and period; late deliveries count as none."""
    offers = coefficients.offers[["offer", "node_type", "region", "accelerators", "kind", "lead_time_periods"]]
    joined = coefficients.supply.merge(offers, on="offer").merge(coefficients.periods[["period", "position"]], on="period")
    arrives = joined["kind"].isin(RENTED_KINDS) | (joined["position"] >= joined["lead_time_periods"])
    return joined.assign(accelerators=joined["accelerators"] * joined["nodes_max"] * arrives)
