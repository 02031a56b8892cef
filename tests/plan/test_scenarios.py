"""Cost by scenario: commitments always, blocks when their scenario comes true."""

import pytest

from planner.methods import MethodSettings, solve_program
from planner.plan.assemble import plan_tables
from planner.plan.limit_use import limit_use
from planner.plan.scenarios import ledger_seen_in, scenario_costs, seen_in
from planner.program.groups import Groups
from tests.plan.worlds import coefficients, tables
from tests.policy_worlds import limited
from tests.uncertain_worlds import newsvendor


def test_the_newsvendors_futures_cost_300_800_and_1800_usd():
    """One node reserved (300 usd); 0, 1 and 3 nodes at 5 usd/h for 100 h: in expectation 150 + 240 + 360 = 750 usd."""
    world = newsvendor(5.0)
    found = solve_program(Groups(world), MethodSettings(relative_gap=1e-9, threads=1)).decision
    made = plan_tables(world, found.deployments, found.traffic, found.rentals, found.orders)
    costs = made.scenarios.set_index("scenario")["usd"]

    assert costs.to_dict() == pytest.approx({"low": 300.0, "mid": 800.0, "high": 1800.0})
    assert made.total_usd == pytest.approx(750.0)
    assert (made.scenarios["usd"] * made.scenarios["probability"]).sum() == pytest.approx(made.total_usd)


def test_a_plan_without_scenarios_has_no_rows():
    assert scenario_costs(tables().ledger, coefficients()).empty
    assert tables().scenarios.empty


def test_a_scenario_that_is_certain_has_the_hours_of_the_clock():
    blocks = seen_in(newsvendor(), "mid").blocks

    assert blocks["hours"].tolist() == pytest.approx([0.0, 100.0, 0.0])


def test_the_ledger_of_a_future_adds_up_to_its_cost():
    world = newsvendor(5.0)
    found = solve_program(Groups(world), MethodSettings(relative_gap=1e-9, threads=1)).decision
    made = plan_tables(world, found.deployments, found.traffic, found.rentals, found.orders)
    sums = {name: ledger_seen_in(made.ledger, world, name)["usd"].sum() for name in ("low", "mid", "high")}

    assert sums == pytest.approx({"low": 300.0, "mid": 800.0, "high": 1800.0})


def test_the_use_of_a_budget_is_told_for_each_future():
    world = limited(newsvendor(5.0), "budget_usd", 1800.0)
    found = solve_program(Groups(world), MethodSettings(relative_gap=1e-9, threads=1)).decision
    made = plan_tables(world, found.deployments, found.traffic, found.rentals, found.orders)
    rows = limit_use(made, world)

    assert dict(zip(rows["block"], rows["used"], strict=True)) == pytest.approx(
        {"every @low": 300.0, "every @mid": 800.0, "every @high": 1800.0}
    )
