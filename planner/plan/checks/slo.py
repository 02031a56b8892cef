"""Every latency promise holds on every route in use."""

import pandas as pd

from planner.options.promises import TPOT_TAIL
from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, joined, number, told
from planner.plan.latencies import with_each_statistic
from planner.plan.tolerances import LATENCY_RELATIVE

COLUMNS = {"ttft": "ttft_ms", "tpot": "tpot_ms", "e2e": "e2e_ms"}
WITH_NETWORK = ("ttft", "e2e")
"""Metrics that a user sees after the network's round trip."""


def slo(found: AuditInput) -> Checked:
    """Latency of every route in use, with network time where the user sees it, is at most the workload's limit.

    `rates` give TTFT and end to end at the statistic promised (`latencies` each, where several are) and TPOT as a mean, so TPOT
    at a percentile is held by the documented ratio. A latency that a user's own rate does not state is a note: the rate itself
    is the user's promise.
    """
    if found.instance is None:
        return Checked(0)
    rows = [
        (workload.workload, target.metric, target.statistic, target.ms)
        for workload in found.instance.settings.workloads
        for target in workload.slo
    ]
    targets = pd.DataFrame(rows, columns=["workload", "metric", "statistic", "limit_ms"])
    columns = ["workload", "option", "region", "network_ms", "rate_source", *COLUMNS.values()]
    routes = found.traffic[columns].drop_duplicates(["workload", "option", "region"]).merge(targets, on="workload")
    routes = with_each_statistic(routes, found.coefficients)
    latency = pd.Series(float("nan"), index=routes.index, dtype=float)
    for metric, column in COLUMNS.items():
        network = routes["network_ms"] if metric in WITH_NETWORK else 0.0
        tail = routes["statistic"].map(TPOT_TAIL).astype(float) if metric == "tpot" else 1.0
        latency = latency.where(routes["metric"] != metric, routes[column].astype(float) * tail + network)
    routes = routes.assign(latency_ms=latency)
    is_unstated = latency.isna() & (routes["rate_source"] == "user")
    is_kept = latency <= routes["limit_ms"] * (1 + LATENCY_RELATIVE)
    broken = told("slo", len(routes), routes[~is_kept & ~is_unstated], lambda row: _finding(row, is_error=True))
    return joined(broken, told("slo", 0, routes[is_unstated], lambda row: _finding(row, is_error=False)))


def _finding(row: "pd.Series[float]", is_error: bool) -> Finding:
    return Finding(
        "slo",
        f"{row.metric} ({row.statistic}) of {row.workload} on {row.option} in {row.region}",
        f"at most {number(row.limit_ms)}",
        number(row.latency_ms),
        "ms",
        is_error,
    )
