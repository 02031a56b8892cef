"""A share of the first answers is asked again of a strong model."""

from planner.plan.answers import answers
from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.tolerances import RELATIVE


def cascade(found: AuditInput) -> Checked:
    """In every block the strong models of a cascade answer its escalation share of what its first models answer."""
    if found.coefficients.cascades.empty:
        return Checked(0)
    shares = found.coefficients.cascades.drop_duplicates("workload")[["workload", "escalation_share"]]
    rows = answers(found).merge(shares, on="workload")
    rows = rows.assign(
        first=rows["requests_per_s"].where(rows["is_first"], 0.0), strong=rows["requests_per_s"].where(~rows["is_first"], 0.0)
    )
    sums = rows.groupby(["workload", *SLOT], as_index=False).agg(
        first=("first", "sum"), strong=("strong", "sum"), share=("escalation_share", "first")
    )
    due = sums["first"] * sums["share"]
    wrong = sums.assign(due=due)[~((sums["strong"] - due).abs() <= RELATIVE * due)]
    return told(
        "cascade",
        len(sums),
        wrong,
        lambda row: Finding(
            "cascade",
            f"requests of {row.workload} that strong models answer again in {row.period}/{row.block}",
            f"{number(row.due)}, {number(row.share)} of the first answers",
            number(row.strong),
            "requests/s",
        ),
    )
