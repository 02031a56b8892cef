"""No more of the fleet on one accelerator than allowed."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.limit_use import limit_check


def accelerator_share(found: AuditInput) -> Checked:
    """The accelerators of one accelerator are in every block at most the share allowed of all that are there."""
    return limit_check("accelerator_share", "accelerator_share_max", found)
