"""Column generation: its bound is the value of mixed ways, never above the optimum; whole ways are a plan."""

import numpy as np
import pytest

from planner.methods.covering import covering
from planner.methods.generation import chosen_ways, generate, way_master
from planner.methods.way_pool import WayPool
from planner.program.groups import Groups
from planner.solvers import Problem, Settings, Solution, solve_here
from tests.methods.hand_world import guided
from tests.methods.test_covering import two_sizes
from tests.worlds import random_world

ASK = Settings(relative_gap=1e-9, log=False)


def relaxed(problem: Problem) -> Solution:
    return solve_here(problem.relaxed(), ASK)


def pooled(groups: Groups):
    """Returns (split, pool, prices to start from), or None where a cell is no covering."""
    split, _, oracles, _ = guided(groups)
    found = [covering(oracle) for oracle in oracles]
    if not all(found):
        return None
    return split, WayPool(oracles, found), [[np.ones(len(oracle.keys)) for oracle in oracles]]


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
    made = pooled(Groups(random_world(seed)))
    if made is None:
        pytest.skip("a cell is no covering")
    split, pool, first = made
    optimum = solve_here(split.problem, ASK).objective
    found = generate(split, pool, first, 10 * abs(optimum) + 1, relaxed)
    answer = solve_here(way_master(split, pool, is_whole=True).problem, ASK)

    assert found.is_served
    assert found.bound <= optimum * (1 + 1e-7) + 1e-6
    assert found.bound >= relaxed(split.problem).objective * (1 - 1e-6) - 1e-6
    if answer.objective is not None:
        assert answer.objective >= optimum * (1 - 1e-7) - 1e-6


def test_demand_that_cannot_be_served_is_told() -> None:
    """Prices to start from that no LP can be solved with leave the pool without a mixture that serves."""
    split, pool, first = pooled(two_sizes())
    found = generate(split, pool, first, 0.0, relaxed)

    assert not found.is_served
