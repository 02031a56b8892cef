"""No more nodes than the provider lets one have."""

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number, told


def supply(found: AuditInput) -> Checked:
    """The nodes of an offer in a block are at most its supply cap in the period; an offer without a cap has none to give."""
    caps = found.coefficients.supply.drop_duplicates(["offer", "period"])
    rows = found.tables.nodes.merge(caps, on=["offer", "period"], how="left").fillna({"nodes_max": 0})
    wrong = rows[~(rows["nodes"] <= rows["nodes_max"])]
    return told(
        "supply",
        len(rows),
        wrong,
        lambda row: Finding(
            "supply",
            f"nodes of {row.offer} in {row.period}/{row.block}",
            f"at most {number(row.nodes_max)}",
            number(row.nodes),
            "nodes",
        ),
    )
