"""What a commitment is still worth when the horizon ends."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.ledger import terminal_credit as recomputed_credit
from planner.plan.ledger_rows import ledger_check


def terminal_credit(found: AuditInput) -> Checked:
    """Hours after the horizon are credited at the lower of contract and market price times the use share, to a cent."""
    return ledger_check("terminal_credit", found, recomputed_credit(found.tables.orders, found.coefficients))
