"""Latencies of a workload that is promised several statistics of one metric: `rates` has room for one, this table has each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from planner.tables import Column, Table

if TYPE_CHECKING:
    from planner.options.rates import Point

LATENCIES = Table(
    "latencies",
    (
        Column("workload", "str", description="workload that is promised several statistics"),
        Column("option", "str", description="option at its operating point"),
        Column("statistic", "str", description="statistic promised", choices=("mean", "p50", "p95", "p99")),
        Column("ttft_ms", "float", "ms", "time to first token at that statistic, without network", minimum=0),
        Column("e2e_ms", "float", "ms", "end to end at that statistic, without network", minimum=0),
    ),
    ("workload", "option", "statistic"),
    "Time to first token and end to end by statistic, where a workload is promised more than one; `rates` has the largest.",
)


def latency_table(points: "Sequence[Point]") -> pd.DataFrame:
    """Returns a row for each statistic of the points of workloads that are promised several."""
    rows = [(p.workload, p.option, *one) for p in points for one in p.latencies]
    return LATENCIES.check(pd.DataFrame(rows, columns=list(LATENCIES.names)), "latencies")
