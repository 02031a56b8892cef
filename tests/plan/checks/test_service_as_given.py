"""The service_as_given check finds wishes that the instance does not have."""

import shutil
from pathlib import Path

import pytest

from tests.plan.checks.traffic_plans import put_off
from tests.plan.damage import added, cell, edit, told_by, without


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(put_off(), tmp_path / "plan"))


SERVICE = "inputs/coefficients/service.csv"


@pytest.mark.parametrize(("name", "value"), [("priority", 7), ("is_indivisible", "false"), ("is_interruptible", "true")])
def test_a_wish_that_differs_is_found(folder: Path, name: str, value: object) -> None:
    edit(folder, SERVICE, cell(name, value, workload="code"))

    assert f"{name} of code: expected" in told_by("service_as_given", folder)


def test_a_wish_forgotten_is_found(folder: Path) -> None:
    edit(folder, SERVICE, without(workload="code"))

    assert "is_indivisible of code: expected True, found 0" in told_by("service_as_given", folder)


def test_a_cascade_that_nobody_asked_for_is_found(folder: Path) -> None:
    row = {"workload": "code", "model": "llama-3.1-8b", "escalation_share": 0.5}
    edit(folder, "inputs/coefficients/cascades.csv", added(**row))

    assert "cascade of code: expected [], found" in told_by("service_as_given", folder)
