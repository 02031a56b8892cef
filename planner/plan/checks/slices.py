"""A workload made of equal parts sends each part whole to one option in one place."""

from planner.plan.audit_input import SLOT, AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.tolerances import RELATIVE


def slices(found: AuditInput) -> Checked:
    """Traffic of every route over the traffic of one part is a whole number, to 1e-6 of all parts."""
    parts = found.coefficients.slices.drop_duplicates("workload")
    rows = found.tables.traffic.merge(parts, on="workload")
    rows = rows.merge(found.demand, on=["workload", *SLOT], suffixes=("", "_wanted"))
    pieces = rows["requests_per_s"] / rows["requests_per_s_wanted"] * rows["parts"]
    wrong = rows.assign(pieces=pieces)[~((pieces - pieces.round()).abs() <= RELATIVE * rows["parts"])]
    return told(
        "slices",
        len(rows),
        wrong,
        lambda row: Finding(
            "slices",
            f"parts of {row.workload} on {row.option} at {row.place} in {row.period}/{row.block}",
            f"a whole number of {number(row.parts)}",
            number(row.pieces),
            "parts",
        ),
    )
