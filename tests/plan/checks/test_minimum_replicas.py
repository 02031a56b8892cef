"""The minimum check counts replicas where the pool has demand."""

from pathlib import Path

from tests.plan.damage import cell, edit, found_by, told_by, without


def test_too_few_replicas_are_found(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/pools.csv", cell("replicas_min", 3, workload="secret"))

    assert (
        told_by("minimum_replicas", plan_folder)
        == "replicas of secret in q1/night: expected at least 3 replicas, found 2 replicas"
    )


def test_no_replica_at_all_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "deployments.csv", without(pool="research", period="q1", block="night"))

    assert "research in q1/night: expected at least 1" in told_by("minimum_replicas", plan_folder)


def test_nothing_is_asked_for_in_a_block_without_demand(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/pools.csv", cell("replicas_min", 1, workload="secret"))

    assert found_by("minimum_replicas", plan_folder) == []
