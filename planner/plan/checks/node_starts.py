"""What starts is paid for once, in the period in which it starts."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.tolerances import USD


def node_starts(found: AuditInput) -> Checked:
    """No period pays less for starts than for the largest single increase of a block's nodes of one type in one region."""
    price = found.coefficients.scalar("switching_usd_per_node")
    if price == 0 or len(found.periods) < 2:  # the first period starts nothing
        return Checked(0)
    there = found.nodes.pivot_table(index=["node_type", "zone", "block"], columns="period", values="nodes", aggfunc="sum")
    there = there.reindex(columns=found.periods).fillna(0.0)
    rows = there.diff(axis=1).max().rename("most").reset_index().iloc[1:]
    paid = found.tables.ledger[found.tables.ledger["term"] == "switching"].groupby("period")["usd"].sum()
    rows = rows.assign(due=rows["most"].clip(lower=0.0) * price, paid=rows["period"].map(paid).fillna(0.0))
    return told(
        "node_starts",
        len(rows),
        rows[~(rows["paid"] >= rows["due"] - USD)],
        lambda row: Finding("node_starts", f"starts in {row.period}", f"at least {number(row.due)}", number(row.paid), "usd"),
    )
