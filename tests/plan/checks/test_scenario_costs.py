"""Planted wrong costs by scenario are found."""

from pathlib import Path

from tests.plan.damage import cell, edit, found_by, told_by, without


def test_a_sound_plan_passes(risky_plan: Path, plan_folder: Path) -> None:
    assert found_by("scenario_costs", risky_plan) == []
    assert found_by("scenario_costs", plan_folder) == []


def test_a_cost_off_by_a_dollar_is_found_in_its_scenario_and_in_the_expectation(risky_plan: Path) -> None:
    edit(risky_plan, "scenarios.csv", cell("usd", 1, scenario="high"))

    told = told_by("scenario_costs", risky_plan)
    assert "cost if scenario high comes true" in told
    assert "probability x cost over the scenarios" in told


def test_another_probability_is_found(risky_plan: Path) -> None:
    edit(risky_plan, "scenarios.csv", cell("probability", 0.5, scenario="high"))

    assert "0.25" in told_by("scenario_costs", risky_plan)


def test_a_scenario_left_out_is_found(risky_plan: Path) -> None:
    edit(risky_plan, "scenarios.csv", without(scenario="low"))

    assert "scenario low" in told_by("scenario_costs", risky_plan)
