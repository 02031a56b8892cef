"""A replica serves no more than it can sustain."""

from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.ledger import limit_or_nan
from planner.plan.tolerances import RELATIVE


def capacity(found: AuditInput) -> Checked:
    """The busy replicas of a pool on an option at a place are at most its replicas up times the utilisation allowed."""
    key = ["pool", "option", "place", *SLOT]
    traffic = found.traffic
    busy = traffic.assign(busy=(traffic["requests_per_s"] / traffic["rate_requests_per_s"]).fillna(float("inf")))
    loads = busy.groupby(key, as_index=False)["busy"].sum()
    running = found.tables.deployments.groupby(key, as_index=False)["replicas"].sum()
    rows = loads.merge(running, on=key, how="left").fillna({"replicas": 0})
    most = limit_or_nan(found.coefficients, "utilisation_max") * rows["replicas"] * found.up_share(rows)
    wrong = rows.assign(most=most)[~(rows["busy"] <= most * (1 + RELATIVE))]
    return told(
        "capacity",
        len(rows),
        wrong,
        lambda row: Finding(
            "capacity",
            f"load of {row.pool} on {number(row.replicas)} replicas of {row.option} at {row.place} in {row.period}/{row.block}",
            f"at most {number(row.most)}",
            number(row.busy),
            "busy replicas",
        ),
    )
