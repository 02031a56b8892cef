"""The master over ways: whole it is a plan, relaxed it gives prices; a box keeps them between its ends."""

import numpy as np
import pytest

from planner.methods.generation import generate
from planner.methods.parts import Way
from planner.methods.way_master import mixed_point, way_master
from planner.solvers import solve_here
from tests.methods.pooled_worlds import ASK, market_of, pooled, pooled_world, relaxed
from tests.methods.test_covering import two_sizes


def test_whole_ways_are_the_hand_optimum() -> None:
    """20/s take 4 accelerators, two nodes of two at 4 usd for 100 h: 800 usd."""
    split, pool, first = pooled(two_sizes())
    generate(split, pool, first, market_of(pool), 1e6, relaxed)
    whole = way_master(split, pool, is_whole=True)
    answer = solve_here(whole.problem, ASK)

    assert answer.objective == pytest.approx(800.0)


def test_without_ways_all_parts_are_missing_at_their_price() -> None:
    split, pool, _ = pooled(two_sizes())
    master = way_master(split, pool, is_whole=False, missing_usd=7.0)
    answer = relaxed(master.problem)

    assert answer.objective == pytest.approx(7.0)
    assert answer.values[master.missing].tolist() == pytest.approx([1.0])


def test_ways_beyond_what_engines_can_count_with_are_not_taken() -> None:
    """A way of 1e15 usd is no entry; the part is missing at its price, or, where ways are whole, has no plan."""
    split, pool, _ = pooled(two_sizes())
    links = len(pool.oracles[0].cell.links)
    pool.add(0, 0, Way(np.zeros(0), np.zeros(links), 1e15))
    mixed = relaxed(way_master(split, pool, is_whole=False, missing_usd=7.0).problem)

    assert mixed.objective == pytest.approx(7.0)
    assert solve_here(way_master(split, pool, is_whole=True).problem, ASK).status == "infeasible"


def test_prices_stay_in_their_box() -> None:
    """A unit is worth 200 usd (400 usd a node of two); a box from 10 to 20 usd keeps its price at the upper end."""
    split, pool, first = pooled(two_sizes())
    generate(split, pool, first, market_of(pool), 1e6, relaxed)
    low, high = np.array([10.0]), np.array([20.0])
    master = way_master(split, pool, False, 1e6, [(low, high)])
    answer = relaxed(master.problem)
    (prices,) = master.prices(answer.row_duals, pool.oracles)

    assert prices.tolist() == pytest.approx([20.0])
    assert answer.values[master.traded].sum() > 0


@pytest.mark.parametrize("seed", range(4))
def test_a_mixture_keeps_the_relaxed_rows_of_the_program(seed: int) -> None:
    made = pooled_world(seed)
    master = way_master(made.split, made.pool, is_whole=False, missing_usd=1e9)
    answer = relaxed(master.problem)
    point = mixed_point(made.split, made.pool, master, answer.values)

    assert made.split.problem.relaxed().violation(point).rows_relative <= 1e-5
