"""No more of the fleet from one vendor than allowed."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.limit_use import limit_check


def vendor_share(found: AuditInput) -> Checked:
    """The accelerators of one vendor are in every block at most the share allowed of all that are there."""
    return limit_check("vendor_share", "vendor_share_max", found)
