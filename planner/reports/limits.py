"""The report's section on limits of policy: how much of each is used where it is tightest."""

from typing import Any

from planner.options.coefficients import Coefficients
from planner.plan.limit_use import limit_use
from planner.plan.plan import PlanTables
from planner.plan.resilience import resilience_lines
from planner.reports.charts import Series, Words, rows
from planner.reports.figures import number, share, usd
from planner.reports.svg import Fill
from planner.tables import records

KINDS = {
    "budget_usd": "cash paid", "power_kw": "power drawn", "carbon_kg": "carbon dioxide", "vendor_share_max": "share of a vendor",
    "provider_share_max": "share of a provider", "region_share_max": "share of a region",
    "accelerator_share_max": "share of an accelerator", "spot_share_max": "share on spot", "options_max": "distinct options",
    "models_max": "distinct models",
}  # fmt: skip
"""What a kind of limit is on, in words."""
USED, FREE = Fill("#24476f"), Fill("#ffffff")


def limits(tables: PlanTables, coefficients: Coefficients) -> dict[str, Any] | None:
    """Returns rows and chart of the limits, the tightest first, and what losses are borne; None where there is none of these.

    Each row: limit, on, where, used, allowed (as text), share (used of allowed), cells (in how many places it holds).
    """
    found, losses = limit_use(tables, coefficients), resilience_lines(coefficients)
    if found.empty:
        return {"rows": [], "chart": "", "losses": losses} if losses else None
    part = (found["used"] / found["value"].where(found["value"] > 0)).fillna((found["used"] > 0).astype(float))
    found = found.assign(share=part)
    worst = found.loc[found.groupby(["limit", "kind"], sort=False)["share"].idxmax()]
    counts = found.groupby(["limit", "kind"], sort=False).size()
    told = [
        {
            "limit": row["limit"], "on": KINDS.get(row["kind"], row["kind"]), "where": where(row), "share": row["share"],
            "used": amount(row["used"], row["kind"], row["unit"]), "allowed": amount(row["value"], row["kind"], row["unit"]),
            "cells": int(counts[row["limit"], row["kind"]]),
        }
        for row in records(worst.sort_values("share", ascending=False, kind="stable"))
    ]  # fmt: skip
    return {"rows": told, "chart": limit_chart(told), "losses": losses}


def where(row: Any) -> str:
    """Returns where a limit is tightest: whom it is on, the period and the block."""
    slot = "/".join(str(part) for part in (row["period"], row["block"]) if part)
    return " ".join(part for part in (str(row["scope"]), slot) if part) or "whole plan"


def amount(value: float, kind: str, unit: str) -> str:
    """Returns an amount of a limit as people read it.

    >>> amount(0.8, "provider_share_max", "share"), amount(1234.5, "power_kw", "kW")
    ('80.0 %', '1,234 kW')
    """
    if kind == "budget_usd":
        return usd(value)
    return share(value, 1) if kind.endswith("_share_max") else f"{number(value)} {unit}".strip()


def limit_chart(told: list[dict[str, Any]]) -> str:
    """Returns how much of each limit is used, in per cent of what is allowed."""
    used = tuple(100.0 * max(float(row["share"]), 0.0) for row in told)
    series = [Series("used", USED, used), Series("left", FREE, tuple(max(100.0 - one, 0.0) for one in used))]
    words = Words("limits", "Limits and how close they are", "Used of each limit where it is tightest.", "per cent of the limit")
    return rows(words, [row["limit"] for row in told], series, [share(float(row["share"]), 1) for row in told])
