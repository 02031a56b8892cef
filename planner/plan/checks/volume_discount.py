"""What volume discounts take off is what the tiers say."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.ledger import ledger
from planner.plan.ledger_rows import ledger_check
from planner.plan.plan import EXTENSIONS


def volume_discount(found: AuditInput) -> Checked:
    """Every row of volume discount is that of the nodes in each tier."""
    tables = found.tables
    more = {name: getattr(tables, name) for name in EXTENSIONS}
    due = ledger(tables.traffic, tables.nodes, tables.orders, found.coefficients, more)
    return ledger_check("volume_discount", found, due[due["term"] == "volume_discount"])
