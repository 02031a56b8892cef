"""Every name means something."""

from collections.abc import Iterable

import pandas as pd

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, joined
from planner.plan.plan import TERMS
from planner.plan.tolerances import FINDINGS_MAX

PLAN_TABLES = (
    "deployments", "traffic", "nodes", "orders", "placement", "unserved", "api_traffic", "handovers", "pledges", "plan_use",
)  # fmt: skip


def references(found: AuditInput) -> Checked:
    """Every workload, pool, option, offer, slot and place of the plan and of its coefficients is declared; so are scenarios."""
    known = _known(found)
    plan = {name: getattr(found.tables, name) for name in PLAN_TABLES}
    given = (
        "rates",
        "sites",
        "prices",
        "supply",
        "demand",
        "paths",
        "blocks",
        "service",
        "cascades",
        "api",
        "calls",
        "classes",
        "savings_plans",
        "latencies",
    )
    coefficients = {name: getattr(found.coefficients, name) for name in given}
    parts = [_names(name, frame, known) for name, frame in {**plan, **coefficients}.items()]
    ledger = found.tables.ledger.astype(object).replace("", None)
    parts.append(_names("ledger", ledger, {**known, "term": set(TERMS)}))
    return joined(*parts, _scenarios(found))


def _known(found: AuditInput) -> dict[str, set[str]]:
    """Returns the declared names by the column that uses them."""
    offers, slots = found.offers, found.slots
    plans = set(found.coefficients.savings_plans["savings_plan"])
    return {
        "option": set(found.options["option"]),
        "offer": set(offers["offer"]) | set(found.coefficients.api["api_offer"]) | plans,
        "savings_plan": plans,
        "api_offer": set(found.coefficients.api["api_offer"]),
        "workload": set(found.coefficients.pools["workload"]),
        "pool": set(found.coefficients.pools["pool"]),
        "signed": set(found.coefficients.periods["period"]),
        "period": set(found.coefficients.periods["period"]),
        "block": set(slots["block"]),
        "place": set(offers["zone"]) | set(offers["zone"] + "/" + offers["provider"]),
    }


def _names(table: str, frame: pd.DataFrame, known: dict[str, set[str]]) -> Checked:
    findings = []
    for column, names in known.items():
        if column in frame.columns:
            found = frame[column].dropna().unique()
            findings += [_unknown(table, column, name) for name in _sorted(set(found) - names)]
    return Checked(len(frame), tuple(findings[:FINDINGS_MAX]))


def _unknown(table: str, column: str, name: object) -> Finding:
    return Finding("references", f"{column} {str(name)!r} of table {table}", f"a known {column}", "an unknown name")


def _scenarios(found: AuditInput) -> Checked:
    """Prices have one scenario; a row of demand has the scenario of its block."""
    names = set(found.coefficients.prices["scenario"])
    findings = []
    if len(names) > 1:
        findings.append(Finding("references", "scenarios of prices", "one scenario", ", ".join(_sorted(names))))
    key = ["period", "block"]
    rows = found.coefficients.demand.merge(found.slots[[*key, "scenario"]], on=key, how="left", suffixes=("", "_of_block"))
    wrong = rows[rows["scenario"] != rows["scenario_of_block"]]
    for row in wrong[[*key, "scenario", "scenario_of_block"]].drop_duplicates().head(FINDINGS_MAX).itertuples(index=False):
        subject = f"scenario of demand in {row.period}/{row.block}"
        findings.append(Finding("references", subject, str(row.scenario_of_block), str(row.scenario)))
    return Checked(1 + len(rows), tuple(findings))


def _sorted(names: Iterable[object]) -> list[str]:
    return sorted(map(str, names))
