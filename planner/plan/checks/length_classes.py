"""Length classes are those that the instance's lengths make."""

import pandas as pd

from planner.plan.audit_input import AuditInput
from planner.plan.finding import Checked, Finding, number, told
from planner.plan.length_classes import classes_of
from planner.plan.tolerances import RELATIVE

NUMBERS = ("share", "input_tokens_from", "input_tokens_to", "input_tokens", "output_tokens")


def length_classes(found: AuditInput) -> Checked:
    """Every class stands in the coefficients with the share and the lengths of its own rows, and no other class does."""
    if found.written is None:
        return Checked(0)
    rows = [
        (f"{name}#{number_}", name, *_facts(one))
        for name, classes in classes_of(found.written).items()
        for number_, one in enumerate(classes, start=1)
    ]
    key = ["workload", "of_workload"]
    given = pd.DataFrame(rows, columns=[*key, *NUMBERS]).astype({**dict.fromkeys(key, object), **dict.fromkeys(NUMBERS, float)})
    planned = found.coefficients.classes[[*key, *NUMBERS]].astype(dict.fromkeys(key, object))
    both = planned.merge(given, on=key, how="outer", suffixes=("_planned", "_given"))
    is_right = pd.Series(True, index=both.index)
    for name in NUMBERS:
        is_right &= (both[f"{name}_planned"] - both[f"{name}_given"]).abs() <= RELATIVE * both[f"{name}_given"]
    return told(
        "length_classes",
        len(found.written.settings.workloads),
        both[~is_right],
        lambda row: Finding(
            "length_classes", f"{', '.join(NUMBERS)} of {row.workload}", _told(row, "given"), _told(row, "planned")
        ),
    )


def _facts(rows: pd.DataFrame) -> tuple[float, ...]:
    share = float(rows["weight"].sum())
    means = (float((rows[side] * rows["weight"]).sum()) / share for side in ("input_tokens", "output_tokens"))
    return (share, float(rows["input_tokens"].min()), float(rows["input_tokens"].max()), *means)


def _told(row: "pd.Series[float]", side: str) -> str:
    return ", ".join(number(getattr(row, f"{name}_{side}")) for name in NUMBERS)
