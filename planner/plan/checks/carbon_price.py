"""The price on carbon is the one of the nodes that are there."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.ledger_rows import ledger_check
from planner.plan.policy_terms import carbon_price as due


def carbon_price(found: AuditInput) -> Checked:
    """Every row of carbon price is that of the nodes' emission in the block."""
    return ledger_check("carbon_price", found, due(found.tables.nodes, found.coefficients))
