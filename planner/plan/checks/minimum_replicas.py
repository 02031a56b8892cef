"""A pool never has fewer replicas than asked for."""

from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.reach import open_slots, reach


def minimum_replicas(found: AuditInput) -> Checked:
    """In every block in which some member of a pool has demand, its replicas are at least the largest minimum of its members.

    Those count that a member served in the block may use there: not prefill replicas, nor another member's options. Where the
    pool's members in the block may use none at all (they buy answers, or are turned away) nothing is asked for.
    """
    pools = found.coefficients.pools
    pool_of = pools[["workload", "pool"]]
    least = pools.groupby("pool", as_index=False)["replicas_min"].max()
    asked = found.demand.merge(pool_of, on="workload")[["pool", *SLOT]].drop_duplicates()
    asked = asked.merge(least[least["replicas_min"] > 0], on="pool")
    if asked.empty:
        return Checked(0)
    able = reach(found).merge(open_slots(found), on="workload").merge(pool_of, on="workload")
    able = able[["pool", "option", "place", *SLOT]].drop_duplicates()
    asked = asked.merge(able[["pool", *SLOT]].drop_duplicates(), on=["pool", *SLOT])
    answering = found.deployments.merge(able, on=["pool", "option", "place", *SLOT])
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
