"""Whoever answers is good enough."""

import pandas as pd

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.tolerances import SHARE


def quality(found: AuditInput) -> Checked:
    """Every variant that serves a workload with a floor scores at least the floor on that benchmark by that reporter.

    The first models of a cascade are judged by whoever escalates their answers, not by the floor.
    """
    if found.instance is None:
        return Checked(0)
    settings = found.instance.settings
    rows = []
    for workload in settings.workloads:
        if workload.quality is not None:
            reporter = workload.quality.reported_by or settings.quality.reported_by
            name = workload.quality.benchmark
            rows.append((workload.workload, f"{name} ({reporter})" if reporter else name, name, workload.quality.floor))
    floors = pd.DataFrame(rows, columns=["workload", "benchmark", "short_name", "floor"])
    served = _judged(found).merge(floors, on="workload")
    scores = found.coefficients.scores.drop_duplicates(["variant", "benchmark"])
    score = scores.set_index(["variant", "benchmark"])["score"]
    exact = score.reindex(pd.MultiIndex.from_frame(served[["variant", "benchmark"]])).to_numpy()
    short = score.reindex(pd.MultiIndex.from_frame(served[["variant", "short_name"]])).to_numpy()
    served = served.assign(score=pd.Series(exact, index=served.index).fillna(pd.Series(short, index=served.index)))
    wrong = served[~(served["score"] >= served["floor"] - SHARE)]
    return told(
        "quality",
        len(served),
        wrong,
        lambda row: Finding(
            "quality",
            f"score of {row.variant} on {row.benchmark}, serving {row.workload}",
            f"at least {number(row.floor)}",
            number(row.score),
            "points",
        ),
    )


def _judged(found: AuditInput) -> pd.DataFrame:
    """Returns the workload and variant of all traffic but the first answers of cascades."""
    rows = found.traffic[["workload", "variant", "model"]].drop_duplicates()
    firsts = pd.MultiIndex.from_frame(found.coefficients.cascades[["workload", "model"]].astype(str))
    is_first = pd.MultiIndex.from_frame(rows[["workload", "model"]].astype(str)).isin(firsts)
    return rows.loc[~is_first, ["workload", "variant"]].drop_duplicates()
