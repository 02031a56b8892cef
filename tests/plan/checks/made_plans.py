"""Plans made by hand of worlds that are coefficients alone, for checks that need nothing else."""

from collections.abc import Sequence

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.plan.assemble import plan_tables
from planner.plan.audit_input import AuditInput

Rows = Sequence[tuple[object, ...]]
SLOT = ["period", "block"]


def made_plan(world: Coefficients, deployments: Rows, traffic: Rows, rentals: Rows, unserved: Rows = ()) -> AuditInput:
    """Returns what the audit reads of a plan: rows of (pool, option, place, slot, replicas), (workload, option, place, slot,
    requests/s), (offer, slot, nodes) and (workload, slot, requests/s).
    """
    frames = [
        pd.DataFrame(rows, columns=columns)
        for rows, columns in (
            (deployments, ["pool", "option", "place", *SLOT, "replicas"]),
            (traffic, ["workload", "option", "place", *SLOT, "requests_per_s"]), (rentals, ["offer", *SLOT, "nodes"]),
            ((), ["offer", "period", "nodes"]),
        )
    ]  # fmt: skip
    frames[3] = frames[3].astype({"nodes": "int64"})
    more = {"unserved": pd.DataFrame(unserved, columns=["workload", *SLOT, "requests_per_s"])} if unserved else {}
    return AuditInput(None, None, plan_tables(world, *frames, more), world, None, {}, ())
