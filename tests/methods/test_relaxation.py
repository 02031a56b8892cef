"""The relaxation: its bound, its price ladder, and node counts at which prices change."""

import numpy as np
import pytest

from planner.methods import MethodSettings
from planner.methods.cells import cells
from planner.methods.crew import Crew
from planner.methods.relaxation import price_steps, relaxation
from planner.methods.segments import make_segments
from planner.program.groups import Groups
from tests.worlds import offer_row, option_row, price_rows, rate_row, tiny, world

BAY = ("2xT", "here")


def found(groups):
    """Returns the relaxation of prepared groups."""
    with Crew(1) as crew:
        relaxed, _ = relaxation(groups, crew, MethodSettings())
    assert relaxed is not None
    return relaxed


def test_the_bound_is_that_of_fractional_nodes():
    """Day 10/4/2 = 1.25, night 0.5, day 2.5, night 1 nodes: reserve 1, rent the rest: 1,200 + 0.25 x 400 + 1.5 x 400."""
    relaxed = found(Groups(tiny()))

    assert relaxed.bound_usd == pytest.approx(1200 + 100 + 600)
    assert relaxed.nodes_at_most[BAY] == pytest.approx(2.5)


def test_the_ladder_uses_up_the_cheapest_offer_first():
    """Two owned nodes at 1 usd/h, then 3 rented at 4: the third node of a slot of 100 h costs 400 usd."""
    groups = Groups(
        world(
            [option_row("o1", "2xT", 1)],
            [rate_row("chat", "o1", 5.0)],
            [offer_row("own", "2xT", 2, "owned"), offer_row("od", "2xT", 2)],
            price_rows("own", ["q1"], 1.0) + price_rows("od", ["q1"], 4.0),
            {("chat", "q1", "day"): 30.0},
            {("q1", "day"): 100.0},
            supply={("own", "q1"): 2, ("od", "q1"): 3},
        )
    )
    relaxed = found(groups)
    segments = make_segments(relaxed.nodes_at_most, price_steps(groups))
    prices = relaxed.on_demand_prices(cells(groups)[0], segments)

    assert relaxed.ladder[BAY, ("q1", "day")] == [(2, 100.0), (5, 400.0)]
    assert price_steps(groups)[BAY] == [2, 5]
    assert np.allclose(prices[segments.lower < 2], 100.0)
    assert np.allclose(prices[(segments.lower >= 2) & ~segments.is_tail], 400.0)


def test_a_world_without_supply_has_no_relaxation():
    """An infeasible relaxation is None, and the engine says why."""
    groups = Groups(
        world(
            [option_row("o1", "2xT", 1)], [rate_row("chat", "o1", 5.0)], [offer_row("od", "2xT", 2)],
            price_rows("od", ["q1"], 4.0),
            {("chat", "q1", "day"): 30.0}, {("q1", "day"): 100.0}, nodes_max=1,
        )
    )  # fmt: skip
    with Crew(1) as crew:
        relaxed, solution = relaxation(groups, crew, MethodSettings())

    assert relaxed is None
    assert solution.status == "infeasible"
