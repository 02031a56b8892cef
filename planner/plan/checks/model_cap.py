"""No more distinct models at a site than allowed."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.limit_use import limit_check


def model_cap(found: AuditInput) -> Checked:
    """The distinct models of which a replica runs in a region in any block of a period are at most the cap."""
    return limit_check("model_cap", "models_max", found)
