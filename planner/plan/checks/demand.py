"""All demand is served or turned away, and no more."""

import pandas as pd

from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.tolerances import RELATIVE


def demand(found: AuditInput) -> Checked:
    """Requests served and turned away of a workload in a block add up to its demand, to 1e-6 relative."""
    key = ["workload", *SLOT]
    answered = pd.concat([found.tables.traffic, found.tables.unserved])[[*key, "requests_per_s"]]
    served = answered.groupby(key, as_index=False)["requests_per_s"].sum()
    rows = found.coefficients.demand[[*key, "requests_per_s"]].merge(served, on=key, how="outer", suffixes=("_wanted", "_served"))
    wanted = rows["requests_per_s_wanted"].fillna(0.0)
    given = rows["requests_per_s_served"].fillna(0.0)
    wrong = rows.assign(wanted=wanted, given=given)[~((given - wanted).abs() <= RELATIVE * wanted)]
    return told(
        "demand",
        len(rows),
        wrong,
        lambda row: Finding(
            "demand",
            f"traffic of {row.workload} in {row.period}/{row.block}",
            number(row.wanted),
            number(row.given),
            "requests/s",
        ),
    )
