r"""Column generation over the whole program: ways of every demand in every cell, under the contracts that all cells share.

    min contracts + traffic usd    s.t.    sum_j lambda_j = 1 by demand,    sum taken_j lambda_j <= quantum N,    links, master

The relaxed master's duals mu of the rows that count what a cell takes price every demand's cheapest way (`ways`); with y the
duals of the demands,

    objective + sum_w (f_w(mu) - y_w)

is a lower bound of the relaxation over *all* ways, and so of every plan: all whole replicas of a demand are one of its ways.
With whole contracts and ways the same master over the ways known is a plan.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from planner.methods.assembly import Assembly
from planner.methods.master import add_contracts, add_links, add_node_counts
from planner.methods.split import Split
from planner.methods.way_pool import WayPool
from planner.methods.ways import Way
from planner.solvers import Problem, Solution
from planner.solvers.problem import Floats, Integers

log = logging.getLogger(__name__)

ROUNDS_MAX = 80
CLOSE = 1e-5
"""Relative distance of bound and relaxed master at which column generation ends."""

Solve = Callable[[Problem], Solution]


@dataclass(frozen=True, eq=False)
class WayMaster:
    """The master over known ways, and where things stand in it."""

    problem: Problem
    contracts: Integers
    nodes: tuple[Integers, ...]
    """By cell: the columns of its node counts."""
    taken_rows: tuple[Integers, ...]
    """By cell: the row of each node link that counts what its ways take."""
    demand_rows: tuple[Integers, ...]
    choices: tuple[tuple[Integers, ...], ...]
    """By cell and demand: the columns of its ways, in the pool's order."""
    missing: Integers
    """Columns of demand that no way serves (relaxed master only)."""


def way_master(split: Split, pool: WayPool, is_whole: bool, missing_usd: float = 0.0) -> WayMaster:
    """Returns the master over the ways known: whole, or relaxed with a price on demand that no way serves."""
    m = Assembly()
    contracts = add_contracts(m, split, is_rent_whole=is_whole)
    nodes, _, amounts, cost = add_node_counts(m, pool.oracles, is_whole)
    taken_rows, demand_rows, choices, missing = [], [], [], []
    for i, oracle in enumerate(pool.oracles):
        mine, first = [], m.width
        for ways in pool.known[i]:
            many = len(ways)
            upper = np.ones(many) if is_whole else np.full(many, np.inf)
            mine.append(m.columns(np.zeros(many), np.zeros(many), upper, np.full(many, is_whole)))
        known = [one for ways in pool.known[i] for one in ways.values()]
        columns = np.arange(first, m.width)
        usd = np.array([one.usd for one in known])
        m.row([int(cost[i]), *columns[usd != 0]], [1.0, *-usd[usd != 0]], 0.0, np.inf)
        taken = np.array([one.taken for one in known]).reshape(len(known), len(oracle.keys))
        rows = []
        for position, k in enumerate(oracle.cell.node_links):
            use = np.flatnonzero(taken[:, position])
            quantum = oracle.cell.links[k].quantum
            rows.append(m.row([int(nodes[i][position]), *columns[use]], [quantum, *-taken[use, position]], 0.0, np.inf))
        taken_rows.append(np.array(rows, dtype=np.int64))
        sums = []
        for own in mine:
            spare = [] if is_whole else [m.column(missing_usd)]
            missing += spare
            sums.append(m.row([*own, *spare], np.ones(len(own) + len(spare)), 1.0, 1.0))
        demand_rows.append(np.array(sums, dtype=np.int64))
        choices.append(tuple(mine))
    add_links(m, split, pool.oracles, contracts, nodes, (), amounts, None)
    return WayMaster(
        m.problem(split.problem.offset), contracts, nodes, tuple(taken_rows), tuple(demand_rows), tuple(choices),
        np.array(missing, dtype=np.int64),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Generated:
    """What column generation found: a bound, and the multipliers of every round (a row of prices by cell)."""

    bound: float
    multipliers: tuple[tuple[Floats, ...], ...]
    is_served: bool
    """Whether the relaxed master serves all demand with the ways known."""


def generate(
    split: Split, pool: WayPool, first: Sequence[Sequence[Floats]], missing_usd: float, solve: Solve,
    left_s: Callable[[], float] = lambda: float("inf"),
) -> Generated:  # fmt: skip
    """Returns the bound of the master over all ways; the pool holds the ways that it takes.

    `first`: multipliers by cell to start from; `solve` gives the relaxed master's duals; no round begins with no time left.
    """
    for prices in first:
        for i, mu in enumerate(prices):
            pool.price(i, mu)
    best, rounds, is_served = -np.inf, [tuple(prices) for prices in first], False
    for count in range(ROUNDS_MAX):
        if left_s() <= 0:
            break
        master = way_master(split, pool, is_whole=False, missing_usd=missing_usd)
        found = solve(master.problem)
        if found.values is None or found.row_duals is None or found.objective is None:
            break
        duals = found.row_duals
        prices = tuple(np.maximum(0.0, duals[rows]) for rows in master.taken_rows)
        bound, new = found.objective, 0
        for i, mu in enumerate(prices):
            priced, added = pool.price(i, mu)
            new += added
            bound += sum(
                (one.least if one else -np.inf) - float(y) for one, y in zip(priced, duals[master.demand_rows[i]], strict=True)
            )
        best = max(best, bound)
        rounds.append(prices)
        is_served = bool(found.values[master.missing].sum() < 1e-6)
        if not new or found.objective - best <= CLOSE * abs(best):
            log.info(
                "ways: relaxed master %.0f, bound %.0f after %d rounds, %d columns",
                found.objective,
                best,
                count + 1,
                master.problem.columns,
            )
            break
    return Generated(best, tuple(rounds), is_served)


def chosen_ways(master: WayMaster, pool: WayPool, values: Floats) -> list[list[Way]]:
    """Returns the way of each demand, by cell, in a whole master's point."""
    found = []
    for i, mine in enumerate(master.choices):
        ways = [list(known) for known in pool.known[i]]
        found.append([own[int(np.argmax(values[columns]))] for own, columns in zip(ways, mine, strict=True)])
    return found
