"""Worlds split into coverings whose ways are pooled: what column generation and the hull master start from."""

from dataclasses import dataclass

import numpy as np
import pytest

from planner.methods.covering import covering
from planner.methods.generation import Generated, generate
from planner.methods.split import Split
from planner.methods.way_pool import WayPool
from planner.program.groups import Groups
from planner.solvers import Problem, Settings, Solution, solve_here
from tests.methods.hand_world import guided
from tests.worlds import random_world

ASK = Settings(relative_gap=1e-9, log=False)


def relaxed(problem: Problem) -> Solution:
    """Returns the optimum of a problem without its whole numbers."""
    return solve_here(problem.relaxed(), ASK)


def pooled(groups: Groups):
    """Returns (split, pool, prices to start from), or None where a cell is no covering."""
    split, _, oracles, _ = guided(groups)
    found = [covering(oracle) for oracle in oracles]
    if not all(found):
        return None
    return split, WayPool(oracles, found), [[np.ones(len(oracle.keys)) for oracle in oracles]]


@dataclass(frozen=True)
class PooledWorld:
    """A random world with its pool filled by column generation, and its optimum."""

    split: Split
    pool: WayPool
    optimum_usd: float
    found: Generated


def pooled_world(seed: int) -> PooledWorld:
    """Returns a random world after column generation; skips the test where a cell is no covering."""
    made = pooled(Groups(random_world(seed)))
    if made is None:
        pytest.skip("a cell is no covering")
    split, pool, first = made
    optimum_usd = solve_here(split.problem, ASK).objective
    return PooledWorld(split, pool, optimum_usd, generate(split, pool, first, 10 * abs(optimum_usd) + 1, relaxed))
