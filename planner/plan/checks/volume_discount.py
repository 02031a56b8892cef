"""What volume discounts take off is what the tiers say."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.ledger_rows import ledger_check


def volume_discount(found: AuditInput) -> Checked:
    """Every row of volume discount is that of the nodes in each tier."""
    return ledger_check("volume_discount", found, found.due[found.due["term"] == "volume_discount"])
