"""No more carbon than allowed."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.limit_use import limit_check


def carbon_cap(found: AuditInput) -> Checked:
    """The nodes that are there emit at most the cap of a period or of the whole horizon."""
    return limit_check("carbon_cap", "carbon_kg", found)
