"""The vendor share check divides accelerators by all that are there."""

from pathlib import Path

from tests.plan.damage import cell, edit, found_by, told_by
from tests.plan.policy import with_limits
from tests.plan.worlds import DE_OD


def test_a_share_over_the_limit_is_found(plan_folder: Path) -> None:
    """One of the seven nodes of q1's day stands in Frankfurt, one of the four by night, one of seven in q2's day."""
    edit(plan_folder, "inputs/coefficients/offers.csv", cell("vendor", "AMD", offer=DE_OD))
    with_limits(plan_folder, {"kind": "vendor_share_max", "value": 0.2, "scope": "AMD"})

    assert told_by("vendor_share", plan_folder) == (
        "limit vendor_share_max on AMD in q1/night: expected at most 0.2 units, found 0.25 units"
    )


def test_every_vendor_where_none_is_named(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "vendor_share_max", "value": 0.9})

    assert len(found_by("vendor_share", plan_folder)) == 4, "one vendor has all"


def test_a_share_at_the_limit_passes(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/offers.csv", cell("vendor", "AMD", offer=DE_OD))
    with_limits(plan_folder, {"kind": "vendor_share_max", "value": 0.25, "scope": "AMD"})

    assert found_by("vendor_share", plan_folder) == []
