"""Savings plans change the optimum to known ones, on both engines and both methods."""

import numpy as np
import pytest

from planner.methods import MethodSettings, solve_program
from planner.program.groups import Groups
from tests.policy_worlds import limited, priced, repriced
from tests.program.optima import decided, optimum, without
from tests.program.test_policy_agreement import MAKERS
from tests.savings_worlds import moving, promised
from tests.worlds import rich_world, tiny

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
    """On demand falls to 1.5 usd/h in q2: a plan signed in q1 at 1.6 is no use there, so one node in q1 is all it can save."""
    made = promised(0.6)
    prices = made.prices.assign(usd_per_hour=np.where(made.prices["period"] == "q2", 1.5, 4.0))
    groups = Groups(made.with_tables(prices=prices))

    assert {key[:2] for key in groups.savings.applied if key[3] == "q2"} == {("p/two", "q2")}
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
