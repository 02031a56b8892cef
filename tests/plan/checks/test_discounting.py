"""The present value of the flows is held against the ledger."""

from pathlib import Path

from tests.plan.damage import found_by, told_by
from tests.plan.policy import with_scalar
from tests.plan.worlds import OWNED, Q1_H


def test_a_present_value_that_was_not_taken_is_found(plan_folder: Path) -> None:
    """The old node's rent of q1 falls in the quarter's middle."""
    with_scalar(plan_folder, "discount_rate_per_year", 0.1)
    due = 5.0 * Q1_H / 2 * (1.1 ** (-Q1_H / 2 / 8766.0) - 1)

    assert f"discounting of {OWNED} in q1/day: expected {due:.10g} usd, found 0 usd" in told_by("discounting", plan_folder)


def test_no_rate_no_row(plan_folder: Path) -> None:
    assert found_by("discounting", plan_folder) == []
