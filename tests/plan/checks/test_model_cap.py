"""The check of distinct models counts them by region and period, whatever the block."""

from pathlib import Path

from tests.plan.damage import found_by, told_by
from tests.plan.policy import with_limits
from tests.plan.worlds import DE, VA


def test_a_site_with_too_many_is_found(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "models_max", "value": 1})

    assert told_by("model_cap", plan_folder) == "\n".join(
        f"limit models_max on {VA} in {period}: expected at most 1 units, found 2 units" for period in ("q1", "q2")
    )


def test_sites_at_the_cap_pass(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "models_max", "value": 2}, {"kind": "models_max", "value": 1, "scope": DE, "limit": "de"})

    assert found_by("model_cap", plan_folder) == []
