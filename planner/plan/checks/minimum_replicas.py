"""A pool never has fewer replicas than asked for."""

from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told


def minimum_replicas(found: AuditInput) -> Checked:
    """In every block in which some member of a pool has demand, its replicas are at least the largest minimum of its members.

    Prefill replicas answer nobody and do not count, nor do replicas of options that are none of the pool's.
    """
    pools = found.coefficients.pools
    least = pools.groupby("pool", as_index=False)["replicas_min"].max()
    asked = found.demand.merge(pools[["workload", "pool"]], on="workload")[["pool", *SLOT]].drop_duplicates()
    asked = asked.merge(least[least["replicas_min"] > 0], on="pool")
    able = found.coefficients.rates[["workload", "option"]].merge(pools[["workload", "pool"]], on="workload")
    answering = found.deployments[found.deployments["role"] != "prefill"]
    answering = answering.merge(able[["pool", "option"]].drop_duplicates(), on=["pool", "option"])
    running = answering.groupby(["pool", *SLOT], as_index=False)["replicas"].sum()
    rows = asked.merge(running, on=["pool", *SLOT], how="left").fillna({"replicas": 0})
    wrong = rows[~(rows["replicas"] >= rows["replicas_min"])]
    return told(
        "minimum_replicas",
        len(rows),
        wrong,
        lambda row: Finding(
            "minimum_replicas",
            f"replicas of {row.pool} in {row.period}/{row.block}",
            f"at least {number(row.replicas_min)}",
            number(row.replicas),
            "replicas",
        ),
    )
