"""The present value of the ledger is that of its rows."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.ledger import ledger
from planner.plan.ledger_rows import ledger_check
from planner.plan.plan import EXTENSIONS


def discounting(found: AuditInput) -> Checked:
    """Every row of discounting is the present value of the recomputed flows less their sum."""
    tables = found.tables
    more = {name: getattr(tables, name) for name in EXTENSIONS}
    due = ledger(tables.traffic, tables.nodes, tables.orders, found.coefficients, more)
    return ledger_check("discounting", found, due[due["term"] == "discounting"])
