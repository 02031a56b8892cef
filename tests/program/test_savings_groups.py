"""Savings plans change the optimum to known ones, on both engines and both methods."""

import numpy as np
import pandas as pd
import pytest

from planner.methods import MethodSettings, solve_program
from planner.program.groups import Groups
from tests.policy_worlds import limited, priced, repriced
from tests.program.optima import decided, optimum, without
from tests.program.test_policy_agreement import MAKERS
from tests.savings_worlds import moving, plan_rows, promised
from tests.worlds import offer_row, option_row, price_rows, rate_row, rich_world, tiny, world

both = pytest.mark.parametrize("solver", ["highs", "scip"])


@both
def test_a_pledge_is_worth_its_hours_in_use(solver):
    """2, 1, 3, 1 nodes on demand cost 2800. At 0.4 off a node pledged for 400 h costs 960 and saves 1600; a second saves 800.

    At 0.6 off it costs 640: the second pays too; the third, used in one slot, does not.
    """
    assert optimum(without(promised(), "savings_plans"), solver) == pytest.approx(2800.0)
    assert optimum(promised(0.4), solver) == pytest.approx(2800.0 - 1600.0 + 960.0)
    assert optimum(promised(0.6), solver) == pytest.approx(2800.0 - 1600.0 - 800.0 + 2 * 640.0)


@both
def test_hours_after_the_horizon_are_credited(solver):
    """At a use share of 1 a pledge signed in q2 costs 320 a node inside, and the third node of q2's day saves 400."""
    assert optimum(promised(0.6, 1.0), solver) == pytest.approx(1680.0 - 80.0)


@both
def test_a_pledge_moves_with_the_usage(solver):
    """2 usd/h over both periods pay for kind T in q1 and for kind U in q2: 800 instead of 1600 usd."""
    assert optimum(moving(), solver) == pytest.approx(800.0)


def test_what_is_beyond_the_pledge_is_on_demand():
    """3.2 usd/h pay for two nodes at 1.6; the third of q2's day is on demand. A night's second node would cost nothing."""
    found = decided(promised(0.6))

    pledges, use = found.more["pledges"], found.more["plan_use"]
    assert pledges.to_numpy().tolist() == [["p/two", "q1", pytest.approx(3.2)]]
    paid = use.groupby(["period", "block"])["nodes"].sum()
    assert (paid["q1", "day"], paid["q2", "day"]) == (pytest.approx(2.0), pytest.approx(2.0))
    assert paid.min() >= 1.0 - 1e-9


def test_the_price_is_that_of_the_signature():
    """On demand falls to 1.5 usd/h in q2: a plan signed in q1 at 1.6 still pays for nodes there, as it is paid for."""
    made = promised(0.6)
    prices = made.prices.assign(usd_per_hour=np.where(made.prices["period"] == "q2", 1.5, 4.0))
    groups = Groups(made.with_tables(prices=prices))

    assert {key[:2] for key in groups.savings.applied if key[3] == "q2"} == {("p/two", "q1"), ("p/two", "q2")}
    assert groups.savings.usd_per_hour["p/two", "q1", "od"] == pytest.approx(1.6)
    assert groups.savings.worth_share["p/two", "q1"] == pytest.approx(1.5 / 1.6)


def test_cash_of_a_budget_counts_the_pledge_and_not_the_rent_that_it_pays():
    """Of the optimum 1680 usd, q1 pays 640 for the pledge, q2 640 and a node on demand: 400. A budget of 1039 there binds."""
    assert optimum(limited(promised(0.6), "budget_usd", 1040.0, period="q2")) == pytest.approx(1680.0)
    assert optimum(limited(promised(0.6), "budget_usd", 1039.0, period="q2")) > 1680.0


def test_a_world_without_plans_has_no_rows_and_columns_of_them():
    groups = Groups(tiny())

    assert groups.savings.pledges == groups.savings.applied == []


def test_a_plan_is_no_use_beside_a_cheaper_offer():
    assert optimum(repriced(promised(0.6), "od", 0.01)) == pytest.approx(7 * 100 * 0.01 * 0.6, abs=2.0)


SETTINGS = MethodSettings(relative_gap=1e-6, time_limit_s=60.0, threads=1)


@pytest.mark.parametrize("seed", [pytest.param(seed, marks=pytest.mark.slow if seed > 1 else ()) for seed in range(8)])
def test_methods_agree(seed):
    made = MAKERS["savings_plan"](rich_world(seed), np.random.default_rng(seed))
    made = priced(made, "discount_rate_per_year", 0.3) if seed % 2 else made
    groups = Groups(made)
    outer, whole = (solve_program(groups, SETTINGS, method) for method in ("outer", "textbook"))

    assert outer.status == whole.status
    if whole.objective_usd is not None:
        assert outer.objective_usd == pytest.approx(whole.objective_usd, rel=1e-5)


@both
def test_a_pledge_is_used_where_the_price_on_demand_has_fallen_below_it(solver):
    """A node at 4 and then 2.9 usd/h, 100 h each, costs 690; 3 usd/h promised for both pay for it: 600."""
    prices = price_rows("t", ["q1"], 4.0) + price_rows("t", ["q2"], 2.9)
    made = world(
        [option_row("o1", "2xT", 1)], [rate_row("chat", "o1", 5.0)], [offer_row("t", "2xT", 2)], prices,
        {("chat", "q1", "day"): 4.0, ("chat", "q2", "day"): 4.0}, {("q1", "day"): 100.0, ("q2", "day"): 100.0},
    )  # fmt: skip

    assert optimum(made, solver) == pytest.approx(690.0)
    assert optimum(made.with_tables(savings_plans=pd.DataFrame(plan_rows("p/x", ["t"], 2, 0.25))), solver) == pytest.approx(600.0)


def test_what_is_left_of_a_pledge_is_worth_what_it_buys_best_in_use_or_not():
    """T falls from 4 to 1.5 usd/h, U, which nobody needs, stays at 4: at 0.6 off a usd pledged is worth one still."""
    periods = {(t, "day"): 100.0 for t in ("q1", "q2")}
    made = world(
        [option_row("o1", "2xT", 1), option_row("o2", "2xU", 1)], [rate_row("chat", "o1", 5.0), rate_row("idle", "o2", 5.0)],
        [offer_row("t", "2xT", 2), offer_row("u", "2xU", 2)],
        price_rows("t", ["q1"], 4.0) + price_rows("t", ["q2"], 1.5) + price_rows("u", ["q1", "q2"], 4.0),
        {(w, t, "day"): rate for w, rate in (("chat", 4.0), ("idle", 0.0)) for t in ("q1", "q2")}, periods,
    )  # fmt: skip
    both_kinds = made.with_tables(savings_plans=pd.DataFrame(plan_rows("p/x", ["t", "u"], 3, 0.6)))
    one_kind = made.with_tables(savings_plans=pd.DataFrame(plan_rows("p/x", ["t"], 3, 0.6)))

    assert Groups(both_kinds).savings.worth_share["p/x", "q1"] == 1.0
    assert Groups(one_kind).savings.worth_share["p/x", "q1"] == pytest.approx(1.5 / 1.6)
