"""No more of the fleet on nodes that may be taken back than allowed."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.limit_use import limit_check


def spot_share(found: AuditInput) -> Checked:
    """The accelerators of spot nodes are in every block at most the share allowed of all that are there."""
    return limit_check("spot_share", "spot_share_max", found)
