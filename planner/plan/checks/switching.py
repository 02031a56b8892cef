"""Nodes that start cost their start."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.ledger import ledger
from planner.plan.ledger_rows import ledger_check
from planner.plan.plan import EXTENSIONS


def switching(found: AuditInput) -> Checked:
    """Every period pays for the nodes that its bays have more than in the period before."""
    tables = found.tables
    more = {name: getattr(tables, name) for name in EXTENSIONS}
    due = ledger(tables.traffic, tables.nodes, tables.orders, found.coefficients, more)
    return ledger_check("switching", found, due[due["term"] == "switching"])
