"""Power and grids are held against the catalog rows copied with the plan."""

from pathlib import Path

from tests.plan.damage import cell, edit, found_by, told_by
from tests.plan.worlds import DE


def test_a_node_that_draws_less_than_listed_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/machines.csv", cell("power_kw", 5, node_type="8xH100"))

    assert told_by("power_as_listed", plan_folder) == "power_kw of 8xH100: expected 10, found 5"


def test_a_cleaner_grid_than_listed_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/grid.csv", cell("grid_kg_co2_per_kwh", 0.1, region=DE))

    assert told_by("power_as_listed", plan_folder) == f"grid_kg_co2_per_kwh of {DE}: expected 0.3, found 0.1"


def test_listed_values_pass(plan_folder: Path) -> None:
    assert found_by("power_as_listed", plan_folder) == []
