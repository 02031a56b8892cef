"""Column generation: its bound is the value of mixed ways, never above the optimum; whole ways are a plan."""

import pytest

from planner.methods.generation import chosen_ways, generate, way_master
from planner.solvers import solve_here
from tests.methods.pooled_worlds import ASK, pooled, pooled_world, relaxed
from tests.methods.test_covering import two_sizes


def test_the_hand_world_is_bounded_by_whole_replicas() -> None:
    """20/s take 4 accelerators, two nodes of two at 4 usd for 100 h: 800 usd, mixed or whole; the relaxation says 714."""
    split, pool, first = pooled(two_sizes())
    found = generate(split, pool, first, 1e6, relaxed)
    whole = way_master(split, pool, is_whole=True)
    answer = solve_here(whole.problem, ASK)

    assert relaxed(split.problem).objective == pytest.approx(800 * 20 / 22.4)
    assert found.bound == pytest.approx(800.0)
    assert found.is_served
    assert answer.objective == pytest.approx(800.0)
    assert [len(ways) for ways in chosen_ways(whole, pool, answer.values)] == [1]


@pytest.mark.parametrize("seed", range(20))
def test_the_bound_lies_between_relaxation_and_optimum(seed: int) -> None:
    made = pooled_world(seed)
    answer = solve_here(way_master(made.split, made.pool, is_whole=True).problem, ASK)

    assert made.found.is_served
    assert made.found.bound <= made.optimum_usd * (1 + 1e-7) + 1e-6
    assert made.found.bound >= relaxed(made.split.problem).objective * (1 - 1e-6) - 1e-6
    if answer.objective is not None:
        assert answer.objective >= made.optimum_usd * (1 - 1e-7) - 1e-6


def test_demand_that_cannot_be_served_is_told() -> None:
    """Prices to start from that no LP can be solved with leave the pool without a mixture that serves."""
    split, pool, first = pooled(two_sizes())
    found = generate(split, pool, first, 0.0, relaxed)

    assert not found.is_served
