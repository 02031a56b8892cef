"""The prices planned with are those listed."""

import pandas as pd

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, joined, number, told
from planner.plan.list_prices import list_prices
from planner.plan.tolerances import RELATIVE, USD

UNITS = {"usd_per_hour": "usd/h", "upfront_usd": "usd", "residual_usd": "usd"}
CENT_SHARE = 1e-2
"""Of a cent: two prices that differ by less are one, so that 0 compares with 0."""


def prices_as_listed(found: AuditInput) -> Checked:
    """Every price is the catalog's list price with the instance's trend, or the instance's own; none used lacks its row."""
    if found.instance is None:
        return Checked(0)
    listed = list_prices(found.coefficients, found.instance, found.catalog)
    rows = found.coefficients.prices.merge(listed, on=["offer", "period"], how="left", suffixes=("", "_listed"))
    has_row = rows["usd_per_hour_listed"].notna() & rows["upfront_usd_listed"].notna()
    needed = rows["offer"].isin(found.offers_needed)
    parts = [_compared(rows[has_row], column) for column in UNITS]
    missing = rows.loc[needed & ~has_row, ["offer"]].drop_duplicates()
    unlisted = told("prices_as_listed", len(missing), missing, _unlisted)
    return joined(*parts, unlisted)


def _compared(rows: pd.DataFrame, column: str) -> Checked:
    listed = rows[f"{column}_listed"]
    is_right = (rows[column] - listed).abs() <= listed.abs() * RELATIVE + USD * CENT_SHARE
    wrong = rows.assign(found_value=rows[column], listed_value=listed)[~is_right]
    return told(
        "prices_as_listed",
        len(rows),
        wrong,
        lambda row: Finding(
            "prices_as_listed",
            f"{column} of {row.offer} in {row.period}",
            number(row.listed_value),
            number(row.found_value),
            UNITS[column],
        ),
    )


def _unlisted(row: tuple[str, ...]) -> Finding:
    expected = "its catalog rows or a row of the instance's prices table under inputs/"
    return Finding("prices_as_listed", f"list price of {row[0]}", expected, "none")
