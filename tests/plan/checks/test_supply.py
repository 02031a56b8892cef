"""The supply check compares nodes with caps."""

from pathlib import Path

from tests.plan.damage import cell, edit, found_by, told_by, without
from tests.plan.worlds import DE_OD, OD


def test_nodes_over_the_cap_are_found(plan_folder: Path) -> None:
    edit(plan_folder, "nodes.csv", cell("nodes", 2, offer=DE_OD, period="q1", block="night"))

    assert told_by("supply", plan_folder) == f"nodes of {DE_OD} in q1/night: expected at most 1 nodes, found 2 nodes"


def test_an_offer_without_a_cap_gives_nothing(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/coefficients/supply.csv", without(offer=OD, period="q2"))

    assert f"nodes of {OD} in q2/day: expected at most 0" in told_by("supply", plan_folder)


def test_nodes_at_the_cap_pass(plan_folder: Path) -> None:
    edit(plan_folder, "nodes.csv", cell("nodes", 6, offer=OD, period="q2", block="day"))

    assert found_by("supply", plan_folder) == []
