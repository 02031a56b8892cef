"""Worlds split into parts whose ways are pooled: what column generation and the hull master start from."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from planner.methods.covering import covering
from planner.methods.generation import Generated, generate
from planner.methods.oracle import Oracle
from planner.methods.parts import parts_of
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


def solved(problems: Sequence[Problem], left_s: Callable[[], float]) -> list[Solution]:
    """Returns the optima of problems, as nearly as parts are solved."""
    return [solve_here(problem, dataclasses.replace(ASK, relative_gap=1e-5)) for problem in problems]


def pool_of(oracles: Sequence[Oracle], is_by_engine: bool = False) -> WayPool:
    """Returns the empty pool of some cells; `is_by_engine`: parts that are demands of a covering are the engine's too."""
    return WayPool(oracles, [parts_of(oracle, None if is_by_engine else covering(oracle)) for oracle in oracles], solved)


def pooled(groups: Groups, is_by_engine: bool = False):
    """Returns (split, pool, prices to start from)."""
    split, _, oracles, _ = guided(groups)
    return split, pool_of(oracles, is_by_engine), [[np.ones(len(oracle.cell.links)) for oracle in oracles]]


def market_of(pool: WayPool) -> list[np.ndarray]:
    """Returns high prices of every link, by cell."""
    return [np.full(len(oracle.cell.links), 1e3) for oracle in pool.oracles]


@dataclass(frozen=True)
class PooledWorld:
    """A random world with its pool filled by column generation, and its optimum."""

    split: Split
    pool: WayPool
    optimum_usd: float
    found: Generated


def pooled_world(seed: int, is_by_engine: bool = False) -> PooledWorld:
    """Returns a random world after column generation."""
    split, pool, first = pooled(Groups(random_world(seed)), is_by_engine)
    optimum_usd = solve_here(split.problem, ASK).objective
    found = generate(split, pool, first, market_of(pool), 10 * abs(optimum_usd) + 1, relaxed, close=1e-7)
    return PooledWorld(split, pool, optimum_usd, found)
