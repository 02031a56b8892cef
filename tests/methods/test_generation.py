"""Column generation: its bound is the value of mixed ways, never above the optimum; whole ways are a plan."""

import numpy as np
import pytest

from planner.methods.generation import generate
from planner.methods.way_master import way_master
from planner.solvers import solve_here
from tests.methods.pooled_worlds import ASK, market_of, pooled, pooled_world, relaxed
from tests.methods.test_covering import two_sizes


@pytest.mark.parametrize("is_by_engine", [False, True])
def test_the_hand_world_is_bounded_by_whole_replicas(is_by_engine: bool) -> None:
    """20/s take 4 accelerators, two nodes of two at 4 usd for 100 h: 800 usd; the relaxation says 714."""
    split, pool, first = pooled(two_sizes(), is_by_engine)
    found = generate(split, pool, first, market_of(pool), 1e6, relaxed)

    assert relaxed(split.problem).objective == pytest.approx(800 * 20 / 22.4)
    assert found.bound == pytest.approx(800.0)
    assert found.is_served


@pytest.mark.parametrize("seed", range(20))
def test_the_bound_lies_between_relaxation_and_optimum(seed: int) -> None:
    made = pooled_world(seed)
    answer = solve_here(way_master(made.split, made.pool, is_whole=True).problem, ASK)

    assert made.found.is_served
    assert made.found.bound <= made.optimum_usd * (1 + 1e-7) + 1e-6
    assert made.found.bound >= relaxed(made.split.problem).objective * (1 - 1e-5) - 1e-6
    if answer.objective is not None:
        assert answer.objective >= made.optimum_usd * (1 - 1e-7) - 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_parts_priced_by_an_engine_give_the_same_bound(seed: int) -> None:
    assert pooled_world(seed, is_by_engine=True).found.bound == pytest.approx(pooled_world(seed).found.bound, rel=1e-5, abs=1e-3)


def test_the_point_is_a_mixture_that_keeps_every_row() -> None:
    made = pooled_world(3)
    assert made.found.point is not None
    is_loose = made.split.problem.relaxed().violation(made.found.point)
    assert is_loose.rows_relative <= 1e-5


def test_demand_that_cannot_be_served_is_told() -> None:
    """A price of nothing on what is not served leaves all of it unserved."""
    split, pool, first = pooled(two_sizes())
    found = generate(split, pool, first, market_of(pool), 0.0, relaxed)

    assert not found.is_served


def test_without_time_there_is_one_round_and_the_point_of_its_ways() -> None:
    """Commitments are chosen from that point: a small fleet without a plan has nothing else to begin with."""
    split, pool, first = pooled(two_sizes())
    found = generate(split, pool, first, market_of(pool), 1e6, relaxed, left_s=lambda: 0.0)

    assert found.bound <= 800.0 + 1e-6
    assert np.isfinite(found.bound)
    assert len(found.prices) == 1
    assert found.point is not None
    assert found.point.shape == (split.problem.columns,)


def test_a_part_that_nothing_is_proved_of_leaves_no_bound() -> None:
    split, pool, first = pooled(two_sizes(), is_by_engine=True)
    pool._solve = lambda problems, left_s: [None] * len(problems)
    found = generate(split, pool, first, market_of(pool), 1e6, relaxed, left_s=lambda: 0.0)

    assert found.bound == -np.inf
    assert not found.is_served
