"""Plants bugs in a written plan: edits a file by hand and mends its digest, so that only the rule itself can find it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from planner.plan.audit import CHECKS, AuditReport, audit_plan
from planner.plan.audit_input import read_audit_input
from planner.plan.files import digest_of, files_of
from planner.plan.finding import Finding

Change = Callable[[pd.DataFrame], pd.DataFrame]


def edit(folder: Path, name: str, change: Change, has_digest: bool = True) -> Path:
    """Rewrites a CSV of the plan (cells are text) and, unless told not to, its digest."""
    path = folder / name
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    change(frame).to_csv(path, index=False)
    if has_digest:
        mend_digests(folder)
    return folder


def cell(column: str, value: object, **where: str) -> Change:
    """Returns the change that sets a column of the rows that match."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        rows = matching(frame, where)
        if not rows.any():
            raise ValueError(f"no row {where}")
        return frame.assign(**{column: frame[column].where(~rows, str(value))})

    return change


def without(**where: str) -> Change:
    """Returns the change that removes the rows that match."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        rows = matching(frame, where)
        if not rows.any():
            raise ValueError(f"no row {where}")
        return frame[~rows]

    return change


def added(**row: object) -> Change:
    """Returns the change that appends a row."""
    return lambda frame: pd.concat([frame, pd.DataFrame([{k: str(v) for k, v in row.items()}])], ignore_index=True)


def matching(frame: pd.DataFrame, where: Mapping[str, str]) -> "pd.Series[bool]":
    """Returns which rows have these values."""
    rows = pd.Series(True, index=frame.index)
    for name, value in where.items():
        rows &= frame[name] == value
    return rows


def mend_digests(folder: Path) -> None:
    """Writes the digests of the files as they are."""
    edit_record(folder, lambda record: record["provenance"].update(digests={n: digest_of(folder / n) for n in files_of(folder)}))


def edit_record(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Rewrites plan.json."""
    path = folder / "plan.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


def edit_facts(folder: Path, **facts: object) -> Path:
    """Sets facts in plan.json."""
    edit_record(folder, lambda record: record.update(facts))
    return folder


def found_by(name: str, folder: Path) -> list[Finding]:
    """Returns the errors of one check."""
    return [finding for finding in CHECKS[name](read_audit_input(folder)).findings if finding.is_error]


def told_by(name: str, folder: Path) -> str:
    """Returns the errors of one check as text."""
    return "\n".join(str(finding) for finding in found_by(name, folder))


def failing(folder: Path) -> set[str]:
    """Returns the names of the checks that find an error."""
    return errors(audit_plan(folder))


def errors(report: AuditReport) -> set[str]:
    """Returns the names of the checks with an error."""
    return {finding.check for finding in report.findings if finding.is_error}
