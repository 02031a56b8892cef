"""SLO targets as limits on the roofline's statistics; how a percentile is held is said here and nowhere else."""

from dataclasses import dataclass

from planner.inputs.workloads import Workload
from planner.units import MS_PER_S

QUANTILE: dict[str, float | None] = {"mean": None, "p50": 0.5, "p95": 0.95, "p99": 0.99}
TPOT_TAIL = {"mean": 1.0, "p50": 1.0, "p95": 1.3, "p99": 1.6}
"""Ratio of a request's TPOT percentile to the mean TPOT at the operating point.

An estimate: prefills of other requests land unevenly. The spread of per-request TPOT at fixed concurrency is published
by few; 1.3 and 1.6 are on the safe side of the p95 and p99 in open benchmark logs of vLLM at moderate load.
"""


@dataclass(frozen=True)
class Promise:
    """One set of limits in seconds that the roofline judges together; infinity where nothing is promised.

    TTFT and end to end at a quantile use that quantile of the input (and output) length and of the wait for other
    prefills; TPOT is judged as mean x `tpot_margin`. Arrival bursts beyond that are held off by `utilisation_max`.
    """

    ttft_limit_s: float
    tpot_limit_s: float
    e2e_limit_s: float
    ttft_quantile: float | None
    e2e_quantile: float | None
    tpot_margin: float


def promises(workload: Workload) -> list[Promise]:
    """Returns the limits of a workload, one entry for each statistic that any of its targets uses; without any, no limit."""
    if not workload.slo:
        return [Promise(float("inf"), float("inf"), float("inf"), None, None, 1.0)]
    found = []
    for statistic in dict.fromkeys(target.statistic for target in workload.slo):
        limits = {t.metric: t.ms / MS_PER_S for t in workload.slo if t.statistic == statistic}
        quantile = QUANTILE[statistic]
        found.append(
            Promise(
                limits.get("ttft", float("inf")), limits.get("tpot", float("inf")), limits.get("e2e", float("inf")),
                quantile, quantile, TPOT_TAIL[statistic],
            )
        )  # fmt: skip
    return found
