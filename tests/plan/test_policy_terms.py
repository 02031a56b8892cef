"""Emissions and carbon price of the plan made by hand."""

import pytest

from planner.plan.policy_terms import carbon_price, emissions
from tests.plan.worlds import DE_OD, Q1_H, coefficients, tables
from tests.policy_worlds import priced


def test_a_node_emits_power_times_pue_times_grid_times_hours():
    rows = emissions(tables().nodes, coefficients()).set_index(["offer", "period", "block"])

    assert rows.loc[(DE_OD, "q1", "day"), "kg"] == pytest.approx(10.0 * 1.3 * 0.3 * Q1_H / 2)
    assert rows.loc[(DE_OD, "q1", "day"), "power_kw"] == 10.0


def test_carbon_costs_its_price():
    kg = emissions(tables().nodes, coefficients())["kg"].sum()

    assert carbon_price(tables().nodes, coefficients()).empty
    assert carbon_price(tables().nodes, priced(coefficients(), "carbon_usd_per_tonne", 50.0))["usd"].sum() == pytest.approx(
        kg / 20
    )
