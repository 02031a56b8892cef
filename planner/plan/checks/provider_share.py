"""No more of the fleet at one provider than allowed."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.limit_use import limit_check


def provider_share(found: AuditInput) -> Checked:
    """The accelerators of one provider are in every block at most the share allowed of all that are there."""
    return limit_check("provider_share", "provider_share_max", found)
