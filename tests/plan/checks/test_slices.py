"""The parts check counts parts on every route."""

from pathlib import Path

from tests.plan.damage import added, edit, found_by, told_by


def test_traffic_in_whole_parts_passes(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/slices.csv", added(workload="secret", parts=3))

    assert found_by("slices", plan_folder) == [], "all on one route: 3 of 3"


def test_a_broken_part_is_found(plan_folder: Path) -> None:
    """73.6 of 80 requests/s is 9.2 of 10 parts."""
    edit(plan_folder, "inputs/coefficients/slices.csv", added(workload="chat", parts=10))

    assert "parts of chat on small@fp8/8xH100/tp1" in told_by("slices", plan_folder)
    assert "expected a whole number of 10 parts, found 9.2 parts" in told_by("slices", plan_folder)


def test_parts_that_the_instance_does_not_ask_for_are_found(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/slices.csv", added(workload="secret", parts=3))

    assert "equal parts of secret: expected 0 parts, found 3" in told_by("settings_as_given", plan_folder)
