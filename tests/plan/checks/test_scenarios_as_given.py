"""Blocks that are not the instance's blocks in its scenarios are found."""

from pathlib import Path

import pytest

from tests.plan.damage import cell, edit, failing, found_by, told_by

BLOCKS = "inputs/coefficients/blocks.csv"


def test_a_sound_plan_passes(risky_plan: Path, plan_folder: Path) -> None:
    assert failing(risky_plan) == set()
    assert found_by("scenarios_as_given", plan_folder) == []


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("probability", 0.5, "of q1/day@high: expected day, high, 0.25, found day, high, 0.5"),
        ("scenario", "low", "of q1/day@high: expected day, high, 0.25, found day, low, 0.25"),
        ("base_block", "night", "of q1/day@high: expected day, high, 0.25, found night, high, 0.25"),
    ],
)
def test_a_block_changed_on_the_way_is_found(risky_plan: Path, column: str, value: object, said: str) -> None:
    edit(risky_plan, BLOCKS, cell(column, value, period="q1", block="day@high"))

    assert said in told_by("scenarios_as_given", risky_plan)


def test_hours_that_are_not_hours_times_probability_are_found(risky_plan: Path) -> None:
    edit(risky_plan, BLOCKS, cell("hours", 1095, period="q1", block="day@high"))

    assert "hours of period/block" not in told_by("settings_as_given", risky_plan)
    assert "q1/day@high: expected 273.75 h, found 1095 h" in told_by("settings_as_given", risky_plan)


def test_demand_moved_between_scenarios_is_found(risky_plan: Path) -> None:
    edit(risky_plan, "inputs/coefficients/demand.csv", cell("requests_per_s", 300, period="q2", block="night@high"))

    assert "in scenario high, as planned for: expected 900" in told_by("demand_as_given", risky_plan)


def test_demand_with_the_scenario_of_another_block_is_found(risky_plan: Path) -> None:
    edit(risky_plan, "inputs/coefficients/demand.csv", cell("scenario", "low", period="q2", block="night@high"))

    assert "scenario of demand in q2/night@high: expected high, found low" in told_by("references", risky_plan)
