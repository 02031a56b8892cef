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
from planner.methods.oracle import Oracle
from planner.methods.parts import Priced, Way
from planner.methods.split import Split
from planner.methods.way_pool import WayPool
from planner.solvers import Problem, Solution
from planner.solvers.problem import Floats, Integers

log = logging.getLogger(__name__)

ROUNDS_MAX = 80
CLOSE = 1e-5
"""Relative distance of bound and relaxed master at which column generation ends."""

TRACE = 1e-9
"""A use under this is an engine's tolerance."""

BOX, BOX_SHARE = 1.5, 0.1
"""Prices are sought within this factor of the best known, or this share of the market's: far off the ways known say little."""
SERVED = 1e-3
"""Parts unserved, or units of nodes bought and sold, together, that count as none."""
INSIDE_FIRST, INSIDE_STEP, INSIDE_MOST = 0.3, 0.1, 0.5
"""Weight of the best prices known beside the relaxed master's duals, which swing: ways are asked for in between. Smaller after a
step that raised the bound, larger after one that did not."""

Solve = Callable[[Problem], Solution]


@dataclass(frozen=True, eq=False)
class WayMaster:
    """The master over known ways, and where things stand in it."""

    problem: Problem
    contracts: Integers
    use_rows: tuple[Integers, ...]
    """By cell: the row of each link, in the cell's order, that counts what its ways use."""
    part_rows: tuple[Integers, ...]
    choices: tuple[tuple[Integers, ...], ...]
    """By cell and part: the columns of its ways, in the pool's order."""
    missing: Integers
    """Columns of parts that no way serves (relaxed master only)."""
    traded: Integers
    """Columns of units of nodes bought and sold at the ends of a box."""

    def prices(self, duals: Floats, oracles: Sequence[Oracle]) -> list[Floats]:
        """Returns the price of a unit of each link, by cell, that the relaxed master's duals say."""
        found = []
        for rows, oracle in zip(self.use_rows, oracles, strict=True):
            mine = duals[rows].copy()
            mine[oracle.cell.node_links] = np.maximum(0.0, mine[oracle.cell.node_links])
            found.append(mine)
        return found


def way_master(
    split: Split, pool: WayPool, is_whole: bool, missing_usd: float = 0.0, box: Sequence[tuple[Floats, Floats]] | None = None
) -> WayMaster:
    """Returns the master over the ways known: whole, or relaxed with a price on parts that no way serves.

    `box`: by cell, the least and the most that a unit of each node link is worth: at them it is sold and bought without end.
    """
    m = Assembly()
    contracts = add_contracts(m, split, is_rent_whole=is_whole)
    nodes, _, amounts, cost = add_node_counts(m, pool.oracles, is_whole)
    use_rows, part_rows, choices, missing = [], [], [], []
    all_traded: list[int] = []
    for i, oracle in enumerate(pool.oracles):
        mine, first = [], m.width
        for ways in pool.known[i]:
            many = len(ways)
            upper = np.ones(many) if is_whole else np.full(many, np.inf)
            mine.append(m.columns(np.zeros(many), np.zeros(many), upper, np.full(many, is_whole)))
        known = [way for ways in pool.known[i] for way in ways.values()]
        columns = np.arange(first, m.width)
        usd = np.array([way.usd for way in known])
        paid = np.abs(usd) > TRACE
        m.row([int(cost[i]), *columns[paid]], [1.0, *-usd[paid]], 0.0, np.inf)
        uses = np.array([way.uses for way in known]).reshape(len(known), len(oracle.cell.links))
        traded = None
        if box is not None:
            low, high = box[i]
            many = len(low)
            cost_of = np.concatenate([high, -low])
            traded = m.columns(cost_of, np.zeros(2 * many), np.full(2 * many, np.inf), np.zeros(2 * many, dtype=bool)).reshape(
                2, many
            )
            all_traded += traded.ravel().tolist()
        use_rows.append(_use_rows(m, oracle, nodes[i], amounts[i], columns, uses, traded))
        sums = []
        for own in mine:
            spare = [] if is_whole else [m.column(missing_usd)]
            missing += spare
            sums.append(m.row([*own, *spare], np.ones(len(own) + len(spare)), 1.0, 1.0))
        part_rows.append(np.array(sums, dtype=np.int64))
        choices.append(tuple(mine))
    add_links(m, split, pool.oracles, contracts, nodes, (), amounts, None)
    return WayMaster(
        m.problem(split.problem.offset), contracts, tuple(use_rows), tuple(part_rows), tuple(choices),
        np.array(missing, dtype=np.int64), np.array(all_traded, dtype=np.int64),
    )  # fmt: skip


def _use_rows(
    m: Assembly, oracle: Oracle, nodes: Integers, amounts: Integers, columns: Integers, uses: Floats, traded: Integers | None
) -> Integers:
    """Adds, link by link, what supplies the uses of a cell's ways: whole nodes at least, amounts exactly."""
    rows = np.zeros(len(oracle.cell.links), dtype=np.int64)
    for links, supply, upper in ((oracle.cell.node_links, nodes, np.inf), (oracle.cell.amount_links, amounts, 0.0)):
        for position, k in enumerate(links):
            use = np.flatnonzero(np.abs(uses[:, k]) > TRACE)
            quantum = oracle.cell.links[k].quantum or 1.0
            more = ([], []) if traded is None or upper == 0 else (traded[:, position].tolist(), [1.0, -1.0])
            rows[k] = m.row([int(supply[position]), *columns[use], *more[0]], [quantum, *-uses[use, k], *more[1]], 0.0, upper)
    return rows


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
    left_s: Callable[[], float] = lambda: float("inf"), close: float = CLOSE,
) -> Generated:  # fmt: skip
    """Returns the bound of the master over all ways; the pool holds the ways that it takes.

    `first`: prices by cell to start from; `market`: those of the first node on the market, by cell; `solve` gives the relaxed
    master's duals; no round begins with no time left, and none once bound and relaxed master are `close` (relative).
    """
    supply = _Supply(split, pool)
    rounds: list[Sequence[Floats]] = []
    priced: list[Sequence[Sequence[Priced]]] = []
    best, at, is_served, inside = -np.inf, 0, False, INSIDE_FIRST
    last: tuple[WayMaster, Floats] | None = None
    asked: Sequence[Floats] | None = None
    waiting = list(first)
    for count in range(ROUNDS_MAX + len(first)):
        if left_s() <= 0 and count >= len(first):
            break
        objective = np.inf
        if waiting:
            asked = waiting.pop(0)
        else:
            master = way_master(split, pool, False, missing_usd, _box(pool, rounds[at], market))
            found = solve(master.problem)
            if found.values is None or found.row_duals is None or found.objective is None:
                break
            last, objective = (master, found.values), found.objective
            is_served = bool(found.values[master.missing].sum() < SERVED)
            is_settled = is_served and bool(found.values[master.traded].sum() < SERVED)
            if is_settled and objective - best <= close * abs(best):
                break
            outside = master.prices(found.row_duals, pool.oracles)
            asked = [inside * mu + (1 - inside) * nu for mu, nu in zip(rounds[at], outside, strict=True)]
        least, new = pool.price_cells(asked)
        rounds.append(asked)
        priced.append(least)
        bound = supply.least(asked, solve) + sum(one.least for mine in least for one in mine)
        is_better = bound > best
        if is_better:
            best, at = bound, len(rounds) - 1
        log.debug("ways: relaxed master %.0f, bound %.0f, best %.0f, %d new", objective, bound, best, new)
        if not new and not is_better and inside == 0 and np.isfinite(objective):
            break
        if np.isfinite(objective):
            inside = (
                min(INSIDE_MOST, inside + INSIDE_STEP)
                if new and not is_better
                else max(0.0, inside - INSIDE_STEP)
                if new
                else 0.0
            )
    log.info("ways: bound %.0f after %d rounds", best, len(rounds))
    point = None if last is None else _mixed_point(split, pool, *last)
    return Generated(best, tuple(rounds), at, tuple(priced), is_served, point)


def _box(pool: WayPool, prices: Sequence[Floats], market: Sequence[Floats]) -> list[tuple[Floats, Floats]]:
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


def _mixed_point(split: Split, pool: WayPool, master: WayMaster, values: Floats) -> Floats:
    """Returns a relaxed master's point over the program's columns: contracts, and in each cell the mixture of its ways."""
    point = np.zeros(split.problem.columns)
    point[split.master_columns] = values[master.contracts[split.master_columns]]
    for i, oracle in enumerate(pool.oracles):
        kept = np.zeros(len(oracle.projected.kept))
        for part, ways, columns in zip(pool.parts[i], pool.known[i], master.choices[i], strict=True):
            for way, share in zip(ways.values(), values[columns], strict=False):  # ways met since are behind
                kept[part.columns] += share * way.values
        point[oracle.cell.columns] = oracle.projected.restore(kept)
    return point


def chosen_ways(master: WayMaster, pool: WayPool, values: Floats) -> list[list[Way]]:
    """Returns the way of each part, by cell, in a whole master's point."""
    found = []
    for i, mine in enumerate(master.choices):
        ways = [list(known.values()) for known in pool.known[i]]
        found.append([own[int(np.argmax(values[columns]))] for own, columns in zip(ways, mine, strict=True)])
    return found
