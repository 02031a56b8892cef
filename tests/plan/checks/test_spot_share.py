"""The spot share check divides accelerators on spot by all that are there."""

from pathlib import Path

from tests.plan.damage import cell, edit, found_by, told_by
from tests.plan.policy import with_limits
from tests.plan.worlds import DE_OD


def test_spot_over_the_limit_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/offers.csv", cell("kind", "spot", offer=DE_OD))
    with_limits(plan_folder, {"kind": "spot_share_max", "value": 0.2})

    assert told_by("spot_share", plan_folder) == (
        "limit spot_share_max on spot in q1/night: expected at most 0.2 units, found 0.25 units"
    )


def test_a_fleet_without_spot_passes(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "spot_share_max", "value": 0.0})

    assert found_by("spot_share", plan_folder) == []
