"""Planted wrong claims on a plan's goal are found."""

import json
from pathlib import Path

import pytest

from tests.plan.damage import cell, edit, edit_facts, failing, told_by


def claim(folder: Path, **changes: object) -> Path:
    """Changes the plan's claim on its one goal."""
    record = json.loads((folder / "plan.json").read_text())
    return edit_facts(folder, goals=[{**record["goals"][0], **changes}])


def test_a_sound_plan_passes(tailed_plan: Path, risky_plan: Path) -> None:
    assert failing(tailed_plan) == set()
    assert failing(risky_plan) == set()
    record = json.loads((tailed_plan / "plan.json").read_text())
    assert (record["goal"], record["bound_usd"], record["goals"][0]["unit"]) == ("tail_cost", None, "usd")
    assert record["goals"][0]["objective"] > record["objective_usd"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"objective": 1.0}, "value of tail_cost"), ({"bound": 1e12}, "bound of tail_cost"), ({"gap": 0.5}, "gap of tail_cost"),
        ({"goal": "least_cost"}, "a stage: expected tail_cost"), ({"tolerance_share": 0.5}, "tolerance 0.5"),
    ],
)  # fmt: skip
def test_a_claim_changed_by_hand_is_found(tailed_plan: Path, changes: dict[str, object], said: str) -> None:
    assert said in told_by("goal", claim(tailed_plan, **changes))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"goal": "least_cost"}, "goal of the plan: expected tail_cost with 1 stages"), ({"bound_usd": 1.0}, "bound_usd"),
        ({"status": "feasible"}, "status: expected optimal"), ({"gap": 0.5}, "gap of the plan"), ({"goals": []}, "with 0 stages"),
    ],
)  # fmt: skip
def test_a_fact_changed_by_hand_is_found(tailed_plan: Path, facts: dict[str, object], said: str) -> None:
    assert said in told_by("goal", edit_facts(tailed_plan, **facts))


def test_traffic_of_another_plan_changes_the_value(tailed_plan: Path) -> None:
    edit(tailed_plan, "ledger.csv", cell("usd", 1, term="rent", period="q1", block="day@high"))

    assert "value of tail_cost" in told_by("goal", tailed_plan)
