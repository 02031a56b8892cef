"""All traffic of a block in one place."""

from planner.plan.answers import answers
from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, told


def indivisible(found: AuditInput) -> Checked:
    """Each block of an indivisible workload is answered by one option in one region, or by one API offer."""
    service = found.coefficients.service
    whole = set(service.loc[service["is_indivisible"].eq(True), "workload"])
    rows = answers(found)
    rows = rows[rows["workload"].isin(whole)]
    homes = rows.groupby(["workload", *SLOT])["home"].agg(lambda names: ", ".join(sorted(set(names)))).reset_index()
    counts = rows.groupby(["workload", *SLOT])["home"].nunique().to_numpy()
    return told(
        "indivisible",
        len(homes),
        homes[counts > 1],
        lambda row: Finding(
            "indivisible",
            f"traffic of {row.workload} in {row.period}/{row.block}",
            "one option in one region, or one API offer",
            str(row.home),
        ),
    )
