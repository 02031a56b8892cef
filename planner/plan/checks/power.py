"""No more kilowatts at a site than it has."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.limit_use import limit_check


def power(found: AuditInput) -> Checked:
    """The nodes that are there in a region draw in every block at most the power allowed."""
    return limit_check("power", "power_kw", found)
