"""The eligibility check finds traffic where a promise does not hold."""

from pathlib import Path

from tests.plan.damage import cell, edit, found_by, told_by
from tests.plan.worlds import DE, LARGE, OLD, SMALL, VA


def test_traffic_moved_to_a_forbidden_region_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "traffic.csv", cell("place", VA, workload="secret", period="q1", block="day"))

    told = told_by("eligibility", plan_folder)
    assert told == f"traffic of secret in q1/day: expected a region that the workload may use, found {SMALL} at {VA}"


def test_an_option_without_a_rate_for_the_workload_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "traffic.csv", cell("option", OLD, workload="secret", period="q1", block="day"))

    assert "expected an option with a rate for the workload" in told_by("eligibility", plan_folder)


def test_an_option_moved_to_a_region_without_its_nodes_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "deployments.csv", cell("place", DE, option=OLD, period="q1"))

    assert f"replicas of {OLD} for chat in q1/day: expected a place where the option has a site" in told_by(
        "eligibility", plan_folder
    )


def test_a_replica_over_several_nodes_needs_a_provider_in_its_place(plan_folder: Path) -> None:
    edit(plan_folder, "traffic.csv", cell("place", VA, option=LARGE, period="q1", block="day"))

    assert "a place where the option has a site" in told_by("eligibility", plan_folder)


def test_a_region_too_far_for_the_promises_of_a_rate_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/rates.csv", cell("network_ms_max", 50, workload="research"))

    assert "near enough" in told_by("eligibility", plan_folder)


def test_a_rate_without_a_network_limit_holds_anywhere(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/rates.csv", cell("network_ms_max", "", workload="research"))

    assert found_by("eligibility", plan_folder) == []
