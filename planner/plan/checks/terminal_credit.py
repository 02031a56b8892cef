"""What a commitment is still worth when the horizon ends."""

import pandas as pd

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked
from planner.plan.ledger import terminal_credit as recomputed_credit
from planner.plan.ledger_rows import ledger_check
from planner.plan.savings_terms import pledge_credit


def terminal_credit(found: AuditInput) -> Checked:
    """Hours after the horizon are credited at the lower of contract and market price times the use share, to a cent.

    A usd pledged is credited at what it would buy at the market's price, a usd at most.
    """
    due = [recomputed_credit(found.tables.orders, found.coefficients), pledge_credit(found.tables.pledges, found.coefficients)]
    joined = pd.concat([rows for rows in due if len(rows)] or due[:1], ignore_index=True)
    return ledger_check("terminal_credit", found, joined)
