"""No more accelerators of a kind than one may hold, whatever machines they stand in."""

from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.tolerances import RELATIVE


def quota(found: AuditInput) -> Checked:
    """In every block the accelerators of a kind on all nodes there are at most the limit; an empty scope counts every kind."""
    limits = found.coefficients.limits
    limits = limits[limits["kind"] == "accelerators_max"]
    if limits.empty:
        return Checked(0)
    kinds = found.offers[["offer", "accelerator"]]
    there = found.nodes.merge(kinds, on="offer", how="left")
    there = there.assign(held=there["nodes"] * there["accelerators"])
    rows = there[[*SLOT, "accelerator", "held"]].merge(
        limits[["limit", "scope", "value", "period"]], how="cross", suffixes=("", "_limit")
    )
    counts = ((rows["scope"] == "") | (rows["scope"] == rows["accelerator"])) & (
        (rows["period_limit"] == "") | (rows["period_limit"] == rows["period"])
    )
    sums = rows[counts].groupby(["limit", "value", *SLOT], as_index=False)[["held"]].sum()
    wrong = sums[~(sums["held"] <= sums["value"] * (1 + RELATIVE))]
    return told(
        "quota",
        len(sums),
        wrong,
        lambda row: Finding(
            "quota",
            f"accelerators under {row.limit} in {row.period}/{row.block}",
            f"at most {number(row.value)}",
            number(row.held),
            "accelerators",
        ),
    )
