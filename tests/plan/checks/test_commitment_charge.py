"""The charge check recomputes commitments from price, term and count."""

from pathlib import Path

from tests.plan.damage import cell, edit, told_by, without
from tests.plan.worlds import BUY, RE


def test_a_charge_cut_short_is_found(plan_folder: Path) -> None:
    """Three nodes at 50 usd/h for 2160 + 2184 h and two mean quarters of 2172 h: 8688 h."""
    edit(plan_folder, "ledger.csv", cell("usd", 3 * 50 * 4344, term="commitment_charge", offer=RE))

    assert told_by("commitment_charge", plan_folder) == (
        f"commitment charge of {RE} in q1: expected 1303200 usd, found 651600 usd"
    )


def test_a_charge_removed_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "ledger.csv", without(term="commitment_charge", offer=BUY))

    assert f"commitment charge of {BUY} in q1" in told_by("commitment_charge", plan_folder)
