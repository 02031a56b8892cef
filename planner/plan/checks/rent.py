"""Nodes paid by the hour."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.ledger import rent as recomputed_rent
from planner.plan.ledger_rows import ledger_check


def rent(found: AuditInput) -> Checked:
    """Every rented or owned node costs its price in each hour of the blocks it runs in, to a cent."""
    return ledger_check("rent", found, recomputed_rent(found.tables.nodes, found.coefficients))
