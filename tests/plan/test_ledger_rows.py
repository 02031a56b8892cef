"""A ledger is compared with what is due, row by row."""

import pandas as pd

from planner.plan.audit_input import read_audit_input
from planner.plan.ledger_rows import ledger_check
from tests.plan.worlds import write_world


def test_rows_due_and_not_written_and_written_and_not_due_are_both_found(sound_plan) -> None:
    found = read_audit_input(sound_plan)
    written = found.tables.ledger[found.tables.ledger["term"] == "egress"]
    moved = written.assign(period=written["period"].replace("q1", "q9"))
    checked = ledger_check("egress", found, moved)

    assert checked.rows == 6
    assert [finding.actual for finding in checked.findings] == ["2721.6", "2721.6", "0", "0"]


def test_an_amount_that_cannot_be_computed_is_found(sound_plan) -> None:
    found = read_audit_input(sound_plan)
    due = found.tables.ledger[found.tables.ledger["term"] == "egress"]
    checked = ledger_check("egress", found, due.assign(usd=float("nan")))

    assert [finding.expected for finding in checked.findings] == ["nothing"] * 4


def test_empty_against_empty_is_nothing(tmp_path) -> None:
    found = read_audit_input(write_world(tmp_path))
    empty = pd.DataFrame(columns=["term", "offer", "workload", "period", "block", "usd"])

    assert ledger_check("tip", found, empty.astype({"usd": float})).findings == ()
