"""Good enough on average."""

import pandas as pd

from planner.plan.answers import answers
from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.tolerances import RELATIVE

KEY = ["limit", "period", "scenario"]


def mean_quality(found: AuditInput) -> Checked:
    """The mean score of the answers of each limit's pool is at least its floor, in each of its periods and scenarios.

    Answers count by requests; of a cascade's first answers those that are escalated do not count; no score is 0 points.
    """
    limits = found.coefficients.limits
    limits = limits[limits["kind"] == "mean_quality_floor"].rename(columns={"period": "only"})
    if limits.empty:
        return Checked(0)
    hours = found.coefficients.blocks.drop_duplicates(SLOT)[[*SLOT, "hours", "scenario"]]
    shares = found.coefficients.cascades.drop_duplicates("workload")[["workload", "escalation_share"]]
    rows = answers(found).merge(hours, on=SLOT).merge(shares, on="workload", how="left")
    kept = (1.0 - rows["escalation_share"].astype(float)).where(rows["is_first"] & rows["escalation_share"].notna(), 1.0)
    rows = rows.assign(weight=rows["requests_per_s"] * rows["hours"] * kept, pool=rows["workload"].map(found.pool_of))
    rows = rows.merge(limits[["limit", "scope", "only", "benchmark", "value"]], how="cross")
    scope, only = rows["scope"].fillna(""), rows["only"].fillna("")
    rows = rows[((scope == "") | (scope == rows["pool"])) & ((only == "") | (only == rows["period"]))]
    scores = found.coefficients.scores.drop_duplicates(["variant", "benchmark"])[["variant", "benchmark", "score"]]
    rows = rows.merge(scores, on=["variant", "benchmark"], how="left").fillna({"score": 0.0})
    sums = rows.assign(points=rows["score"] * rows["weight"]).groupby(KEY, as_index=False)
    means = sums.agg(points=("points", "sum"), weight=("weight", "sum"), value=("value", "first"))
    means = means.assign(mean=means["points"] / means["weight"].where(means["weight"] > 0))
    return told("mean_quality", len(means), means[_is_low(means)], _finding)


def _is_low(means: pd.DataFrame) -> pd.Series:
    return (means["weight"] > 0) & ~(means["mean"] >= means["value"] * (1 - RELATIVE))


def _finding(row: tuple[object, ...]) -> Finding:
    limit, period, _, _, _, value, mean = row
    subject = f"limit {limit}: mean score of the answers in {period}"
    return Finding("mean_quality", subject, f"at least {number(value)}", number(mean), "points")
