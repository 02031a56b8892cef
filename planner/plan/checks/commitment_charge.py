"""Commitments paid in full."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.ledger import commitment_charge as recomputed_charge
from planner.plan.ledger_rows import ledger_check


def commitment_charge(found: AuditInput) -> Checked:
    """Every order costs its upfront price and every hour of its term at the price of its signature, to a cent."""
    return ledger_check("commitment_charge", found, recomputed_charge(found.tables.orders, found.coefficients))
