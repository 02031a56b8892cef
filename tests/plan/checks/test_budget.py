"""The budget check recomputes the cash of a period from prices, orders and traffic."""

from pathlib import Path

import pytest

from planner.plan.allocation import by_period
from tests.plan.damage import found_by, told_by
from tests.plan.policy import with_limits
from tests.plan.worlds import OD, PRICES, Q1_H, coefficients, tables


def cash_usd(period: str) -> float:
    """Returns the cash of the plan made by hand in a period."""
    return float(by_period(tables(), coefficients()).set_index("period").loc[period, "cash_usd"])


def test_cash_over_the_budget_is_found(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "budget_usd", "value": cash_usd("q1") - 1.0, "period": "q1"})

    assert told_by("budget", plan_folder).startswith("limit budget_usd in q1: expected at most")


def test_cash_at_the_budget_passes(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "budget_usd", "value": cash_usd("q1"), "period": "q1"})

    assert found_by("budget", plan_folder) == []


def test_a_budget_of_all_periods_is_their_sum(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "budget_usd", "value": cash_usd("q1") + cash_usd("q2") - 1.0})

    assert len(found_by("budget", plan_folder)) == 1


def test_cash_of_the_first_period_by_hand() -> None:
    """Two nodes on demand by day, the owned one by day, Frankfurt day and night, three reserved, one bought, egress of research.

    Research sends 0.7 requests/s at 0.001 usd away in every hour.
    """
    half = Q1_H / 2
    rent = 2 * PRICES[OD, "q1"][0] * half + 5.0 * half + 2 * PRICES["aws/p5/germany-frankfurt/on_demand", "q1"][0] * half
    commitments = 3 * 50.0 * Q1_H + 310_000.0 + 30_000.0

    assert cash_usd("q1") == pytest.approx(rent + commitments + 0.7 * 0.001 * 3600 * Q1_H)
