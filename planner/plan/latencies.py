"""Latencies of routes at the statistic of each promise."""

import pandas as pd

from planner.options.coefficients import Coefficients

KEY = ["workload", "option", "statistic"]


def with_each_statistic(rows: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns rows of workload, option and statistic with TTFT and end to end as table `latencies` has them, where it does."""
    each = coefficients.latencies.drop_duplicates(KEY)
    if each.empty:
        return rows
    found = rows.merge(each, on=KEY, how="left", suffixes=("", "_each"))
    found = found.assign(**{name: found[f"{name}_each"].fillna(found[name]) for name in ("ttft_ms", "e2e_ms")})
    return found.drop(columns=["ttft_ms_each", "e2e_ms_each"])
