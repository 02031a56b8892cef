"""Discounts that the ledger does not have, or has too many of, are found."""

from pathlib import Path

from tests.plan.damage import added, edit, found_by, told_by
from tests.plan.worlds import OWNED, RE

TIERS = "inputs/coefficients/price_tiers.csv"


def test_a_discount_that_was_not_taken_is_found(plan_folder: Path) -> None:
    """Three nodes reserved: two in the tier, each 10 % off 434,400 usd, credited at 45 instead of 50 usd/h.

    After the horizon run two quarters of 2172 h, half of them credited: 5 x 4344 / 2 = 10,860 usd less a node.
    """
    edit(plan_folder, TIERS, added(offer=RE, nodes_from=2, discount_share=0.1))

    assert told_by("volume_discount", plan_folder) == (
        f"volume discount of {RE} in q1: expected {-2 * (43440 - 10860)} usd, found 0 usd"
    )


def test_no_tier_no_discount(plan_folder: Path) -> None:
    assert found_by("volume_discount", plan_folder) == []
    edit(plan_folder, "ledger.csv", added(term="volume_discount", offer=OWNED, workload="", period="q1", block="day", usd=-5.0))

    assert "expected 0 usd, found -5 usd" in told_by("volume_discount", plan_folder)


def test_owned_nodes_have_no_discount(plan_folder: Path) -> None:
    """A tier of an owned lot takes nothing off: the program has none for it, and the ledger says the same."""
    edit(plan_folder, TIERS, added(offer=OWNED, nodes_from=1, discount_share=0.5))

    assert found_by("volume_discount", plan_folder) == []
