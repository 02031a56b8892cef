"""A commitment is there from its delivery to its expiry, and nothing committed is there without an order."""

import pandas as pd

from planner.options.coefficients import COMMITTED_KINDS
from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, joined, number, told


def commitment(found: AuditInput) -> Checked:
    """Nodes held on a committed offer are those ordered whose lead time is over and whose term runs, in every block."""
    key = ["offer", *SLOT]
    columns = ["offer", "kind", "term_periods", "lead_time_periods"]
    orders = found.tables.orders.merge(found.offers[columns], on="offer", how="left")
    positions = found.coefficients.periods.drop_duplicates("period")[["period", "position"]]
    orders = orders.merge(positions, on="period", how="left")
    orders = orders.assign(first=orders["position"] + orders["lead_time_periods"])
    pairs = orders[["offer", "nodes", "first", "term_periods"]].merge(found.slots[[*SLOT, "position"]], how="cross")
    age = pairs["position"] - pairs["first"]
    alive = pairs[(age >= 0) & (age < pairs["term_periods"])]
    ordered = alive.groupby(key, as_index=False)["nodes"].sum()
    held = found.nodes[found.nodes["kind"].isin(COMMITTED_KINDS)]
    held = held.groupby(key, as_index=False)[["nodes"]].sum()
    rows = ordered.merge(held, on=key, how="outer", suffixes=("_ordered", "_held"))
    rows = rows.fillna({"nodes_ordered": 0, "nodes_held": 0})
    wrong = rows[~(rows["nodes_ordered"] == rows["nodes_held"])]
    balance = told(
        "commitment",
        len(rows),
        wrong,
        lambda row: Finding(
            "commitment",
            f"nodes held on {row.offer} in {row.period}/{row.block}",
            f"{number(row.nodes_ordered)} by the orders alive",
            number(row.nodes_held),
            "nodes",
        ),
    )
    return joined(balance, _orders(orders, len(positions)))


def _orders(orders: pd.DataFrame, periods: int) -> Checked:
    """Orders are on committed offers and their nodes arrive inside the horizon."""
    is_right = orders["kind"].isin(COMMITTED_KINDS) & (orders["first"] < periods)
    return told(
        "commitment",
        len(orders),
        orders[~is_right],
        lambda row: Finding(
            "commitment",
            f"order of {number(row.nodes)} nodes on {row.offer} in {row.period}",
            "a reserved or bought offer whose nodes arrive inside the horizon",
            f"kind {row.kind}, arrival in period number {number(row.first + 1)} of {periods}",
        ),
    )
