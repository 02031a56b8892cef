"""The priority check finds requests turned away while lower ones are served."""

import shutil
from pathlib import Path

import pytest

from tests.plan.checks.traffic_plans import put_off
from tests.plan.damage import added, edit, told_by


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(put_off(), tmp_path / "plan"))


def test_a_higher_workload_turned_away_beside_a_lower_one_served_is_found(folder: Path) -> None:
    edit(folder, "unserved.csv", added(workload="code", period="q1", block="day", requests_per_s=1))

    expected = "requests of spare turned away in q1/day, where code loses some: expected all 100, for its priority is lower"
    assert expected in told_by("priority", folder)


def test_a_lower_workload_without_demand_is_not_asked_for(folder: Path) -> None:
    edit(folder, "unserved.csv", added(workload="code", period="q1", block="night", requests_per_s=1))

    assert "q1/night" not in told_by("priority", folder)
