"""What savings plans cost and save."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.ledger_rows import ledger_check
from planner.plan.savings_terms import savings as recomputed_savings


def savings(found: AuditInput) -> Checked:
    """Nodes that a plan pays for cost its price, what is pledged and not used is lost, the rest of the term is due, to a cent."""
    return ledger_check("savings", found, recomputed_savings(found.tables.pledges, found.tables.plan_use, found.coefficients))
