"""No more of a workload's traffic on nodes that may be taken back than it bears."""

from planner.options.places import is_spot_place
from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.tolerances import RELATIVE


def workload_spot_share(found: AuditInput) -> Checked:
    """The share of a workload's traffic on spot nodes is in every block at most its own; 0 where it says nothing."""
    traffic = found.tables.traffic
    is_spot = [float(is_spot_place(str(place))) for place in traffic["place"]]
    rows = (
        traffic.assign(on_spot=traffic["requests_per_s"] * is_spot)
        .groupby(["workload", *SLOT], as_index=False)[["on_spot", "requests_per_s"]]
        .sum()
    )
    rows = rows[rows["on_spot"] > 0].merge(found.coefficients.spot, on="workload", how="left").fillna({"spot_share_max": 0.0})
    rows = rows.assign(part=rows["on_spot"] / rows["requests_per_s"])
    return told(
        "workload_spot_share",
        len(rows),
        rows[~(rows["part"] <= rows["spot_share_max"] + RELATIVE)],
        lambda row: Finding(
            "workload_spot_share",
            f"share of {row.workload} on spot nodes in {row.period}/{row.block}",
            f"at most {number(row.spot_share_max)}",
            number(row.part),
        ),
    )
