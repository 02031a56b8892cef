"""Residency is recomputed from the instance's lists."""

from pathlib import Path

from planner.plan.audit_input import read_audit_input
from planner.plan.checks.residency import residency
from tests.plan.damage import cell, edit, found_by, told_by
from tests.plan.worlds import DE, VA

PATHS = "inputs/coefficients/paths.csv"


def test_traffic_in_another_jurisdiction_is_found_even_if_its_path_is_allowed(plan_folder: Path) -> None:
    edit(plan_folder, "traffic.csv", cell("place", VA, workload="secret"))
    edit(plan_folder, PATHS, cell("is_allowed", True, workload="secret", region=VA))

    assert told_by("residency", plan_folder) == (
        f"traffic of secret: expected only regions that its lists permit, found served in {VA}"
    )


def test_a_path_allowed_against_the_lists_is_found(plan_folder: Path) -> None:
    edit(plan_folder, PATHS, cell("is_allowed", True, workload="research", region=DE))

    assert told_by("residency", plan_folder) == f"path of research to {DE}: expected not allowed by its lists, found allowed"


def test_a_region_that_changed_its_law_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/catalog/regions.csv", cell("jurisdiction", "UK", region=DE))

    assert "traffic of secret" in told_by("residency", plan_folder)


def test_a_region_denied_is_found(plan_folder: Path) -> None:
    path = plan_folder / "inputs/instance/instance.yaml"
    path.write_text(path.read_text().replace("regions: {allow: [us-virginia]}", "regions: {deny: [us-virginia]}"))

    assert "traffic of research" in told_by("residency", plan_folder)


def test_a_region_left_out_though_lawful_is_a_note(plan_folder: Path) -> None:
    edit(plan_folder, PATHS, cell("is_allowed", False, workload="chat", region=DE))

    assert found_by("residency", plan_folder) == []
    assert [f.subject for f in residency(read_audit_input(plan_folder)).findings] == [f"path of chat to {DE}"]
