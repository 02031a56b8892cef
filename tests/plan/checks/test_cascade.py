"""The cascade check finds escalated requests that no strong model answers."""

import shutil
from pathlib import Path

import pytest

from tests.plan.checks.traffic_plans import in_two_steps
from tests.plan.damage import cell, edit, failing, told_by, without


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(in_two_steps(), tmp_path / "plan"))


STRONG = "llama-3.1-70b@fp8/8xH100-SXM/tp2/b55"


def test_a_sound_plan_passes(folder: Path) -> None:
    assert failing(folder) == set()


def test_too_few_strong_answers_are_found(folder: Path) -> None:
    edit(folder, "traffic.csv", cell("requests_per_s", 1.5, option=STRONG, block="day"))

    assert "in q1/day: expected 2, 0.1 of the first answers requests/s, found 1.5" in told_by("cascade", folder)
    assert told_by("demand", folder) == "", "the first answers are all there"


def test_strong_answers_forgotten_are_found(folder: Path) -> None:
    edit(folder, "traffic.csv", without(option=STRONG, block="night"))

    assert "in q1/night: expected 2, 0.1 of the first answers requests/s, found 0" in told_by("cascade", folder)


def test_first_answers_forgotten_are_missing_demand(folder: Path) -> None:
    edit(folder, "traffic.csv", cell("requests_per_s", 19, block="day", requests_per_s="20.0"))

    assert "traffic of chat in q1/day: expected 20 requests/s, found 19" in told_by("demand", folder)
