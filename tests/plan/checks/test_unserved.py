"""The unserved check finds requests turned away that nobody priced, that nobody made, or that are not paid for."""

import shutil
from pathlib import Path

import pytest

from tests.plan.damage import added, cell, edit, failing, found_by, told_by
from tests.plan.solved import solved_plan


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan in which all requests of nights are turned away at a price under that of a node."""
    changes = {"workloads.0.unserved_usd_per_request": 1e-4}
    return solved_plan(tmp_path_factory.mktemp("unserved"), changes, requests_per_s=1.0)


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(sound, tmp_path / "plan"))


def test_a_sound_plan_passes(folder: Path) -> None:
    assert failing(folder) == set()
    assert (folder / "unserved.csv").read_text().count("\n") == 5


def test_requests_turned_away_and_not_paid_for_are_found(folder: Path) -> None:
    """1 request/s, 1095 h a block: 1e-4 x 3600 x 1095 = 394.2 usd."""
    edit(folder, "ledger.csv", cell("usd", 1, term="unserved", period="q1", block="day"))

    assert "unserved of chat in q1/day: expected 394.2 usd, found 1 usd" in told_by("unserved", folder)


def test_requests_neither_served_nor_turned_away_are_found(folder: Path) -> None:
    edit(folder, "unserved.csv", cell("requests_per_s", 0.5, period="q1", block="day"))

    assert "chat in q1/day: expected 1 requests/s, found 0.5" in told_by("demand", folder)


def test_more_turned_away_than_asked_is_found(folder: Path) -> None:
    edit(folder, "unserved.csv", cell("requests_per_s", 2, period="q1", block="day"))

    assert "at most its demand of 1" in told_by("unserved", folder)


def test_a_price_that_is_not_the_instances_is_found(folder: Path) -> None:
    edit(folder, "inputs/coefficients/service.csv", cell("unserved_usd_per_request", 1e-6, workload="chat"))

    assert "price of a request of chat turned away: expected 0.0001 usd, found 1e-06" in told_by("unserved", folder)


def test_requests_turned_away_without_a_price_are_found(plan_folder: Path) -> None:
    row = {"workload": "secret", "period": "q1", "block": "day", "requests_per_s": 1}
    edit(plan_folder, "unserved.csv", added(**row))

    assert "none, for it has no price" in told_by("unserved", plan_folder)
    assert found_by("demand", plan_folder)
