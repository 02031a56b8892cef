"""Money for starts that nobody asked for is found."""

from pathlib import Path

from tests.plan.damage import added, edit, found_by, told_by


def test_a_start_without_a_price_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "ledger.csv", added(term="switching", offer="", workload="", period="q2", block="", usd=5.0))

    assert told_by("switching", plan_folder) == "switching in q2: expected 0 usd, found 5 usd"


def test_no_price_no_row(plan_folder: Path) -> None:
    assert found_by("switching", plan_folder) == []
