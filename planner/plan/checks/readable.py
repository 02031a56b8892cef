"""Every table is as its declaration says."""

from planner.options.coefficients import TABLES as COEFFICIENT_TABLES
from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, faulted
from planner.plan.plan import TABLES


def readable(found: AuditInput) -> Checked:
    """Every column, type, range and key of plan tables, coefficients, instance and catalog rows is as declared."""
    rows = sum(len(getattr(found.tables, name)) for name in TABLES)
    rows += sum(len(getattr(found.coefficients, name)) for name in COEFFICIENT_TABLES)
    return faulted("readable", rows, found.faults)
