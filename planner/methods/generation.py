r"""Column generation over the whole program: ways of every part of every cell, under the contracts that all cells share.

    min contracts + usd    s.t.    sum_j lambda_j = 1 by part,    sum uses_j lambda_j <= quantum N (or = e),    links, master

At any prices mu of the rows that count what a cell uses,

    min (contracts - mu @ supply) + sum_w f_w(mu)

is a lower bound of the relaxation over *all* ways, and so of every plan: what a plan does in a part is one of its ways, and
f_w(mu) the cost of the cheapest (`parts`). Prices are asked for between the best known and the relaxed master's duals. With whole
contracts and ways the same master over the ways known is a plan.
"""

import dataclasses
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from planner.methods.assembly import Assembly
from planner.methods.master import add_contracts, add_links, add_node_counts
from planner.methods.parts import Priced
from planner.methods.split import Split
from planner.methods.way_master import Box, WayMaster, mixed_point, way_master
from planner.methods.way_pool import Left, WayPool
from planner.solvers import Problem, Solution
from planner.solvers.problem import Floats

log = logging.getLogger(__name__)

ROUNDS_MAX = 80
CLOSE = 1e-5
"""Relative distance of bound and relaxed master at which column generation ends."""

BOX, BOX_SHARE = 1.5, 0.1
"""Prices are sought within this factor of the best known, or this share of the market's: far off the ways known say little."""
SERVED, TRADED = 1e-3, 1e-6
"""Parts unserved, together, and cost of nodes bought and sold over the bound, that count as none."""
INSIDE_FIRST, INSIDE_STEP, INSIDE_MOST = 0.3, 0.1, 0.5
"""Weight of the best prices known beside the relaxed master's duals, which swing: ways are asked for in between. Smaller after a
step that raised the bound, larger after one that did not."""

Solve = Callable[[Problem], Solution]


@dataclass(frozen=True, eq=False)
class Generated:
    """What column generation found: a bound, and the prices of every round (of each link, by cell)."""

    bound: float
    prices: tuple[Sequence[Floats], ...]
    best: int
    """Position of the prices that the bound was found at."""
    priced: tuple[Sequence[Sequence[Priced]], ...]
    """What each part costs at least, by round and cell."""
    is_served: bool
    """Whether the relaxed master serves all parts with the ways known."""
    point: Floats | None = None
    """The relaxed master's last point, over all columns of the program."""


def generate(
    split: Split, pool: WayPool, first: Sequence[Sequence[Floats]], market: Sequence[Floats], missing_usd: float, solve: Solve,
    left_s: Left = lambda: float("inf"), close: float = CLOSE,
) -> Generated:  # fmt: skip
    """Returns the bound of the master over all ways; the pool holds the ways that it takes.

    `first`: prices by cell to start from; `market`: those of the first node on the market, by cell; `solve` gives the relaxed
    master's duals; no round but the first begins with no time left, and none once bound and relaxed master are `close`
    (relative). The master is solved once at least, for its point.
    """
    run = _Rounds(pool, _Supply(split, pool), solve, left_s)
    for prices in first:
        if not run.rounds or left_s() > 0:
            run.ask(prices)
    inside, is_served = INSIDE_FIRST, False
    last: tuple[WayMaster, Floats] | None = None
    for _ in range(ROUNDS_MAX):
        if left_s() <= 0 and last is not None:
            break
        master = way_master(split, pool, False, missing_usd, _box(pool, run.rounds[run.at], market))
        found = solve(master.problem)
        if found.values is None or found.row_duals is None or found.objective is None:
            break
        last = master, found.values
        is_served = bool(found.values[master.missing].sum() < SERVED)
        is_inside = bool(np.abs(master.problem.cost[master.traded]) @ found.values[master.traded] < TRADED * abs(run.best))
        log.debug("ways: relaxed master %.0f, at the best prices %.0f", found.objective, run.best)
        away = (found.objective - run.best) / abs(run.best) if is_served and is_inside else np.inf
        if away <= close or left_s() <= 0:
            break
        outside = master.prices(found.row_duals, pool.oracles)
        is_new, is_better = run.ask([inside * mu + (1 - inside) * nu for mu, nu in zip(run.rounds[run.at], outside, strict=True)])
        if not is_new and not is_better and inside == 0:
            break
        step = INSIDE_STEP if not is_better else -INSIDE_STEP
        inside = min(INSIDE_MOST, max(0.0, inside + step)) if is_new else 0.0
    log.info("ways: bound %.0f after %d rounds", run.best, len(run.rounds))
    point = None if last is None else mixed_point(split, pool, *last)
    return Generated(run.best, tuple(run.rounds), run.at, tuple(run.priced), is_served, point)


class _Rounds:
    """The prices asked at so far, what parts cost there at least, and the best bound; lives inside `generate`."""

    def __init__(self, pool: WayPool, supply: "_Supply", solve: Solve, left_s: Left) -> None:
        self._pool, self._supply, self._solve, self._left_s = pool, supply, solve, left_s
        self.rounds: list[Sequence[Floats]] = []
        self.priced: list[Sequence[Sequence[Priced]]] = []
        self.best, self.at = -np.inf, 0

    def ask(self, prices: Sequence[Floats]) -> tuple[bool, bool]:
        """Asks every part at prices by cell; says whether ways are new, and whether the bound is better."""
        priced, new = self._pool.price_cells(prices, self._left_s)
        self.rounds.append(prices)
        self.priced.append(priced)
        bound = self._supply.least(prices, self._solve) + sum(one.least for mine in priced for one in mine)
        is_better = bound > self.best
        if is_better:
            self.best, self.at = bound, len(self.rounds) - 1
        return new > 0, is_better


def _box(pool: WayPool, prices: Sequence[Floats], market: Sequence[Floats]) -> Box:
    """Returns the least and the most price of each node link near some prices, by cell."""
    found = []
    for oracle, mu, full in zip(pool.oracles, prices, market, strict=True):
        mine, most = mu[oracle.cell.node_links], full[oracle.cell.node_links]
        found.append((mine / BOX, np.maximum(mine * BOX, BOX_SHARE * most)))
    return found


class _Supply:
    """What contracts earn at least when links have prices: min contracts' cost - prices @ (quanta supplied, amounts)."""

    def __init__(self, split: Split, pool: WayPool) -> None:
        m = Assembly()
        contracts = add_contracts(m, split, is_rent_whole=False)
        nodes, _, amounts, cost = add_node_counts(m, pool.oracles)
        m.row(cost, np.ones(len(cost)), 0.0, 0.0)
        add_links(m, split, pool.oracles, contracts, nodes, (), amounts, None)
        self._problem, self._nodes, self._amounts, self._oracles = m.problem(split.problem.offset), nodes, amounts, pool.oracles
        self._cost = cost

    def least(self, prices: Sequence[Floats], solve: Solve) -> float:
        """Returns the least at prices by cell; minus infinity where an engine has no proof."""
        cost = self._problem.cost.copy()
        cost[self._cost] = 0.0
        for i, (oracle, mu) in enumerate(zip(self._oracles, prices, strict=True)):
            quanta = np.array([oracle.cell.links[k].quantum for k in oracle.cell.node_links])
            cost[self._nodes[i]] = -mu[oracle.cell.node_links] * quanta
            cost[self._amounts[i]] = -mu[oracle.cell.amount_links]
        found = solve(dataclasses.replace(self._problem, cost=cost))
        return -np.inf if found.bound is None else found.bound
