"""Work that may wait is done within its period."""

import pandas as pd

from planner.plan.answers import answers, movable
from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.tolerances import RELATIVE


def interruptible(found: AuditInput) -> Checked:
    """Requests of an interruptible workload, answered and turned away, add up to its demand over each period and scenario."""
    key = ["workload", "period", "scenario"]
    names = movable(found)
    if not names:
        return Checked(0)
    hours = found.coefficients.blocks.drop_duplicates(SLOT)[[*SLOT, "hours", "scenario"]]
    given = answers(found)
    done = pd.concat([given[given["is_first"]], found.tables.unserved])[["workload", *SLOT, "requests_per_s"]]
    asked = found.coefficients.demand[["workload", *SLOT, "requests_per_s"]]
    sums = []
    for frame in (asked, done):
        rows = frame[frame["workload"].isin(names)].merge(hours, on=SLOT, how="left")
        sums.append((rows["requests_per_s"].astype(float) * rows["hours"]).groupby([rows[name] for name in key]).sum())
    both = pd.concat([sums[0].rename("asked"), sums[1].rename("done")], axis=1).fillna(0.0).reset_index()
    wrong = both[~((both["asked"] - both["done"]).abs() <= RELATIVE * both["asked"])]
    return told(
        "interruptible",
        len(both),
        wrong,
        lambda row: Finding(
            "interruptible", f"traffic of {row.workload} over {row.period}", number(row.asked), number(row.done), "requests/s x h"
        ),
    )
