"""The present value of the ledger is that of its rows."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.ledger_rows import ledger_check


def discounting(found: AuditInput) -> Checked:
    """Every row of discounting is the present value of the recomputed flows less their sum."""
    return ledger_check("discounting", found, found.due[found.due["term"] == "discounting"])
