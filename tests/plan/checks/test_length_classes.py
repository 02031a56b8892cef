"""Classes that the lengths do not make are found."""

import shutil
from pathlib import Path

import pytest

from planner.pipeline import Outcome
from tests.classed_instances import HISTOGRAM
from tests.plan.damage import cell, edit, mend_digests, told_by, without

CLASSES = "inputs/coefficients/classes.csv"


@pytest.fixture
def plan(classed_outcome: Outcome, tmp_path: Path) -> Path:
    """A copy of the plan."""
    return Path(shutil.copytree(classed_outcome.folder, tmp_path / "plan"))


def test_a_share_made_smaller_is_found(plan: Path) -> None:
    edit(plan, CLASSES, cell("share", 0.05, workload="chat#2"))

    assert "of chat#2: expected 0.1, 900, 900, 900, 900, found 0.05, 900, 900, 900, 900" in told_by("length_classes", plan)


def test_a_class_left_out_is_found(plan: Path) -> None:
    edit(plan, CLASSES, without(workload="chat#2"))

    assert "of chat#2" in told_by("length_classes", plan)


def test_lengths_of_the_instance_edited_are_found(plan: Path) -> None:
    (plan / "inputs/instance/h.csv").write_text(HISTOGRAM.replace("900,900,1", "900,900,2"), encoding="utf-8")
    mend_digests(plan)

    assert "of chat#1" in told_by("length_classes", plan)
    assert "demand of chat#2 in q1/day" in told_by("demand_as_given", plan)
