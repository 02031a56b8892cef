"""Every replica stands on numbered nodes that are there and have room for it."""

import pandas as pd

from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, joined, number, told

APART = ("prefill", "decode")
"""Roles of replicas that stand on one provider's fabric, like those over several nodes."""
_REPLICA = [*SLOT, "replica", "pool", "option"]


def placement(found: AuditInput) -> Checked:
    """All replicas are placed on nodes their option can use, several on whole nodes of one provider; no node is overfull."""
    rows = found.placement
    place = rows["replica"].astype(str).str.rpartition("|")[2].str.rpartition("#")[0] if len(rows) else rows["replica"]
    spanning = rows["zone"] + "/" + rows["provider"]
    is_loose = ~(rows["nodes_per_replica"] > 1) & ~rows["role"].isin(APART)
    rows = rows.assign(place=place, stands=rows["zone"].where(is_loose, spanning))
    return joined(_all_placed(rows, found), _replicas(rows), _sites(rows, found), _room(rows), _numbers(rows, found))


def _all_placed(rows: pd.DataFrame, found: AuditInput) -> Checked:
    """As many replicas are placed as deployed."""
    key = ["pool", "option", "place", *SLOT]
    placed = rows.groupby(key, as_index=False)["replica"].nunique()
    running = found.tables.deployments.groupby(key, as_index=False)["replicas"].sum()
    both = running.merge(placed, on=key, how="outer").fillna({"replicas": 0, "replica": 0})
    return told(
        "placement",
        len(both),
        both[~(both["replicas"] == both["replica"])],
        lambda row: Finding(
            "placement",
            f"replicas of {row.option} for {row.pool} at {row.place} in {row.period}/{row.block} on numbered nodes",
            number(row.replicas),
            number(row.replica),
            "replicas",
        ),
    )


def _replicas(rows: pd.DataFrame) -> Checked:
    """A replica has its accelerators, on as many nodes as its option says, whole ones where more than one."""
    sized = rows.groupby(_REPLICA, as_index=False).agg(
        accelerators=("accelerators", "sum"),
        nodes=("node", "nunique"),
        gpus=("gpus", "first"),
        nodes_per_replica=("nodes_per_replica", "first"),
    )
    is_right = (sized["accelerators"] == sized["gpus"]) & (sized["nodes"] == sized["nodes_per_replica"])
    return told(
        "placement",
        len(sized),
        sized[~is_right],
        lambda row: Finding(
            "placement",
            f"replica {row.replica} in {row.period}/{row.block}",
            f"{number(row.gpus)} accelerators on {number(row.nodes_per_replica)} node(s)",
            f"{number(row.accelerators)} on {number(row.nodes)}",
        ),
    )


def _sites(rows: pd.DataFrame, found: AuditInput) -> Checked:
    """A replica stands on an offer its option can use, at its own place."""
    known = pd.MultiIndex.from_frame(found.coefficients.sites[["option", "offer"]])
    is_site = pd.MultiIndex.from_frame(rows[["option", "offer"]]).isin(known)
    is_right = is_site & (rows["stands"] == rows["place"]) & (rows["node_type"] == rows["node_type_option"])
    return told(
        "placement",
        len(rows),
        rows[~is_right],
        lambda row: Finding(
            "placement",
            f"node of replica {row.replica} in {row.period}/{row.block}",
            f"a node of an offer of the option's sites at {row.place}",
            f"{row.node} of {row.offer}",
        ),
    )


def _room(rows: pd.DataFrame) -> Checked:
    """Accelerators taken on a node are at most those it has; a node of a replica over several carries nothing else."""
    key = [*SLOT, "node", "offer"]
    weight = rows["accelerators"].where(~(rows["nodes_per_replica"] > 1), rows["accelerators_node"])
    full = rows.assign(taken=weight).groupby(key, as_index=False).agg(taken=("taken", "sum"), size=("accelerators_node", "first"))
    return told(
        "placement",
        len(full),
        full[~(full["taken"] <= full["size"])],
        lambda row: Finding(
            "placement",
            f"node {row.node} in {row.period}/{row.block}",
            f"at most {number(row.size)}",
            number(row.taken),
            "accelerators",
        ),
    )


def _numbers(rows: pd.DataFrame, found: AuditInput) -> Checked:
    """The nodes used of an offer carry different numbers from 1 to the nodes that are there, and one name."""
    used = rows[[*SLOT, "offer", "node"]].drop_duplicates()
    parts = used["node"].astype(str).str.rpartition("#") if len(used) else pd.DataFrame(columns=[0, 1, 2])
    used = used.assign(label=parts[0], position=pd.to_numeric(parts[2], errors="coerce"))
    there = found.tables.nodes.groupby(["offer", *SLOT], as_index=False)["nodes"].sum()
    used = used.merge(there, on=["offer", *SLOT], how="left").fillna({"nodes": 0})
    names = used.groupby("label")["offer"].transform("nunique") == 1
    labels = used.groupby("offer")["label"].transform("nunique") == 1
    is_right = names & labels & (used["position"] >= 1) & (used["position"] <= used["nodes"])
    return told(
        "placement",
        len(used),
        used[~is_right],
        lambda row: Finding(
            "placement",
            f"node {row.node} of {row.offer} in {row.period}/{row.block}",
            f"a number from 1 to {number(row.nodes)} under the offer's own name",
            f"number {number(row.position)}",
        ),
    )
