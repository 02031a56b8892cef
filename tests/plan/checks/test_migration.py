"""Money for replicas that start which nobody asked for is found."""

from pathlib import Path

from tests.plan.damage import added, edit, found_by, told_by
from tests.plan.policy import with_scalar


def test_a_start_without_a_price_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "ledger.csv", added(term="migration", offer="", workload="", period="q2", block="", usd=5.0))

    assert told_by("migration", plan_folder) == "migration in q2: expected 0 usd, found 5 usd"


def test_no_price_no_row(plan_folder: Path) -> None:
    assert found_by("migration", plan_folder) == []


def test_a_start_that_is_not_paid_is_found(plan_folder: Path) -> None:
    """By day chat has five replicas more in q2 than in q1, secret one."""
    with_scalar(plan_folder, "migration_usd_per_replica", 10.0)

    assert "found 0 usd" in told_by("migration", plan_folder)
