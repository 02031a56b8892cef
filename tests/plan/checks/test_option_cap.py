"""The check of distinct options counts them by region and period, whatever the block."""

from pathlib import Path

from tests.plan.damage import found_by, told_by
from tests.plan.policy import with_limits
from tests.plan.worlds import DE, VA


def test_a_site_with_too_many_is_found(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "options_max", "value": 2})

    assert told_by("option_cap", plan_folder) == "\n".join(
        f"limit options_max on {VA} in {period}: expected at most 2 units, found 3 units" for period in ("q1", "q2")
    )


def test_sites_at_the_cap_pass(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "options_max", "value": 3}, {"kind": "options_max", "value": 1, "scope": DE, "limit": "de"})

    assert found_by("option_cap", plan_folder) == []
