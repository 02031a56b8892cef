"""The check of spot traffic reads the places' names; eligibility and capacity know spot places too."""

from pathlib import Path

from tests.plan.damage import added, cell, edit, found_by, told_by
from tests.plan.policy import with_scalar
from tests.plan.worlds import DE, DE_OD

SPOT = "inputs/coefficients/spot.csv"


def on_spot(folder: Path) -> Path:
    """Moves the secret workload and its offer to spot, as a plan would say it."""
    edit(folder, "inputs/coefficients/offers.csv", cell("kind", "spot", offer=DE_OD))
    for name in ("traffic.csv", "deployments.csv"):
        edit(folder, name, cell("place", f"{DE}!spot", place=DE))
    return folder


def test_traffic_that_bears_no_spot_is_found(plan_folder: Path) -> None:
    on_spot(plan_folder)

    assert len(found_by("workload_spot_share", plan_folder)) == 3
    assert "share of secret on spot nodes in q1/day: expected at most 0, found 1" in told_by("workload_spot_share", plan_folder)
    assert "no spot nodes, which the workload does not bear" in told_by("eligibility", plan_folder)


def test_traffic_within_its_share_passes(plan_folder: Path) -> None:
    edit(on_spot(plan_folder), SPOT, added(workload="secret", spot_share_max=1.0))

    assert found_by("workload_spot_share", plan_folder) == []
    assert found_by("eligibility", plan_folder) == []
    assert found_by("cover", plan_folder) == []


def test_replicas_that_are_not_up_carry_nothing(plan_folder: Path) -> None:
    """Four replicas of 4 requests/s at 0.8 carry 12.8, nine tenths of them 11.5: less than q2's day asks for."""
    edit(on_spot(plan_folder), SPOT, added(workload="secret", spot_share_max=1.0))
    assert found_by("capacity", plan_folder) == []
    with_scalar(plan_folder, "spot_interruption_share", 0.1)

    assert f"at {DE}!spot in q2/day: expected at most 2.88 busy replicas" in told_by("capacity", plan_folder)
