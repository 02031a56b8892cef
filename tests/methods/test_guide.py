"""The guide: the relaxation's bound, its price ladder, and node counts at which prices change."""

import dataclasses

import numpy as np
import pytest

from planner.methods import MethodSettings
from planner.methods.crew import Crew
from planner.methods.guide import make_guide, price_steps
from planner.program.groups import Groups
from planner.solvers import Limit, Status
from tests.methods.hand_world import guided, split_of
from tests.worlds import offer_row, option_row, price_rows, rate_row, tiny, world

KEY = ("cover", "2xT", "here")


def test_the_bound_is_that_of_fractional_nodes():
    """Day 10/4/2 = 1.25, night 0.5, day 2.5, night 1 nodes: reserve 1, rent the rest: 1,200 + 0.25 x 400 + 1.5 x 400."""
    _, guide, _, _ = guided(Groups(tiny()))

    assert guide.bound == pytest.approx(1200 + 100 + 600)
    assert guide.nodes_at_most[KEY] == pytest.approx(2.5)


class _GivesUp(Crew):
    """A crew whose first relaxation ends without an answer."""

    def solve(self, tasks):
        self.asked = [*getattr(self, "asked", []), *(task[1].solver for task in tasks)]
        if len(self.asked) == 1:
            (found,) = super().solve(tasks)
            return [dataclasses.replace(found, status=Status.NO_SOLUTION, limit=Limit.OTHER, values=None, row_duals=None)]
        return super().solve(tasks)


@pytest.mark.parametrize(("demand", "status"), [(10.0, "optimal"), (1e4, "infeasible")])
def test_where_one_engine_gives_up_the_other_says_what_the_relaxation_is(demand, status):
    groups = Groups(
        world(
            [option_row("o1", "2xT", 1)],
            [rate_row("chat", "o1", 5.0)],
            [offer_row("od", "2xT", 2)],
            price_rows("od", ["q1"], 4.0),
            {("chat", "q1", "day"): demand},
            {("q1", "day"): 100.0},
            supply={("od", "q1"): 3},
        )
    )
    with _GivesUp(1) as crew:
        guide, solution = make_guide(split_of(groups), crew, MethodSettings())

    assert crew.asked == ["highs", "glop"]
    assert solution.status == status
    assert (guide is not None) == (status == "optimal")


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
    split, guide, oracles, segments = guided(groups)
    prices = guide.market(oracles[0].cell, segments)

    assert list(guide.ladder.values()) == [[(2, 100.0), (5, 400.0)]]
    assert price_steps(split, guide)[KEY] == [2, 5]
    assert np.allclose(prices[segments.lower < 2], 100.0)
    assert np.allclose(prices[(segments.lower >= 2) & ~segments.is_tail], 400.0)


def test_a_blend_lies_between_the_relaxations_price_and_the_markets():
    """Blend 1 is the market, blend 0 the dual (never under a thousandth of the market)."""
    _, guide, oracles, segments = guided(Groups(tiny()))
    market, dual = (guide.prices(oracles[0], segments, blend).segments for blend in (1.0, 0.0))
    half = guide.prices(oracles[0], segments, 0.5).segments

    assert np.all(dual <= market)
    assert np.all(dual >= 1e-3 * market)
    assert np.allclose(half, (market + dual) / 2)


def test_a_world_without_supply_has_no_guide():
    """An infeasible relaxation is None, and the engine says why."""
    groups = Groups(
        world(
            [option_row("o1", "2xT", 1)], [rate_row("chat", "o1", 5.0)], [offer_row("od", "2xT", 2)],
            price_rows("od", ["q1"], 4.0),
            {("chat", "q1", "day"): 30.0}, {("q1", "day"): 100.0}, nodes_max=1,
        )
    )  # fmt: skip
    with Crew(1) as crew:
        guide, solution = make_guide(split_of(groups), crew, MethodSettings())

    assert guide is None
    assert solution.status == "infeasible"


def test_an_offer_may_have_more_than_a_hundred_thousand_nodes():
    """600,000 nodes are needed, and cut short, cells would rent them at a price that nobody asks."""
    groups = Groups(
        world(
            [option_row("o1", "2xT", 1)], [rate_row("chat", "o1", 5.0)], [offer_row("od", "2xT", 2)],
            price_rows("od", ["q1"], 4.0), {("chat", "q1", "day"): 4_800_000.0}, {("q1", "day"): 100.0}, nodes_max=1_000_000,
        )
    )  # fmt: skip
    split, guide, _, segments = guided(groups)

    assert price_steps(split, guide)[KEY] == [1_000_000]
    assert segments.upper.max() == 1_000_000
    assert guide.nodes_at_most[KEY] == pytest.approx(600_000)
