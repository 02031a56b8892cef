"""The hull master: a lower bound of every plan, at least as good as mixed ways, and its cuts hold for every way."""

import itertools

import numpy as np
import pytest

from planner.methods.generation import generate
from planner.methods.hull_master import demand_cut, hull_master, links_of, separate
from planner.methods.ways import traffic_usd
from planner.solvers import solve_here
from tests.methods.pooled_worlds import ASK, pooled, pooled_world, relaxed
from tests.methods.test_covering import two_sizes


def all_cuts(pool, found):
    cuts = [
        demand_cut(pool, i, w, mu)
        for prices in found.multipliers
        for i, mu in enumerate(prices)
        for w in range(len(pool.known[i]))
    ]
    return [cut for cut in cuts if cut is not None]


def test_whole_nodes_under_the_hull_reach_the_hand_optimum() -> None:
    """20/s take 4 accelerators: two nodes, 800 usd."""
    split, pool, first = pooled(two_sizes())
    found = generate(split, pool, first, 1e6, relaxed)
    answer = solve_here(hull_master(split, pool, all_cuts(pool, found)).problem, ASK)

    assert answer.bound == pytest.approx(800.0)


@pytest.mark.parametrize("seed", range(20))
def test_rounds_of_separation_raise_a_bound_that_stays_under_the_optimum(seed: int) -> None:
    made = pooled_world(seed)
    split, pool, found, optimum = made.split, made.pool, made.found, made.optimum_usd
    cuts, bounds = all_cuts(pool, found), []
    for _ in range(6):
        master = hull_master(split, pool, cuts)
        answer = solve_here(master.problem, ASK)
        bounds.append(answer.bound)
        new = separate(pool, master, answer.values, [np.full(len(oracle.keys), 1e5) for oracle in pool.oracles])
        if not new:
            break
        cuts += new

    assert bounds[0] >= found.bound * (1 - 1e-5) - 1e-6
    assert all(later >= earlier * (1 - 1e-7) - 1e-6 for earlier, later in itertools.pairwise(bounds))
    assert bounds[-1] <= optimum * (1 + 1e-7) + 1e-6
    for cut in cuts:
        demand = pool.coverings[cut.cell].demands[cut.demand]
        for known in pool.known[cut.cell][cut.demand].values():
            spent = cut.mu @ known.taken[links_of(demand)] + traffic_usd(demand, known.way)
            assert spent >= cut.least * (1 - 1e-9)
