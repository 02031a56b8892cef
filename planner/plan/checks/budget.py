"""No more cash than there is."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.limit_use import limit_check


def budget(found: AuditInput) -> Checked:
    """The cash paid in a budget's period, or in the whole horizon, is at most the budget."""
    return limit_check("budget", "budget_usd", found)
