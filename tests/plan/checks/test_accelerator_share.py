"""The accelerator share check divides accelerators by all that are there."""

from pathlib import Path

from tests.plan.damage import found_by
from tests.plan.policy import with_limits


def test_an_accelerator_over_the_limit_is_found(plan_folder: Path) -> None:
    """The old node is one of seven by day in both quarters."""
    with_limits(plan_folder, {"kind": "accelerator_share_max", "value": 0.14, "scope": "A100"})

    assert [str(f).split(":")[0] for f in found_by("accelerator_share", plan_folder)] == [
        "limit accelerator_share_max on A100 in q1/day", "limit accelerator_share_max on A100 in q2/day",
    ]  # fmt: skip


def test_an_accelerator_at_the_limit_passes(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "accelerator_share_max", "value": 1 / 7, "scope": "A100"})

    assert found_by("accelerator_share", plan_folder) == []
