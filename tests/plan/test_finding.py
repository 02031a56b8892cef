"""Findings read like sentences and never flood."""

import pandas as pd

from planner.errors import Fault
from planner.plan.finding import Checked, Finding, faulted, joined, number, told
from planner.plan.tolerances import FINDINGS_MAX


def test_a_finding_says_what_was_expected_and_found() -> None:
    assert str(Finding("c", "nodes of x", "3", "2", "nodes")) == "nodes of x: expected 3 nodes, found 2 nodes"


def test_many_wrong_rows_are_listed_in_part_and_counted_in_full() -> None:
    rows = pd.DataFrame({"name": range(FINDINGS_MAX + 5)})
    checked = told("c", 100, rows, lambda row: Finding("c", str(row.name), "", ""))

    assert checked.rows == 100
    assert len(checked.findings) == FINDINGS_MAX + 1
    assert checked.findings[-1].actual == "5 more like these"


def test_faults_become_findings() -> None:
    assert faulted("c", 1, [Fault("file", "a", "b")]).findings == (Finding("c", "file", "a", "b"),)


def test_parts_of_a_check_add_up() -> None:
    found = Finding("c", "s", "a", "b")

    assert joined(Checked(2, (found,)), Checked(3)) == Checked(5, (found,))


def test_numbers_are_short_and_missing_ones_are_named() -> None:
    assert [number(value) for value in (10.0, 1 / 3, float("nan"), 1_303_200)] == ["10", "0.3333333333", "nothing", "1303200"]
