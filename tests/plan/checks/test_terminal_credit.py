"""The credit check recomputes what commitments are worth after the horizon."""

from pathlib import Path

from tests.plan.damage import cell, edit, told_by
from tests.plan.worlds import DE_OD, OD, RE


def test_a_credit_made_larger_is_found(plan_folder: Path) -> None:
    """Half of 4344 h after the horizon at 50 usd/h, under the market's 73.9: 108600 a node."""
    edit(plan_folder, "ledger.csv", cell("usd", -400_000, term="terminal_credit", offer=RE))

    assert told_by("terminal_credit", plan_folder) == f"terminal credit of {RE} in q1: expected -325800 usd, found -400000 usd"


def test_a_market_under_the_contract_lowers_the_credit(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/prices.csv", cell("usd_per_hour", 40, offer=OD, period="q2"))

    assert "expected -260640 usd, found -325800 usd" in told_by("terminal_credit", plan_folder)


def test_a_market_elsewhere_does_not(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/prices.csv", cell("usd_per_hour", 40, offer=DE_OD, period="q2"))

    assert told_by("terminal_credit", plan_folder) == ""
