"""The first screen of a plan."""

from dataclasses import replace

import pandas as pd
import pytest

from planner.plan.plan import Plan
from planner.plan.summary import money, scenario_lines, summary
from tests.plan.worlds import RE, coefficients, plan


def test_the_first_lines_are_cost_fleet_proof_bindings_and_the_biggest_assumption() -> None:
    lines = summary(plan(), coefficients()).lines

    assert lines[0].startswith("pair: 1.783 M usd (rent 538,994 usd, commitment charge 1.784 M usd, terminal credit -551,065 usd")
    assert [line.split() for line in lines[1:4]] == [["nodes", "(peak)", "q1", "q2"], ["8xA100", "1", "1"], ["8xH100", "6", "6"]]
    assert lines[4].startswith("status optimal: gap 0.500% (1.000% asked), no fleet costs under 1.774 M usd; highs")
    assert lines[5].startswith("binds: supply of 8xH100 in germany-frankfurt")
    biggest = next(line for line in lines if line.startswith("biggest assumption"))
    assert biggest == f"biggest assumption: 1,000 usd (under 1% of the cost) rests on estimated prices, {RE}; rule"


def test_the_fleet_is_the_peak_of_each_quarter() -> None:
    """q1: 3 reserved, 2 on demand, 1 in Germany; q2: 3 reserved, 1 bought, 1 on demand, 1 in Germany."""
    fleet = summary(plan(), coefficients()).fleet.set_index("node_type")

    assert fleet.loc["8xH100"].tolist() == [6, 6]


def test_data_stand_behind_the_lines() -> None:
    found = summary(plan(), coefficients())

    assert found.costs["usd"].sum() == pytest.approx(found.objective_usd)
    assert found.workload_costs["usd"].sum() == pytest.approx(found.objective_usd)
    assert found.price_sources["share"].sum() == pytest.approx(1)


def test_a_plan_without_bound_or_assumption_says_so() -> None:
    made = plan()
    bare = Plan(made.tables, replace(made.facts, bound_usd=None, gap=None, status="feasible", limit="time", assumptions=()))
    lines = summary(bare, coefficients()).lines

    assert any("no bound is proved, stopped by time" in line for line in lines)
    assert "biggest assumption: none recorded" in lines


@pytest.mark.parametrize(
    ("usd", "said"),
    [(12.345, "12.35 usd"), (12_345.6, "12,346 usd"), (1_234_567, "1.235 M usd"), (-2.5e9, "-2.500 bn usd")],
)
def test_amounts_are_short(usd: float, said: str) -> None:
    assert money(usd) == said


def test_what_each_scenario_costs_is_told_in_one_line() -> None:
    rows = pd.DataFrame({"scenario": ["low", "high"], "probability": [0.75, 0.25], "usd": [1000.0, 3.5e6]})

    assert scenario_lines(rows) == ["expected over scenarios: low (75%) 1,000 usd, high (25%) 3.500 M usd"]
    assert scenario_lines(rows.iloc[:0]) == []
