"""Bytes that leave a region."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.ledger import egress as recomputed_egress
from planner.plan.ledger_rows import ledger_check


def egress(found: AuditInput) -> Checked:
    """Every request served away from its users' region pays for the answer's bytes, to a cent a workload and block."""
    return ledger_check("egress", found, recomputed_egress(found.tables.traffic, found.coefficients))
