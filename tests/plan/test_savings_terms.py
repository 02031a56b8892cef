"""Ledger rows of savings plans on numbers small enough to add up by hand; they are the objective of the program."""

import numpy as np
import pandas as pd
import pytest

from planner.plan.allocation import AFTER_HORIZON, FLEET, allocate, by_period
from planner.plan.assemble import plan_tables
from planner.plan.files import read_plan, read_plan_inputs
from planner.plan.ledger import ledger
from planner.plan.savings_terms import pledge_credit, savings
from planner.plan.summary import pledge_lines
from planner.reports.money import use_share_cases
from tests.policy_worlds import priced
from tests.program.optima import decided, optimum
from tests.program.test_policy_agreement import MAKERS
from tests.savings_worlds import promised, solved
from tests.worlds import rich_world


def pledge(period: str, usd_per_hour: float) -> pd.DataFrame:
    """Returns one pledge of the plan of the hand-made world."""
    return pd.DataFrame({"savings_plan": ["p/two"], "period": [period], "usd_per_hour": [usd_per_hour]})


def use(nodes: float) -> pd.DataFrame:
    """Returns nodes of q2's day that the pledge of q2 pays for."""
    row = {"savings_plan": "p/two", "signed": "q2", "offer": "od", "period": "q2", "block": "day", "nodes": nodes}
    return pd.DataFrame([row])


def test_rows_of_a_pledge_used_in_part():
    """3.2 usd/h from q2: one node at 1.6 instead of 4 saves 240 by day; 160 by day and 320 by night are lost, 640 due after."""
    found = savings(pledge("q2", 3.2), use(1.0), promised())

    assert found[["offer", "period", "block", "usd"]].to_numpy().tolist() == [
        ["od", "q2", "day", pytest.approx(-240.0)], ["p/two", "q2", "", pytest.approx(640.0)],
        ["p/two", "q2", "day", pytest.approx(160.0)], ["p/two", "q2", "night", pytest.approx(320.0)],
    ]  # fmt: skip
    assert found["usd"].sum() == pytest.approx(3.2 * 400 - 400.0), "what is pledged less the rent that it pays"


def test_hours_after_the_horizon_are_credited_at_what_a_usd_would_buy():
    assert pledge_credit(pledge("q1", 3.2), promised()).empty, "the term of q1's pledge ends with the horizon"
    assert pledge_credit(pledge("q2", 3.2), promised())["usd"].tolist() == [pytest.approx(-0.5 * 200 * 3.2)]
    made = promised()
    cheaper = made.with_tables(prices=made.prices.assign(usd_per_hour=np.where(made.prices["period"] == "q2", 1.2, 4.0)))
    assert pledge_credit(pledge("q2", 3.2), cheaper)["usd"].tolist() == [pytest.approx(-0.5 * 200 * 3.2)], "pledged at 0.48"


@pytest.mark.parametrize("seed", range(4))
def test_the_ledger_is_the_objective(seed):
    """With discounting, on random worlds with two plans."""
    made = priced(MAKERS["savings_plan"](rich_world(seed), np.random.default_rng(seed)), "discount_rate_per_year", 0.4)
    usd = optimum(made)
    if usd == float("inf"):
        return
    found = decided(made)
    tables = plan_tables(made, found.deployments, found.traffic, found.rentals, found.orders, found.more)

    assert tables.total_usd == pytest.approx(usd, rel=1e-7)
    assert allocate(tables, made)["usd"].sum() == pytest.approx(usd, rel=1e-7)
    view = by_period(tables, made)
    whole = view["cash_usd"].sum() + view["internal_usd"].sum() + view["terminal_credit_usd"].sum()
    assert whole == pytest.approx(usd, rel=1e-7)
    rows = ledger(tables.traffic, tables.nodes, tables.orders, made, found.more)
    assert rows["usd"].sum() == pytest.approx(usd, rel=1e-7)


def test_the_cash_view_has_a_pledge_in_the_periods_of_its_term():
    made = promised(0.6, 1.0)
    found = decided(made)
    tables = plan_tables(made, found.deployments, found.traffic, found.rentals, found.orders, found.more)
    view = by_period(tables, made).set_index("period")

    assert view.loc[AFTER_HORIZON, "savings_usd"] == pytest.approx(320.0), "the pledge of q2, due in the 200 h after it"
    assert view.loc[AFTER_HORIZON, "terminal_credit_usd"] == pytest.approx(-320.0)
    assert set(allocate(tables, made).loc[lambda t: t["offer"] == "p/two", "workload"]) <= {FLEET}
    cases = use_share_cases(tables, made).set_index("terminal_use_share")
    assert cases.loc[0.0, "change_usd"] == pytest.approx(320.0)


def test_a_solved_plan_tells_its_pledges():
    plan, given = read_plan(solved()), read_plan_inputs(solved())

    assert len(plan.tables.pledges) == 1
    assert pledge_lines(plan.tables.pledges)[0].startswith("savings plans: aws/compute_1y from q1 ")
    assert [item.assumption for item in plan.facts.assumptions if "savings" in item.assumption] == ["discounts of savings plans"]
    assert given.catalog["savings_plans"]["savings_plan"].tolist() == ["aws/compute_1y", "aws/compute_3y"]
