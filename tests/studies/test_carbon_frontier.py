"""Carbon against cost: Lagrangian bounds by pencil, and one instance planned for real."""

from pathlib import Path

import pytest

from planner.errors import InputError
from planner.pipeline import SolveSettings
from planner.studies.carbon_frontier import carbon_frontier, frontier_of
from planner.studies.choices import Choice

TINY = Path(__file__).parents[2] / "instances" / "tiny"


def made(price: float, cost: float, tonnes: float, gap_usd: float = 0.0) -> Choice:
    """A plan of a money cost and a tonnage, made at a price: its objective counts the carbon."""
    total = cost + price * tonnes
    return Choice(f"{price:g}", total - gap_usd, total, tonnes, 10 * tonnes)


def test_exact_plans_lie_on_their_own_bounds() -> None:
    """At 0 usd: 100 usd and 10 t. At 5 usd: 120 usd and 5 t (145 in all, less than 100 + 50)."""
    found = frontier_of([0.0, 5.0], [made(0.0, 100.0, 10.0), made(5.0, 120.0, 5.0)])

    assert found.plans["tonnes_co2"].tolist() == [10.0, 5.0]
    assert found.plans["cost_usd_low"].tolist() == found.plans["cost_usd_high"].tolist() == [100.0, 120.0]
    step = found.steps().iloc[0]
    assert (step["tonnes_saved"], step["usd_low"], step["usd_high"]) == (5.0, 20.0, 20.0)
    assert (step["usd_per_tonne_low"], step["usd_per_tonne_high"]) == (4.0, 4.0)


def test_gaps_widen_the_intervals_and_other_prices_narrow_them() -> None:
    """The plan at 0 is known to 30 usd only; the bound at 5 usd, 145, says 145 - 50 = 95 usd of plans of 10 t."""
    found = frontier_of([0.0, 5.0], [made(0.0, 100.0, 10.0, gap_usd=30.0), made(5.0, 120.0, 5.0)])

    assert found.plans["cost_usd_low"].tolist() == [95.0, 120.0]


def test_true_costs_lie_inside_whatever_the_gaps() -> None:
    """Plans of 100 usd and 10 t, 120 and 5, 150 and 3; gaps of up to 20 usd."""
    truth = {10.0: 100.0, 5.0: 120.0, 3.0: 150.0}
    plans = [made(0.0, 100.0, 10.0, 20.0), made(5.0, 120.0, 5.0, 10.0), made(16.0, 150.0, 3.0, 15.0)]
    found = frontier_of([0.0, 5.0, 16.0], plans)

    for row in found.plans.to_dict("records"):
        assert row["cost_usd_low"] <= truth[row["tonnes_co2"]] <= row["cost_usd_high"]


def test_dominated_plans_and_those_not_found_are_left_out() -> None:
    found = frontier_of(
        [0.0, 1.0, 2.0, 3.0],
        [made(0.0, 100.0, 10.0), made(1.0, 101.0, 10.0), Choice("2", why_not="time"), made(3.0, 110.0, 8.0)],
    )

    assert found.plans["usd_per_tonne"].tolist() == [0.0, 3.0]


@pytest.mark.slow
def test_the_first_plan_of_the_tiny_instance_is_its_cheapest() -> None:
    """48,252 usd is the optimum of tests/instances/test_tiny.py."""
    found = carbon_frontier(TINY, (0.0, 500.0), SolveSettings(gap=1e-6, time_limit_s=60.0, threads=1))

    assert found.plans["cost_usd_high"].iloc[0] == pytest.approx(48_252.0, abs=0.1)
    assert found.plans["tonnes_co2"].is_monotonic_decreasing


@pytest.mark.parametrize("prices", [(), (-1.0,), (float("nan"),)])
def test_prices_that_cannot_be_are_refused(prices: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="carbon prices"):
        carbon_frontier(TINY, prices, SolveSettings())
