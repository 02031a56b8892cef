"""Hours, pools and limits are held against the instance."""

from pathlib import Path

import pytest

from tests.plan.damage import cell, edit, told_by
from tests.plan.policy import with_limits


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("periods", cell("hours", 2000, period="q1"), "hours of period q1: expected 2160 h, found nothing h"),
        ("blocks", cell("hours", 100, period="q2", block="day"), "hours of period q2/day: expected 1092 h, found 100 h"),
        ("pools", cell("pool", "shared", workload="chat"), "pool and fewest replicas of chat: expected chat, 0, found shared, 0"),
        ("pools", cell("replicas_min", 0, workload="research"), "expected research, 1, found research, 0"),
        ("limits", cell("value", 0.95, limit="utilisation_max"), "utilisation_max: expected 0.8, found 0.95"),
        ("limits", cell("value", 1, limit="terminal_use_share"), "terminal_use_share: expected 0.5, found 1"),
        ("limits", lambda frame: frame.iloc[:1], "terminal_use_share: expected 0.5, found nothing"),
    ],
)
def test_a_setting_changed_on_the_way_is_found(plan_folder: Path, name: str, change: object, said: str) -> None:
    edit(plan_folder, f"inputs/coefficients/{name}.csv", change)  # type: ignore[arg-type]

    assert said.replace("found nothing h", "found 2000 h") in told_by("settings_as_given", plan_folder)


def test_workloads_pooled_in_the_instance_share_its_pool(plan_folder: Path) -> None:
    path = plan_folder / "inputs/instance/instance.yaml"
    path.write_text(path.read_text() + "pools: [{pool: both, workloads: [chat, secret]}]\n")

    told = told_by("settings_as_given", plan_folder)
    assert "of chat: expected both, 0, found chat, 0" in told
    assert "of secret: expected both, 0, found secret, 0" in told


def test_a_policy_limit_that_the_instance_does_not_have_is_found(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "budget_usd", "value": 5.0, "period": "q1"})

    assert "policy limit budget_usd, budget_usd of all in q1: 5: expected the same in" in told_by(
        "settings_as_given", plan_folder
    )
