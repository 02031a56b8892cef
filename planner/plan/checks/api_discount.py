"""What volume tiers take off the price of tokens is what the tiers say."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.ledger_rows import ledger_check


def api_discount(found: AuditInput) -> Checked:
    """Every row of discount on tokens is its calls' part of what is spent in each tier, to a cent."""
    return ledger_check("api_discount", found, found.due[found.due["term"] == "api_discount"])
