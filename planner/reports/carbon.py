"""The report's section on carbon and energy by period and region, where the plan has a price, a cap or a goal of carbon."""

from typing import Any

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.plan.ledger_frame import block_hours
from planner.plan.plan import PlanTables
from planner.plan.policy_terms import emissions
from planner.reports.charts import Axis, Series, Words, columns
from planner.reports.fleet import period_names
from planner.reports.svg import Fill

FILLS = (
    Fill("#24476f"), Fill("#dbe7f3", "/", "#24476f"), Fill("#7fa3c7"), Fill("#f6e3c0", "\\", "#b0741a"), Fill("#c07a2c"),
    Fill("#ececec", ".", "#333333"), Fill("#4a4a4a", "x", "#ffffff"), Fill("#bcd3c0", "-", "#2f5d3a"),
)  # fmt: skip


def carbon(tables: PlanTables, coefficients: Coefficients) -> dict[str, Any] | None:
    """Returns regions, rows (by region: kg and kWh of each period and in all), price and chart.

    None where carbon has no price, no cap and is no goal, or where nothing runs.
    """
    if not is_used(coefficients) or tables.nodes.empty:
        return None
    frame = by_region(tables, coefficients)
    periods = period_names(coefficients)
    regions = list(dict.fromkeys(frame["region"]))
    cells = frame.set_index(["region", "period"])
    rows = [
        {"region": region, "kg": [float(cells["kg"].get((region, t), 0.0)) for t in periods],
         "kwh": [float(cells["kwh"].get((region, t), 0.0)) for t in periods]}
        for region in regions
    ]  # fmt: skip
    priced = tables.ledger.loc[tables.ledger["term"] == "carbon_price", "usd"]
    return {
        "rows": rows, "kg": float(frame["kg"].sum()), "kwh": float(frame["kwh"].sum()), "usd": float(priced.sum()),
        "chart": carbon_chart(frame, periods, regions),
    }  # fmt: skip


def is_used(coefficients: Coefficients) -> bool:
    """Says whether carbon has a price, a cap, or is a goal."""
    goals = {str(row["scope"]) for row in coefficients.limits_of("goal")}
    is_priced = coefficients.scalar("carbon_usd_per_tonne") > 0
    return is_priced or bool(coefficients.limits_of("carbon_kg")) or "least_carbon" in goals


def by_region(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns region, period, kwh (with PUE) and kg of carbon dioxide of the nodes that are there; expected over scenarios."""
    there = emissions(tables.nodes, coefficients).merge(block_hours(coefficients), on=["period", "block"])
    there = there.merge(coefficients.grid[["region", "pue"]], on="region", how="left")
    there = there.assign(kwh=there["power_kw"] * there["pue"] * there["hours"])
    places = coefficients.periods[["period", "position"]]
    summed = there.groupby(["region", "period"], as_index=False)[["kwh", "kg"]].sum().merge(places, on="period")
    return summed.sort_values(["region", "position"], ignore_index=True).drop(columns="position")


def carbon_chart(frame: pd.DataFrame, periods: list[str], regions: list[str]) -> str:
    """Returns kg of carbon dioxide by period, stacked by region."""
    kg = frame.set_index(["region", "period"])["kg"]
    series = [
        Series(name, FILLS[place % len(FILLS)], tuple(float(kg.get((name, t), 0.0)) for t in periods))
        for place, name in enumerate(regions)
    ]
    words = Words("carbon", "Carbon by period and region", "Carbon dioxide of the nodes that are there.", "kg CO₂")
    return columns(words, Axis(tuple(periods), tuple("" for _ in periods)), series, height=220.0)
