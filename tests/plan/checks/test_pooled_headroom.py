"""Loads over the curve are found; loads over utilisation_max that keep it pass."""

import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.plan.checks.traffic_plans import ONE_PERIOD
from tests.plan.damage import cell, edit, failing, found_by, told_by, without
from tests.plan.solved import solved_plan

HEADROOM = "inputs/coefficients/headroom.csv"


@cache
def solved() -> Path:
    """A plan of some ten replicas that share a queue."""
    return solved_plan(Path(mkdtemp()), {**ONE_PERIOD, "service.pooled_headroom": True}, None, 300.0)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """A copy of the plan."""
    return Path(shutil.copytree(solved(), tmp_path / "plan"))


def test_a_sound_plan_is_hotter_than_one_replica_may_be(plan: Path) -> None:
    assert failing(plan) == set()
    edit(plan, HEADROOM, lambda frame: frame.iloc[:0])
    assert "busy replicas" in told_by("capacity", plan), "without lines each replica is judged alone"
    assert "service.pooled_headroom: expected True, found False" in told_by("pooled_headroom", plan)


def test_fewer_replicas_than_the_curve_asks_for_are_found(plan: Path) -> None:
    count = int(edit_count(plan))
    edit(plan, "deployments.csv", cell("replicas", count - 1, period="q1", block="day"))

    assert f"before {count - 1} of llama-3.1-8b@fp8" in told_by("pooled_headroom", plan)
    assert found_by("capacity", plan) == []


def test_replicas_left_out_are_found(plan: Path) -> None:
    edit(plan, "deployments.csv", without(period="q1", block="day"))

    assert "before 0 of" in told_by("pooled_headroom", plan)


def edit_count(plan: Path) -> str:
    """Returns the replicas of the day as they stand in the plan."""
    lines = (plan / "deployments.csv").read_text().splitlines()
    place = lines[0].split(",").index("replicas")
    return next(line.split(",")[place] for line in lines if ",day," in line)
