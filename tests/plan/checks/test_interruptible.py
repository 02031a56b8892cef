"""The interruptible check finds requests that are put off for ever."""

import shutil
from pathlib import Path

import pytest

from tests.plan.checks.traffic_plans import put_off
from tests.plan.damage import cell, edit, failing, told_by


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(put_off(), tmp_path / "plan"))


def test_a_sound_plan_passes(folder: Path) -> None:
    assert failing(folder) == set()


def test_requests_put_off_and_never_answered_are_found(folder: Path) -> None:
    """60 requests/s of the day for 1095 h; 50 by night leave 10 x 1095 open."""
    edit(folder, "traffic.csv", cell("requests_per_s", 50, workload="chat"))

    assert "traffic of chat over q1: expected 65700 requests/s x h, found 54750" in told_by("interruptible", folder)
    assert told_by("demand", folder) == "", "its blocks need not match"


def test_a_workload_that_may_not_wait_answers_to_demand(folder: Path) -> None:
    edit(folder, "inputs/coefficients/service.csv", cell("is_interruptible", "false", workload="chat"))

    assert "traffic of chat in q1/day: expected 60 requests/s, found 0" in told_by("demand", folder)
