"""`planner economics PLAN` as a person runs it."""

import pytest

from tests.command_line import planner
from tests.economics.plans import solved


def test_tables_for_people():
    said = planner("economics", solved())

    assert said.code == 0
    for words in ("unit costs by workload", "unit costs by accelerator", "busy", "energy", "in all, the sum of every table"):
        assert words in said.out


def test_json_sums_to_the_objective(tmp_path):
    said = planner("economics", solved(), "--format", "json", "--plot", tmp_path / "u.svg")
    record = said.json

    assert said.code == 0
    assert sum(row["usd"] for row in record["by_workload"]) == pytest.approx(record["objective_usd"])
    assert (tmp_path / "u.svg").read_text().startswith("<?xml")


def test_a_folder_that_is_no_plan_is_exit_code_2(tmp_path):
    assert planner("economics", tmp_path).code == 2
