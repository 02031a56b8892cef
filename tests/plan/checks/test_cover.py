"""The cover check counts accelerators, replicas against nodes."""

from pathlib import Path

from tests.plan.damage import cell, edit, found_by, told_by, without
from tests.plan.worlds import OD, OWNED, SMALL, VA


def test_a_node_removed_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "nodes.csv", without(offer=OD, period="q2", block="day"))

    assert told_by("cover", plan_folder) == (
        f"replicas on 8xH100 in {VA} in q2/day: expected at most 32 accelerators, found 40 accelerators"
    )


def test_replicas_without_any_node_of_their_type_are_found(plan_folder: Path) -> None:
    edit(plan_folder, "nodes.csv", without(offer=OWNED))

    assert "8xA100 in us-virginia in q1/day: expected at most 0 accelerators, found 8" in told_by("cover", plan_folder)


def test_every_accelerator_in_use_passes(plan_folder: Path) -> None:
    edit(plan_folder, "deployments.csv", cell("replicas", 24, pool="chat", option=SMALL, period="q1", block="day"))

    assert found_by("cover", plan_folder) == []
