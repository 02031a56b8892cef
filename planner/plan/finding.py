"""What an audit finds: the thing, what was expected of it, what it is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.errors import Fault
from planner.plan.tolerances import FINDINGS_MAX


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be (`is_error`), or that a reader should know."""

    check: str
    subject: str
    expected: str
    actual: str
    unit: str = ""
    is_error: bool = True

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.subject}: expected {self.expected}{unit}, found {self.actual}{unit}"


@dataclass(frozen=True)
class Checked:
    """The outcome of one check: how many rows it looked at and what it found."""

    rows: int
    findings: tuple[Finding, ...] = ()


def number(value: Any) -> str:
    """Returns a number as a person reads it: at most ten digits, no trailing zeros; `nothing` for NaN.

    >>> number(10.0), number(float("nan"))
    ('10', 'nothing')
    """
    return "nothing" if pd.isna(value) else f"{float(value):.10g}"


def told(check: str, rows: int, wrong: pd.DataFrame, tell: Callable[[Any], Finding]) -> Checked:
    """Returns a finding for each of the first wrong rows, and one that counts the rest."""
    if wrong.empty:
        return Checked(rows)
    findings = [tell(row) for row in wrong.head(FINDINGS_MAX).itertuples(index=False)]
    return Checked(rows, tuple(findings) + _rest(check, len(wrong)))


def faulted(check: str, rows: int, faults: Iterable[Fault]) -> Checked:
    """Returns a finding for each of the first faults, and one that counts the rest."""
    listed = list(faults)
    findings = tuple(Finding(check, fault.where, fault.expected, fault.found) for fault in listed[:FINDINGS_MAX])
    return Checked(rows, findings + _rest(check, len(listed)))


def joined(*parts: Checked) -> Checked:
    """Returns the outcomes of the parts of a check as one."""
    return Checked(sum(part.rows for part in parts), tuple(f for part in parts for f in part.findings))


def _rest(check: str, count: int) -> tuple[Finding, ...]:
    if count <= FINDINGS_MAX:
        return ()
    return (Finding(check, "further rows", "no more findings", f"{count - FINDINGS_MAX} more like these"),)
