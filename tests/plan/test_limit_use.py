"""Use of policy limits: rows by limit, period and block, from the plan's tables alone."""

import pandas as pd

from planner.inputs.unsolved import SOLVED_LIMITS
from planner.plan.limit_use import USES, limit_use, periods_of
from tests.plan.worlds import coefficients, tables
from tests.policy_worlds import limited


def test_no_limit_has_no_row():
    assert limit_use(tables(), coefficients()).empty


def test_a_limit_without_a_period_is_of_the_horizon():
    world = limited(coefficients(), "budget_usd", 1.0)
    rows = limit_use(tables(), world)

    assert rows[["period", "block"]].to_dict("records") == [{"period": "", "block": ""}]
    assert periods_of(world, {"period": ""}) == ["q1", "q2"]
    assert periods_of(world, {"period": "q2"}) == ["q2"]


def test_kinds_are_solved():
    assert USES.keys() <= SOLVED_LIMITS
    assert isinstance(limit_use(tables(), coefficients()), pd.DataFrame)
