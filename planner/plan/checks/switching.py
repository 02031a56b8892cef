"""Nodes that start cost their start."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.ledger_rows import ledger_check


def switching(found: AuditInput) -> Checked:
    """Every period pays for the nodes that its bays have more than in the period before."""
    return ledger_check("switching", found, found.due[found.due["term"] == "switching"])
