"""The report's section on who answers: replicas of the fleet, an API by the token, or nobody."""

from typing import Any

import numpy as np
import pandas as pd

from planner.economics.bought_tokens import bought_tokens
from planner.options.coefficients import Coefficients
from planner.plan.allocation import with_net_tokens
from planner.plan.ledger_frame import block_hours
from planner.plan.length_classes import spoken
from planner.plan.plan import PlanTables
from planner.reports.charts import Series, Words, rows
from planner.reports.figures import share
from planner.reports.fleet import period_names
from planner.reports.svg import Fill
from planner.tables import records
from planner.units import SECONDS_PER_HOUR

WAYS = {"own": "replicas of this fleet", "bought": "bought by the token", "refused": "turned away"}
FILLS = {"own": Fill("#24476f"), "bought": Fill("#f6e3c0", "/", "#b0741a"), "refused": Fill("#ffffff", "x", "#a3210f")}
KEY = ["workload", "period"]


def answered(tables: PlanTables, coefficients: Coefficients) -> dict[str, Any] | None:
    """Returns rows, refused, sellers and chart; None where replicas of the fleet answer every request.

    rows: workload, requests asked for, the share of each of WAYS, api_usd and unserved_usd; the last is `all`. refused:
    workload and the share turned away by period. sellers: what is bought of each, at which price.
    """
    if tables.api_traffic.empty and tables.unserved.empty:
        return None
    frame = by_period(tables, coefficients)
    whole = _shared(_with_all(frame.groupby("workload", as_index=False, sort=False).sum(numeric_only=True)))
    is_refused = frame.groupby("workload")["refused"].transform("sum") > 0
    wide = _shared(frame[is_refused]).pivot_table(index="workload", columns="period", values="refused_share", sort=False)
    wide = wide.reindex(columns=period_names(coefficients))
    return {
        "rows": records(whole),
        "refused": [(str(name), [float(value) for value in row]) for name, row in zip(wide.index, wide.to_numpy(), strict=True)],
        "sellers": records(sellers(tables, coefficients)),
        "chart": answered_chart(whole[whole["asked"] > 0]),
    }  # fmt: skip


def by_period(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns workload, period, requests by each of WAYS, their sum `asked`, api_usd and unserved_usd; all are expectations."""
    parts = {"own": tables.traffic, "bought": tables.api_traffic, "refused": tables.unserved}
    sums = {name: _requests(frame, coefficients) for name, frame in parts.items()}
    spent = with_net_tokens(spoken(tables.ledger, coefficients))
    sums |= {f"{term}_usd": spent[spent["term"] == term].groupby(KEY)["usd"].sum() for term in ("api", "unserved")}
    names = list(dict.fromkeys(spoken(coefficients.pools, coefficients)["workload"]))
    every = pd.MultiIndex.from_product([names, period_names(coefficients)], names=KEY)
    frame = pd.DataFrame({name: one.reindex(every).fillna(0.0).astype(float) for name, one in sums.items()}).reset_index()
    return frame.assign(asked=frame[list(WAYS)].sum(axis=1))


def sellers(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns what is bought, the most money first.

    Columns: api_offer, model, workloads (names), requests, mtok (of all kinds), usd, input and output prices per million
    tokens (of the first period), requests_per_s_max and tokens_per_s_max (NaN: no cap), source and source_note.
    """
    found = spoken(bought_tokens(tables, coefficients), coefficients)
    found = found.assign(
        mtok=found[["mtok_input", "mtok_cached", "mtok_output"]].sum(axis=1),
        usd=found[["usd_input", "usd_cached", "usd_output"]].sum(axis=1),
    )
    summed = found.groupby(["api_offer", "model"], as_index=False).agg(
        workloads=("workload", lambda names: ", ".join(dict.fromkeys(names))), requests=("requests", "sum"),
        mtok=("mtok", "sum"), usd=("usd", "sum"),
    )  # fmt: skip
    listed = coefficients.api.drop_duplicates("api_offer")
    columns = ["input_usd_per_mtok", "output_usd_per_mtok", "requests_per_s_max", "tokens_per_s_max", "source", "source_note"]
    joined = summed.merge(listed[["api_offer", *columns]], on="api_offer")
    return joined.sort_values("usd", ascending=False, kind="stable", ignore_index=True)


def answered_chart(whole: pd.DataFrame) -> str:
    """Returns the shares of each workload's requests by who answers them."""
    series = [
        Series(word, FILLS[name], tuple(100.0 * float(value) for value in whole[f"{name}_share"])) for name, word in WAYS.items()
    ]
    ends = [f"{share(1.0 - float(value), 1)} answered" for value in whole["refused_share"]]
    words = Words("answered", "Who answers", "Requests of each workload by who answers them.", "per cent of the requests")
    return rows(words, [str(name) for name in whole["workload"]], [one for one in series if any(one.values)], ends)


def _requests(frame: pd.DataFrame, coefficients: Coefficients) -> "pd.Series[float]":
    timed = spoken(frame, coefficients).merge(block_hours(coefficients), on=["period", "block"])
    requests: pd.Series[float] = (timed["requests_per_s"] * timed["hours"] * SECONDS_PER_HOUR).astype(float)
    return requests.groupby([timed["workload"], timed["period"]]).sum()


def _with_all(frame: pd.DataFrame) -> pd.DataFrame:
    total = frame.sum(numeric_only=True)
    return pd.concat([frame, pd.DataFrame([{"workload": "all", **total}])], ignore_index=True)


def _shared(frame: pd.DataFrame) -> pd.DataFrame:
    asked = frame["asked"].to_numpy(dtype=float)
    return frame.assign(
        **{f"{name}_share": frame[name].to_numpy(dtype=float) / np.where(asked > 0, asked, np.nan) for name in WAYS}
    )
