"""The power check adds up the nodes that are there, region by region and block by block."""

from pathlib import Path

from tests.plan.damage import found_by, told_by
from tests.plan.policy import with_limits
from tests.plan.worlds import VA


def test_a_site_over_its_power_is_found(plan_folder: Path) -> None:
    """q1's day: two nodes on demand and three reserved of 10 kW, the old one of 6.5 kW; in q2 one bought, one rented less."""
    with_limits(plan_folder, {"kind": "power_kw", "value": 56.4, "scope": VA})

    assert told_by("power", plan_folder).splitlines() == [
        f"limit power_kw on {VA} in q1/day: expected at most 56.4 units, found 56.5 units",
        f"limit power_kw on {VA} in q2/day: expected at most 56.4 units, found 56.5 units",
    ]


def test_a_site_at_its_power_passes(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "power_kw", "value": 56.5})

    assert found_by("power", plan_folder) == []


def test_a_limit_of_one_period_holds_there_alone(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "power_kw", "value": 1.0, "scope": VA, "period": "q2"})

    assert len(found_by("power", plan_folder)) == 2
