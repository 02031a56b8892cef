"""No more calls than a seller answers."""

import pandas as pd

from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, joined, number, told
from planner.plan.tolerances import RELATIVE


def api_cap(found: AuditInput) -> Checked:
    """Requests and tokens bought of an API offer in a block are at most its caps, which are the instance's."""
    caps = found.coefficients.api.drop_duplicates(["api_offer", "period"])
    rows = found.tables.api_traffic.merge(found.coefficients.calls, on=["workload", "api_offer"], how="left")
    length = rows["input_tokens"] + rows["cached_tokens"] + rows["output_tokens"]
    rows = rows.assign(requests=rows["requests_per_s"], tokens=rows["requests_per_s"] * length)
    sums = rows.groupby(["api_offer", *SLOT], as_index=False)[["requests", "tokens"]].sum()
    sums = sums.merge(caps, on=["api_offer", "period"], how="left")
    return joined(*(_capped(sums, unit) for unit in ("requests", "tokens")), _as_given(found))


def _capped(sums: pd.DataFrame, unit: str) -> Checked:
    most = sums[f"{unit}_per_s_max"].astype(float)
    rows = sums.assign(used=sums[unit], most=most)[most.notna()]
    return told(
        "api_cap",
        len(rows),
        rows[~(rows["used"] <= rows["most"] * (1 + RELATIVE))],
        lambda row: Finding(
            "api_cap", f"calls of {row.api_offer} in {row.period}/{row.block}", f"at most {number(row.most)}", number(row.used),
            f"{unit}/s",
        ),
    )  # fmt: skip


def _as_given(found: AuditInput) -> Checked:
    """The caps planned with are the last matching rows of the instance's table: a period's own before one for all."""
    if found.instance is None:
        return Checked(0)
    own = found.instance.tables["api_caps"]
    findings = []
    for row in found.coefficients.api.itertuples(index=False):
        mine = own[(own["api_offer"] == row.api_offer) & own["period"].isin(["*", row.period])]
        chosen = mine[mine["period"] == row.period] if (mine["period"] == row.period).any() else mine
        for name in ("requests_per_s_max", "tokens_per_s_max"):
            given = _number(chosen[name].iloc[-1]) if len(chosen) else float("inf")
            planned = _number(getattr(row, name))
            if planned != given:
                subject = f"{name} of {row.api_offer} in {row.period}"
                findings.append(Finding("api_cap", subject, number(given), number(planned), "1/s"))
    return Checked(len(found.coefficients.api), tuple(findings))


def _number(cap: float | None) -> float:
    """Returns a cap as a number, infinite where there is none."""
    return float("inf") if cap is None or pd.isna(cap) else float(cap)
