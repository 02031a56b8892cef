"""The demand planned for is held against the instance's table."""

from pathlib import Path

from tests.plan.damage import cell, edit, told_by, without

DEMAND = "inputs/coefficients/demand.csv"


def test_demand_made_smaller_before_planning_is_found(plan_folder: Path) -> None:
    edit(plan_folder, DEMAND, cell("requests_per_s", 8, workload="secret", period="q1", block="day"))

    assert told_by("demand_as_given", plan_folder) == (
        "demand of secret in q1/day, as planned for: expected 10 requests/s, found 8 requests/s"
    )


def test_a_row_left_out_is_found(plan_folder: Path) -> None:
    edit(plan_folder, DEMAND, without(workload="chat", period="q2", block="day"))

    assert "chat in q2/day, as planned for: expected 100 requests/s, found nothing" in told_by("demand_as_given", plan_folder)


def test_a_row_of_the_instance_edited_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/instance/demand.csv", cell("requests_per_s", 500, workload="chat", period="q2", block="day"))

    assert "expected 500 requests/s, found 100 requests/s" in told_by("demand_as_given", plan_folder)
