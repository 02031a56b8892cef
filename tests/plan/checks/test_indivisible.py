"""The indivisible check finds traffic in two places."""

import shutil
from pathlib import Path

import pytest

from tests.plan.checks.traffic_plans import put_off
from tests.plan.damage import added, cell, edit, told_by


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(put_off(), tmp_path / "plan"))


def test_a_second_place_is_found(folder: Path) -> None:
    edit(folder, "traffic.csv", cell("requests_per_s", 140, workload="code", block="day"))
    row = {"workload": "code", "option": "other", "place": "us-virginia", "period": "q1", "block": "day", "requests_per_s": 10}
    edit(folder, "traffic.csv", added(**row))

    told = told_by("indivisible", folder)
    assert "traffic of code in q1/day: expected one option in one region, or one API offer, found" in told
    assert "other|us-virginia" in told
    assert "chat" not in told
