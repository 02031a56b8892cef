"""Volume discounts and minimum orders are those of the instance."""

import pandas as pd

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, joined, number, told
from planner.plan.tolerances import SHARE


def price_tiers(found: AuditInput) -> Checked:
    """The tiers and minimum orders planned with are the instance's, of every offer planned with.

    How many nodes are in a tier follows from the nodes of the plan; the check `volume_discount` counts them.
    """
    parts = [
        _same(found, "price_tiers", ["offer", "nodes_from"], "discount_share"),
        _same(found, "orders_min", ["offer"], "nodes_min"),
    ]
    return joined(*parts)


def _same(found: AuditInput, table: str, key: list[str], column: str) -> Checked:
    planned: pd.DataFrame = getattr(found.coefficients, table)
    if found.instance is None:
        return Checked(0)
    given = found.instance.tables[table]
    given = given[given["offer"].isin(found.offers["offer"])]
    rows = planned.merge(given, on=key, how="outer", suffixes=("_planned", "_given"))
    is_right = (rows[f"{column}_planned"] - rows[f"{column}_given"]).abs() <= SHARE
    return told(
        "price_tiers",
        len(rows),
        rows[~is_right].rename(columns={f"{column}_planned": "planned", f"{column}_given": "given"}),
        lambda row: Finding("price_tiers", f"{column} of {row.offer} in {table}", number(row.given), number(row.planned)),
    )
