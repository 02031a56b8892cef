"""Replicas carry what a few workloads ask for beyond their forecast."""

import pandas as pd

from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.goals import risk_of
from planner.plan.ledger import limit_or_nan
from planner.plan.tolerances import RELATIVE


def robust_capacity(found: AuditInput) -> Checked:
    """Replicas bear the largest surges of their own loads, as many as the budget has, within the utilisation allowed.

    The worst that a budget of full deviations can do to a row is to take them where they load it most: the largest first,
    and of the next one the part that is left.
    """
    budget, share = (risk_of(found.coefficients, f"robust_{name}", 0.0) for name in ("budget", "deviation_share"))
    if budget <= 0 or share <= 0:
        return Checked(0)
    key = ["pool", "option", "place", *SLOT]
    traffic = found.traffic
    loads = traffic.assign(load=(traffic["requests_per_s"] / traffic["rate_requests_per_s"]).fillna(float("inf")))
    loads = loads.groupby([*key, "workload"], as_index=False)[["load"]].sum().sort_values("load", ascending=False, kind="stable")
    taken = (budget - loads.groupby(key).cumcount()).clip(lower=0.0, upper=1.0)
    worst = loads.assign(load=loads["load"] * (1.0 + share * taken)).groupby(key, as_index=False)["load"].sum()
    running = found.tables.deployments.groupby(key, as_index=False)["replicas"].sum()
    rows: pd.DataFrame = worst.merge(running, on=key, how="left").fillna({"replicas": 0})
    most = limit_or_nan(found.coefficients, "utilisation_max") * rows["replicas"] * found.up_share(rows)
    wrong = rows.assign(most=most)[~(rows["load"] <= most * (1 + RELATIVE))]
    return told(
        "robust_capacity",
        len(rows),
        wrong,
        lambda row: Finding(
            "robust_capacity",
            f"load of {row.pool} on {row.option} at {row.place} in {row.period}/{row.block} with the largest surges",
            f"at most {number(row.most)}",
            number(row.load),
            "busy replicas",
        ),
    )
