"""Savings plans pay for no more than is pledged, and are those on sale."""

from types import SimpleNamespace

import pandas as pd

from planner.plan.audit_input import SLOT, AuditInput, numbers
from planner.plan.finding import Checked, Finding, joined, number, told
from planner.plan.savings_terms import paid_nodes, promised
from planner.plan.tolerances import RELATIVE, SHARE
from planner.tables import records
from planner.units import HOURS_PER_YEAR

PLAN_SLOT = ["savings_plan", "signed", *SLOT]
USD_PER_HOUR = 1e-6
"""Room for a pledge that nothing is left of."""


def savings_plan(found: AuditInput) -> Checked:
    """What a pledge pays for stays within it in every block of its term; no node is paid for twice; discounts are as listed."""
    is_used = len(found.tables.pledges) or len(found.tables.plan_use)
    parts = (_within(found), _once(found), _known(found)) if is_used else ()
    return joined(*parts, _as_listed(found))


def _within(found: AuditInput) -> Checked:
    rows = promised(found.tables.pledges, found.tables.plan_use, found.coefficients)
    wrong = rows[~(rows["used"] <= rows["usd_per_hour"] * (1 + RELATIVE) + USD_PER_HOUR)]
    return told(
        "savings_plan",
        len(rows),
        wrong,
        lambda row: Finding(
            "savings_plan",
            f"use of {row.savings_plan}, signed in {row.signed}, in {row.period}/{row.block}",
            f"at most {number(row.usd_per_hour)}",
            number(row.used),
            "usd/h",
        ),
    )


def _once(found: AuditInput) -> Checked:
    """The nodes of an offer that plans pay for are at most those that run."""
    paid = found.tables.plan_use.groupby(["offer", *SLOT], as_index=False)[["nodes"]].sum()
    there = found.tables.nodes.groupby(["offer", *SLOT], as_index=False)[["nodes"]].sum()
    rows = paid.merge(there, on=["offer", *SLOT], how="left", suffixes=("", "_there")).fillna({"nodes_there": 0.0})
    return told(
        "savings_plan",
        len(rows),
        rows[~(rows["nodes"] <= rows["nodes_there"] * (1 + RELATIVE) + SHARE)],
        lambda row: Finding(
            "savings_plan",
            f"nodes of {row.offer} that plans pay for in {row.period}/{row.block}",
            f"at most {number(row.nodes_there)}",
            number(row.nodes),
            "nodes",
        ),
    )


def _known(found: AuditInput) -> Checked:
    """What is paid for is an offer that the plan covers, in a block of a pledge's term."""
    held = promised(found.tables.pledges, found.tables.plan_use.iloc[:0], found.coefficients)[PLAN_SLOT].drop_duplicates()
    rows = paid_nodes(found.tables.plan_use, found.coefficients).merge(held, on=PLAN_SLOT, how="left", indicator="term")
    return told(
        "savings_plan",
        len(rows),
        rows[rows["plan_usd"].isna() | (rows["term"] != "both")],
        lambda row: Finding(
            "savings_plan",
            f"{row.offer} in {row.period}/{row.block}, paid for by {row.savings_plan} of {row.signed}",
            "an offer that the plan covers, within its term",
            "not covered" if pd.isna(row.plan_usd) else "outside the term",
        ),
    )


def _as_listed(found: AuditInput) -> Checked:
    """Plans are admitted by the instance, with discount and term of their catalog row, for offers on demand of their seller."""
    if found.instance is None or found.coefficients.savings_plans.empty:
        return Checked(0)
    supply = found.instance.settings.supply
    listed = found.catalog.get("savings_plans", pd.DataFrame(columns=["savings_plan", "provider", "accelerator"]))
    listed = listed.assign(**{n: numbers(listed, n) for n in ("discount_share", "term_years")})
    planned = found.coefficients.savings_plans.merge(
        found.offers[["offer", "provider", "accelerator", "kind"]], on="offer", how="left"
    )
    mean_hours = float(found.coefficients.periods["hours"].mean())
    findings = []
    for row in (SimpleNamespace(**one) for one in records(planned)):
        mine = listed[(listed["savings_plan"] == row.savings_plan) & listed["accelerator"].isin(["*", row.accelerator])]
        mine = mine[mine["accelerator"] != "*"] if (mine["accelerator"] != "*").any() else mine
        periods = [round(years * HOURS_PER_YEAR / mean_hours) for years in mine["term_years"]]
        is_right = (
            "savings_plan" in supply.terms and row.savings_plan not in supply.offers_deny and row.kind == "on_demand"
            and mine["provider"].tolist() == [row.provider] and periods == [row.term_periods]
            and abs(float(mine["discount_share"].iloc[0]) - row.discount_share) <= SHARE
        )  # fmt: skip
        if not is_right:
            told_ = ", ".join(
                f"{share:g} off for {count} periods" for share, count in zip(mine["discount_share"], periods, strict=True)
            )
            subject = f"plan {row.savings_plan} on {row.offer}"
            given = f"{row.discount_share:g} off for {row.term_periods:g} periods"
            findings.append(Finding("savings_plan", subject, told_ or "not on sale, or not on demand of its seller", given))
    return Checked(len(planned), tuple(findings))
