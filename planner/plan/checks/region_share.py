"""No more of the fleet in one region than allowed."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.limit_use import limit_check


def region_share(found: AuditInput) -> Checked:
    """The accelerators of one region are in every block at most the share allowed of all that are there."""
    return limit_check("region_share", "region_share_max", found)
