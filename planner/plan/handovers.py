"""Disaggregated serving in a plan: who works off whose prompts, and what the pairs in use promise."""

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.tables import Column, Table


def _text(name: str, description: str) -> Column:
    return Column(name, "str", description=description)


HANDOVERS = Table(
    "handovers",
    (
        _text("workload", "workload"),
        _text("prefill_option", "option of role prefill that works off the prompts"),
        _text("option", "option of role decode that makes the tokens"),
        _text("place", "region/provider in which both stand"),
        _text("period", "period"),
        _text("block", "block of the period"),
        Column("requests_per_s", "float", "1/s", "rate handed over", is_positive=True),
    ),
    ("workload", "prefill_option", "option", "place", "period", "block"),
    "Prompts handed from prefill to decode replicas; what a decode option hands on adds up to its traffic.",
)
ROUTE = ["workload", "option", "place"]


def work(traffic: pd.DataFrame, handovers: pd.DataFrame) -> pd.DataFrame:
    """Returns the requests per second that replicas work on: traffic, and handovers once more under their prefill option."""
    prompts = handovers.drop(columns="option").rename(columns={"prefill_option": "option"})[list(traffic.columns)]
    return traffic if prompts.empty else pd.concat([traffic, prompts], ignore_index=True)


def pair_latencies(handovers: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns workload, option (decode), place and the slowest ttft_ms and e2e_ms (without network) of the pairs in use there."""
    pairs = coefficients.pairs.rename(columns={"decode_option": "option"})
    key = ["workload", "prefill_option", "option"]
    used = handovers[[*key, "place"]].drop_duplicates().merge(pairs[[*key, "ttft_ms", "e2e_ms"]], on=key, how="left")
    return used.groupby(ROUTE, as_index=False)[["ttft_ms", "e2e_ms"]].max()


def with_pair_latencies(rows: pd.DataFrame, handovers: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns rows of workload, option and place with TTFT and end to end of the pairs in use where a decode option stands."""
    if handovers.empty:
        return rows
    found = rows.merge(pair_latencies(handovers, coefficients), on=ROUTE, how="left", suffixes=("", "_pair"))
    found = found.assign(**{name: found[f"{name}_pair"].fillna(found[name]) for name in ("ttft_ms", "e2e_ms")})
    return found.drop(columns=["ttft_ms_pair", "e2e_ms_pair"]).set_axis(rows.index)
