"""Every name means something."""

from collections.abc import Iterable

import pandas as pd

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, joined
from planner.plan.plan import TERMS
from planner.plan.tolerances import FINDINGS_MAX


def references(found: AuditInput) -> Checked:
    """Every workload, pool, option, offer, slot and place of the plan and of its coefficients is declared; one scenario."""
    known = _known(found)
    plan = {name: getattr(found.tables, name) for name in ("deployments", "traffic", "nodes", "orders", "placement")}
    given = ("rates", "sites", "prices", "supply", "demand", "paths", "blocks")
    coefficients = {name: getattr(found.coefficients, name) for name in given}
    parts = [_names(name, frame, known) for name, frame in {**plan, **coefficients}.items()]
    ledger = found.tables.ledger.astype(object).replace("", None)
    parts.append(_names("ledger", ledger, {**known, "term": set(TERMS)}))
    return joined(*parts, _scenarios(found))


def _known(found: AuditInput) -> dict[str, set[str]]:
    """Returns the declared names by the column that uses them."""
    offers, slots = found.offers, found.slots
    return {
        "option": set(found.options["option"]),
        "offer": set(offers["offer"]),
        "workload": set(found.coefficients.pools["workload"]),
        "pool": set(found.coefficients.pools["pool"]),
        "period": set(found.coefficients.periods["period"]),
        "block": set(slots["block"]),
        "place": set(offers["region"]) | set(offers["region"] + "/" + offers["provider"]),
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
    names = set(found.coefficients.prices["scenario"]) | set(found.coefficients.demand["scenario"])
    if len(names) <= 1:
        return Checked(1)
    told = ", ".join(_sorted(names))
    return Checked(1, (Finding("references", "scenarios of prices and demand", "one scenario", told),))


def _sorted(names: Iterable[object]) -> list[str]:
    return sorted(map(str, names))
