"""No order smaller than the seller takes."""

import pandas as pd

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number, told


def orders_min(found: AuditInput) -> Checked:
    """The nodes of an order, and those rented in a block, are at least the offer's minimum."""
    kinds = found.offers.loc[found.offers["kind"].isin(("on_demand", "spot")), "offer"]
    rented = found.tables.nodes[found.tables.nodes["offer"].isin(kinds)]
    rows = pd.concat([found.tables.orders.assign(block=""), rented], ignore_index=True)
    rows = rows.merge(found.coefficients.orders_min, on="offer")
    return told(
        "orders_min",
        len(rows),
        rows[~(rows["nodes"] >= rows["nodes_min"])],
        lambda row: Finding(
            "orders_min",
            f"nodes of {row.offer} {'rented' if row.block else 'ordered'} in {row.period}"
            + (f"/{row.block}" if row.block else ""),
            f"none or at least {number(row.nodes_min)}",
            number(row.nodes),
            "nodes",
        ),
    )
