"""Tokens bought: priced by the seller's list, kind by kind, and part of every sum of a plan's unit costs."""

from dataclasses import replace

import pandas as pd
import pytest

from planner.economics.bought_tokens import BOUGHT, bought_tokens
from planner.economics.unit_costs import DIMENSIONS, plan_unit_costs
from planner.plan.files import read_plan, read_plan_inputs
from tests.plan.checks.traffic_plans import bought

HALF_A_REQUEST = 0.5 * 2190 * 3600
"""chat buys 0.5 requests/s in all hours; each has 1,000 tokens in, a quarter of them cached, and 200 out."""


def test_each_kind_costs_its_list_price() -> None:
    plan, given = read_plan(bought()), read_plan_inputs(bought())
    found = bought_tokens(plan.tables, given.coefficients).iloc[0]
    listed = given.coefficients.api.iloc[0]

    assert found["requests"] == pytest.approx(HALF_A_REQUEST)
    assert found["mtok_input"] == pytest.approx(HALF_A_REQUEST * 750 / 1e6)
    assert found["usd_input"] / found["mtok_input"] == pytest.approx(listed["input_usd_per_mtok"])
    assert found["usd_output"] / found["mtok_output"] == pytest.approx(listed["output_usd_per_mtok"])
    paid = plan.tables.ledger.set_index("term").loc["api", "usd"].sum()
    assert found[["usd_input", "usd_cached", "usd_output"]].sum() == pytest.approx(paid, rel=1e-12)


def test_cached_tokens_without_a_price_of_their_own_take_the_full_one() -> None:
    plan, given = read_plan(bought()), read_plan_inputs(bought())
    api = given.coefficients.api.assign(cached_input_usd_per_mtok=float("nan"))
    found = bought_tokens(plan.tables, given.coefficients.with_tables(api=api)).iloc[0]

    assert found["usd_cached"] / found["mtok_cached"] == pytest.approx(found["usd_input"] / found["mtok_input"])


def test_what_the_ledger_takes_off_is_spread_over_the_kinds() -> None:
    plan, given = read_plan(bought()), read_plan_inputs(bought())
    half = plan.tables.ledger.assign(usd=plan.tables.ledger["usd"] / 2)
    whole, cut = (bought_tokens(tables, given.coefficients) for tables in (plan.tables, replace(plan.tables, ledger=half)))

    pd.testing.assert_frame_equal(cut[["usd_input", "usd_output"]], whole[["usd_input", "usd_output"]] / 2)


def test_a_plan_that_buys_and_turns_away_adds_up() -> None:
    found = plan_unit_costs(bought())
    rows = found.by(["accelerator"]).set_index("accelerator")

    for name in DIMENSIONS:
        assert found.by([name])["usd"].sum() == pytest.approx(found.objective_usd, rel=1e-12)
    assert rows.loc[BOUGHT, "requests"] == pytest.approx(HALF_A_REQUEST)
    assert rows.loc["", "usd_by_request"] == pytest.approx(1e-3 * HALF_A_REQUEST)
    assert found.rule == "tokens bought at their list prices"
    assert found.energy.set_index("workload").loc["all", "kwh"] == 0
