"""The quota check adds up accelerators of a kind over all nodes."""

from pathlib import Path

import pytest

from tests.plan.damage import added, edit, found_by, told_by


def limited(folder: Path, value: int, scope: str, period: str = "") -> Path:
    """Returns the plan's folder with a quota added to its coefficients."""
    row = {"limit": "cards", "kind": "accelerators_max", "scope": scope, "value": value, "unit": "accelerators", "period": period}
    return edit(folder, "inputs/coefficients/limits.csv", added(**row, benchmark=""))


@pytest.mark.parametrize(("value", "scope", "period"), [(48, "H100", ""), (8, "A100", ""), (56, "", "")])
def test_what_is_held_within_the_quota_passes(plan_folder: Path, value: int, scope: str, period: str) -> None:
    """In q1/day 2 + 3 + 1 nodes of H100 and the owned one of A100, 8 accelerators each."""
    assert found_by("quota", limited(plan_folder, value, scope, period)) == []


@pytest.mark.parametrize(("value", "scope"), [(47, "H100"), (7, "A100"), (55, "")])
def test_one_accelerator_too_many_is_found(plan_folder: Path, value: int, scope: str) -> None:
    told = told_by("quota", limited(plan_folder, value, scope))

    assert f"accelerators under cards in q1/day: expected at most {value} accelerators, found {(value // 8 + 1) * 8}" in told


def test_a_quota_of_a_period_says_nothing_of_others(plan_folder: Path) -> None:
    told = told_by("quota", limited(plan_folder, 8, "H100", period="q2"))

    assert "q2/day" in told
    assert "q1/day" not in told
