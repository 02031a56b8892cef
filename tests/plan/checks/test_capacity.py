"""The capacity check finds overloaded replicas, and only those."""

from pathlib import Path

from tests.plan.damage import cell, edit, found_by, told_by, without
from tests.plan.worlds import SMALL


def test_a_replica_removed_is_found_with_its_load_and_its_room(plan_folder: Path) -> None:
    edit(plan_folder, "deployments.csv", cell("replicas", 7, pool="chat", option=SMALL, period="q2", block="night"))

    [finding] = found_by("capacity", plan_folder)
    assert finding.subject == f"load of chat on 7 replicas of {SMALL} at us-virginia in q2/night"
    assert (finding.expected, finding.actual) == ("at most 5.6", "6")


def test_traffic_without_any_replica_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "deployments.csv", without(pool="secret", period="q1", block="night"))

    assert "secret on 0 replicas" in told_by("capacity", plan_folder)


def test_load_exactly_at_the_cap_passes(plan_folder: Path) -> None:
    edit(plan_folder, "traffic.csv", cell("requests_per_s", 32.0, workload="chat", period="q2", block="night"))

    assert found_by("capacity", plan_folder) == []


def test_a_lower_utilisation_cap_overloads_full_replicas(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/limits.csv", cell("value", 0.7, limit="utilisation_max"))

    assert "q1/day" in told_by("capacity", plan_folder)
