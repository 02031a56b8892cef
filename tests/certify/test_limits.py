"""Limits are stated as the program has them: of what is there, and of all cash that is paid."""

import pytest

from planner.certify.facts import facts_of
from planner.certify.statement import whole_program
from planner.options.coefficients import Coefficients
from planner.solvers import Settings, solve_here
from tests.policy_worlds import limited, powered
from tests.program.optima import optimum
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

HOURS = {("q1", "day"): 100.0, ("q2", "day"): 100.0}


def buyable(lead_time_periods: int = 0) -> Coefficients:
    """Nodes of 2 at 4 usd/h, or bought at 300 usd for four periods and run at 0.2 usd/h; 10 kW and 5 kg an hour each."""
    made = world(
        [option_row("o1", "2xT", 1)],
        [rate_row("chat", "o1", 5.0)],
        [
            offer_row("od", "2xT", 2),
            offer_row("buy", "2xT", 2, "purchase", 4, provider="purchase", lead_time_periods=lead_time_periods),
        ],
        price_rows("od", ["q1", "q2"], 4.0) + price_rows("buy", ["q1", "q2"], 0.2, 300.0),
        {("chat", "q1", "day"): 10.0, ("chat", "q2", "day"): 20.0},
        HOURS,
    )
    return powered(made, {"2xT": 10.0}, {"here": (1.0, 0.5)})


def test_limits_never_count_rents_of_what_is_ordered():
    rows = facts_of(limited(buyable(lead_time_periods=2), "power_kw", 100.0)).limits

    assert {key for row in rows for key in row.nodes} == {("rent", "od", *slot) for slot in HOURS}


def test_a_budget_counts_what_comes_back_one_day_as_paid():
    """An order of q1 costs 300 usd, 800 more that are had back when its term ends, and 0.2 usd/h over 200 h."""
    made = buyable()
    residual = made.prices["residual_usd"].where(made.prices["offer"] != "buy", 800.0)
    made = limited(made.with_tables(prices=made.prices.assign(residual_usd=residual)), "budget_usd", 2000.0)
    (row,) = facts_of(made).limits

    assert row.nodes["order", "buy", "q1"] == 300.0 + 800.0 + 0.2 * 200.0
    exact = Settings(relative_gap=1e-9, threads=1)

    assert solve_here(whole_program(facts_of(made)).problem(), exact).objective == pytest.approx(optimum(made)) == 2000.0
