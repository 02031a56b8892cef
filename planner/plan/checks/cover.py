"""Replicas stand on whole nodes that are there."""

from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told


def cover(found: AuditInput) -> Checked:
    """The accelerators of all replicas on a node type in a region are at most those of the nodes there, in every block."""
    key = ["node_type", "zone", *SLOT]
    replicas, nodes = found.deployments, found.nodes
    used = replicas.assign(used=(replicas["replicas"] * replicas["gpus"]).fillna(float("inf")))
    there = nodes.assign(there=nodes["nodes"] * nodes["accelerators"])
    rows = used.groupby(key, as_index=False, dropna=False)["used"].sum()
    rows = rows.merge(there.groupby(key, as_index=False)["there"].sum(), on=key, how="left").fillna({"there": 0})
    wrong = rows[~(rows["used"] <= rows["there"])]
    return told(
        "cover",
        len(rows),
        wrong,
        lambda row: Finding(
            "cover",
            f"replicas on {row.node_type} in {row.zone} in {row.period}/{row.block}",
            f"at most {number(row.there)}",
            number(row.used),
            "accelerators",
        ),
    )
