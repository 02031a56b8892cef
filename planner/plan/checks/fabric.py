"""A replica over several nodes stays on one provider's fabric."""

from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told


def fabric(found: AuditInput) -> Checked:
    """Whole nodes taken by replicas over several nodes at a provider are at most the nodes there, in every block."""
    key = ["node_type", "zone", "provider", *SLOT]
    spanning = found.deployments[found.deployments["nodes_per_replica"] > 1]
    taken = spanning.assign(taken=spanning["replicas"] * spanning["nodes_per_replica"])
    rows = taken.groupby(key, as_index=False)["taken"].sum()
    there = found.nodes.groupby(key, as_index=False)["nodes"].sum()
    rows = rows.merge(there, on=key, how="left").fillna({"nodes": 0})
    wrong = rows[~(rows["taken"] <= rows["nodes"])]
    return told(
        "fabric",
        len(rows),
        wrong,
        lambda row: Finding(
            "fabric",
            f"replicas over several {row.node_type} of {row.provider} in {row.zone} in {row.period}/{row.block}",
            f"at most {number(row.nodes)}",
            number(row.taken),
            "nodes",
        ),
    )
