"""The report's section on demand scenarios: what the plan costs in each, and how bad the worst are together."""

from typing import Any

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.plan.goals import risk_of, tail_mean
from planner.plan.plan import PlanTables
from planner.reports.charts import Series, Words, rows
from planner.reports.figures import change, share, usd
from planner.reports.svg import Fill
from planner.tables import records

COMMITTED, BY_BLOCK = Fill("#5f86ad"), Fill("#f6e3c0", "/", "#b0741a")


def futures(tables: PlanTables, coefficients: Coefficients) -> dict[str, Any] | None:
    """Returns rows, tail (words, empty where the goal has none) and chart; None where there is one scenario.

    Each row: scenario, probability, usd, change_usd (against the expected cost). What is committed is paid in all.
    """
    if tables.scenarios.empty:
        return None
    expected = tables.total_usd
    frame = tables.scenarios.sort_values("usd", ignore_index=True)
    frame = frame.assign(change_usd=frame["usd"] - expected)
    always = float(tables.ledger.loc[tables.ledger["block"] == "", "usd"].sum())
    return {
        "rows": records(frame), "expected_usd": expected, "always_usd": always, "tail": tail_words(frame, coefficients),
        "chart": future_chart(frame, always),
    }  # fmt: skip


def tail_words(frame: pd.DataFrame, coefficients: Coefficients) -> str:
    """Returns what the worst futures cost on average, and the weight that the goal gives them."""
    weight, tail = risk_of(coefficients, "cvar_weight", 0.0), risk_of(coefficients, "cvar_tail_share", 0.1)
    pairs = list(zip(frame["probability"].astype(float), frame["usd"].astype(float), strict=True))
    mean = tail_mean(pairs, tail)
    said = f"The worst futures, {share(tail)} of the probability together, cost {usd(mean)} on average"
    if weight == 0:
        return f"{said}; the plan minimises the expected cost alone."
    return f"{said}; that mean has a weight of {share(weight)} in what the plan minimises, the expected cost has the rest."


def future_chart(frame: pd.DataFrame, always_usd: float) -> str:
    """Returns the cost of every scenario: what is committed whatever happens, and what follows demand."""
    names = [f"{row['scenario']} ({share(float(row['probability']))})" for row in records(frame)]
    fixed = max(always_usd, 0.0)
    series = [
        Series("committed, whatever happens", COMMITTED, tuple(min(fixed, float(value)) for value in frame["usd"])),
        Series("follows demand", BY_BLOCK, tuple(max(float(value) - fixed, 0.0) for value in frame["usd"])),
    ]
    ends = [f"{usd(row['usd'])} ({change(row['change_usd'])})" for row in records(frame)]
    words = Words("futures", "Cost in each scenario", "What the plan costs if a scenario comes true, cheapest first.", "usd")
    return rows(words, names, [one for one in series if any(one.values)], ends)
