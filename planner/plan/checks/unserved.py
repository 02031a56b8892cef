"""Requests turned away are priced, and paid for."""

import pandas as pd

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, joined, number, told
from planner.plan.ledger import unserved as recomputed_unserved
from planner.plan.ledger_rows import ledger_check
from planner.plan.tolerances import RELATIVE


def unserved(found: AuditInput) -> Checked:
    """Only workloads with a price are turned away, at the instance's price, never beyond their demand; to a cent.

    Where serving most is a goal any workload may be, for nothing where it has no price.
    """
    money = ledger_check("unserved", found, recomputed_unserved(found.tables.unserved, found.coefficients))
    return joined(money, _priced(found), _as_given(found), _within_demand(found))


def _priced(found: AuditInput) -> Checked:
    service = found.coefficients.service
    priced = set(service.loc[service["unserved_usd_per_request"].notna(), "workload"])
    if any(row["scope"] == "most_served" for row in found.coefficients.limits_of("goal")):
        priced = set(found.coefficients.pools["workload"])
    rows = found.tables.unserved
    return told(
        "unserved",
        len(rows),
        rows[~rows["workload"].isin(priced)],
        lambda row: Finding(
            "unserved",
            f"requests of {row.workload} turned away in {row.period}/{row.block}",
            "none, for it has no price of a request turned away",
            number(row.requests_per_s),
            "requests/s",
        ),
    )


def _as_given(found: AuditInput) -> Checked:
    """The prices planned with are those of the instance."""
    if found.instance is None:
        return Checked(0)
    prices = {w.workload: w.unserved_usd_per_request for w in found.instance.settings.workloads}
    given = pd.Series({name: usd for name, usd in prices.items() if usd is not None}, dtype=float).rename("given")
    planned = found.coefficients.service.set_index("workload")["unserved_usd_per_request"].astype(float).rename("planned")
    both = pd.concat([given, planned[planned.notna()]], axis=1).rename_axis("workload").reset_index()
    wrong = both[~((both["given"] - both["planned"]).abs() <= RELATIVE * both["given"])]
    return told(
        "unserved",
        len(both),
        wrong,
        lambda row: Finding(
            "unserved", f"price of a request of {row.workload} turned away", number(row.given), number(row.planned), "usd"
        ),
    )


def _within_demand(found: AuditInput) -> Checked:
    if found.tables.unserved.empty:
        return Checked(0)
    key = ["workload", "period", "block"]
    wanted = found.demand.rename(columns={"requests_per_s": "wanted"})
    rows = found.tables.unserved.merge(wanted, on=key, how="left").fillna({"wanted": 0.0})
    return told(
        "unserved",
        len(rows),
        rows[~(rows["requests_per_s"] <= rows["wanted"] * (1 + RELATIVE))],
        lambda row: Finding(
            "unserved",
            f"requests of {row.workload} turned away in {row.period}/{row.block}",
            f"at most its demand of {number(row.wanted)}",
            number(row.requests_per_s),
            "requests/s",
        ),
    )
