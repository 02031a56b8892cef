"""Tiers and minima that the instance does not have are found."""

from pathlib import Path

from tests.plan.damage import added, edit, found_by, told_by
from tests.plan.worlds import OD


def test_a_tier_that_nobody_gave_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/price_tiers.csv", added(offer=OD, nodes_from=2, discount_share=0.5))

    assert told_by("price_tiers", plan_folder) == f"discount_share of {OD} in price_tiers: expected nothing, found 0.5"


def test_a_minimum_that_nobody_gave_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/orders_min.csv", added(offer=OD, nodes_min=1))

    assert len(found_by("price_tiers", plan_folder)) == 1


def test_no_tier_passes(plan_folder: Path) -> None:
    assert found_by("price_tiers", plan_folder) == []
