"""The rent check finds ledger rows that the prices do not give."""

from pathlib import Path

from tests.plan.damage import cell, edit, found_by, told_by, without
from tests.plan.worlds import OD, OWNED


def test_a_row_tampered_with_is_told_with_both_amounts(plan_folder: Path) -> None:
    edit(plan_folder, "ledger.csv", cell("usd", 5399.98, term="rent", offer=OWNED, period="q1", block="day"))

    assert told_by("rent", plan_folder) == f"rent of {OWNED} in q1/day: expected 5400 usd, found 5399.98 usd"


def test_a_row_removed_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "ledger.csv", without(term="rent", offer=OWNED, period="q2"))

    assert f"rent of {OWNED} in q2/day: expected 5460 usd, found 0 usd" in told_by("rent", plan_folder)


def test_a_price_edited_in_the_coefficients_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/prices.csv", cell("usd_per_hour", 40, offer=OD, period="q1"))

    assert f"rent of {OD} in q1/day: expected 86400 usd" in told_by("rent", plan_folder)


def test_half_a_cent_passes(plan_folder: Path) -> None:
    edit(plan_folder, "ledger.csv", cell("usd", 5400.005, term="rent", offer=OWNED, period="q1", block="day"))

    assert found_by("rent", plan_folder) == []
