"""The carbon check adds up power, PUE, grid and hours of the nodes that are there."""

from pathlib import Path

from tests.plan.damage import found_by, told_by
from tests.plan.policy import with_limits
from tests.plan.worlds import DE, Q1_H, Q2_H, VA

GERMAN_KG = 10.0 * 1.3 * 0.3 * (Q1_H + Q2_H / 2)
"""One node in Frankfurt, all of q1 and by day in q2."""
Q1_KG = 1.2 * 0.4 * (Q1_H * 30.0 + Q1_H / 2 * 26.5)
"""Virginia in q1: three reserved nodes all day long; by day two rented ones and the old one."""


def test_a_region_over_its_cap_is_found(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "carbon_kg", "value": GERMAN_KG - 1.0, "scope": DE})

    assert told_by("carbon_cap", plan_folder).startswith(f"limit carbon_kg on {DE}: expected at most")


def test_a_region_at_its_cap_passes(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "carbon_kg", "value": GERMAN_KG, "scope": DE})

    assert found_by("carbon_cap", plan_folder) == []


def test_a_period_is_counted_by_hand(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "carbon_kg", "value": Q1_KG, "scope": VA, "period": "q1"})
    assert found_by("carbon_cap", plan_folder) == []

    with_limits(plan_folder, {"limit": "tight", "kind": "carbon_kg", "value": Q1_KG - 1.0, "scope": VA, "period": "q1"})
    assert len(found_by("carbon_cap", plan_folder)) == 1
