"""The region share check divides accelerators by all that are there."""

from pathlib import Path

from tests.plan.damage import found_by, told_by
from tests.plan.policy import with_limits
from tests.plan.worlds import DE


def test_a_region_over_the_limit_is_found(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "region_share_max", "value": 0.2, "scope": DE})

    assert told_by("region_share", plan_folder) == (
        f"limit region_share_max on {DE} in q1/night: expected at most 0.2 units, found 0.25 units"
    )


def test_a_region_at_the_limit_passes(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "region_share_max", "value": 0.25, "scope": DE})

    assert found_by("region_share", plan_folder) == []
