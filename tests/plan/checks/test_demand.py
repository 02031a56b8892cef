"""The demand check finds requests that nobody serves, and requests nobody made."""

from pathlib import Path

from tests.plan.damage import added, cell, edit, found_by, told_by, without
from tests.plan.worlds import DE, SMALL


def test_traffic_short_of_demand_is_told_with_both_numbers(plan_folder: Path) -> None:
    edit(plan_folder, "traffic.csv", cell("requests_per_s", 9, workload="secret", period="q1", block="day"))

    assert told_by("demand", plan_folder) == "traffic of secret in q1/day: expected 10 requests/s, found 9 requests/s"


def test_a_workload_forgotten_in_a_block_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "traffic.csv", without(workload="research", period="q2", block="night"))

    assert "research in q2/night: expected 0.7 requests/s, found 0" in told_by("demand", plan_folder)


def test_traffic_where_nothing_is_asked_for_is_found(plan_folder: Path) -> None:
    row = {"workload": "secret", "option": SMALL, "place": DE, "period": "q2", "block": "night", "requests_per_s": 1}
    edit(plan_folder, "traffic.csv", added(**row))

    assert "secret in q2/night: expected 0" in told_by("demand", plan_folder)


def test_a_difference_inside_the_tolerance_passes(plan_folder: Path) -> None:
    edit(plan_folder, "traffic.csv", cell("requests_per_s", 10.000005, workload="secret", period="q1", block="day"))

    assert found_by("demand", plan_folder) == []
