"""All demand is served, bought or turned away, and no more."""

import pandas as pd

from planner.plan.answers import answers, movable
from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.tolerances import RELATIVE


def demand(found: AuditInput) -> Checked:
    """Requests answered as they come and turned away of a workload in a block add up to its demand, to 1e-6 relative.

    Workloads that may be put off answer to `interruptible`, the second answers of a cascade to `cascade`.
    """
    key = ["workload", *SLOT]
    given = answers(found)
    answered = pd.concat([given.loc[given["is_first"], [*key, "requests_per_s"]], found.tables.unserved])
    answered = answered[[*key, "requests_per_s"]].astype({"requests_per_s": float})
    served = answered.groupby(key, as_index=False)["requests_per_s"].sum()
    rows = found.coefficients.demand[[*key, "requests_per_s"]].merge(served, on=key, how="outer", suffixes=("_wanted", "_served"))
    rows = rows[~rows["workload"].isin(movable(found))]
    wanted = rows["requests_per_s_wanted"].fillna(0.0)
    had = rows["requests_per_s_served"].fillna(0.0)
    wrong = rows.assign(wanted=wanted, had=had)[~((had - wanted).abs() <= RELATIVE * wanted)]
    return told(
        "demand",
        len(rows),
        wrong,
        lambda row: Finding(
            "demand",
            f"traffic of {row.workload} in {row.period}/{row.block}",
            number(row.wanted),
            number(row.had),
            "requests/s",
        ),
    )
