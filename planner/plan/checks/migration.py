"""Replicas that start cost their start."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.ledger_rows import ledger_check


def migration(found: AuditInput) -> Checked:
    """Every period pays for the replicas that its options have more at a place than in the period before."""
    return ledger_check("migration", found, found.due[found.due["term"] == "migration"])
