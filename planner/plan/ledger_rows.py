"""A cost term of the plan's ledger against the same term recomputed."""

import pandas as pd

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.plan import LEDGER
from planner.plan.tolerances import USD


def ledger_check(term: str, found: AuditInput, recomputed: pd.DataFrame) -> Checked:
    """Returns a finding for each ledger row of a term that is missing, too many or off by more than a cent."""
    key = list(LEDGER.key)
    ledger = found.tables.ledger
    mine = ledger[ledger["term"] == term]
    if recomputed.empty and mine.empty:
        return Checked(0)
    written = mine.groupby(key, as_index=False)["usd"].sum(min_count=1)
    rows = (
        recomputed.groupby(key, as_index=False)["usd"]
        .sum(min_count=1)
        .merge(written, on=key, how="outer", suffixes=("_due", "_written"), indicator=True)
    )
    due = rows["usd_due"].where(rows["_merge"] != "right_only", 0.0)
    paid = rows["usd_written"].where(rows["_merge"] != "left_only", 0.0)
    rows = rows.assign(due=due, paid=paid)
    wrong = rows[~((paid - due).abs() <= USD)]
    return told(
        term,
        len(rows),
        wrong,
        lambda row: Finding(term, _subject(term, row), number(row.due), number(row.paid), "usd"),
    )


def _subject(term: str, row: tuple[str, ...]) -> str:
    _, offer, workload, period, block = row[:5]
    what = " of ".join(part for part in (term.replace("_", " "), offer or workload) if part)
    return f"{what} in {period}" + (f"/{block}" if block else "")
