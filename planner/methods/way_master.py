"""The master over ways: one way of every part of every cell (or a mixture), under the contracts that all cells share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.methods.assembly import Assembly
from planner.methods.master import add_contracts, add_links, add_node_counts
from planner.methods.oracle import Oracle
from planner.methods.split import Split
from planner.methods.way_pool import WayPool
from planner.solvers import Problem
from planner.solvers.problem import Floats, Integers

TOLERANCE = 1e-9
"""A use or a cost under this is an engine's tolerance."""
DEAREST_USD = 1e14
"""Ways from here on, which turn a large workload away, are not taken: no problem has an entry of 1e15, and from 1e14 usd on HiGHS
1.15.1 has erred by half (beside plans of 166,288 usd). The relaxed master pays for what is missing; bounds are priced apart."""

Box = Sequence[tuple[Floats, Floats]]
"""By cell: the least and the most that a unit of each node link is worth."""


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


def way_master(split: Split, pool: WayPool, is_whole: bool, missing_usd: float = 0.0, box: Box | None = None) -> WayMaster:
    """Returns the master over the ways known: whole, or relaxed with a price on parts that no way serves.

    In a `box` nodes are bought at the most and sold at the least without end.
    """
    m = Assembly()
    contracts = add_contracts(m, split, is_rent_whole=is_whole)
    nodes, _, amounts, cost = add_node_counts(m, pool.oracles, is_whole)
    use_rows, part_rows, choices, missing = [], [], [], []
    traded: list[int] = []
    for i, oracle in enumerate(pool.oracles):
        mine, columns = _add_ways(m, pool, i, int(cost[i]), is_whole)
        ends = None if box is None else _add_trade(m, *box[i])
        traded += [] if ends is None else ends.ravel().tolist()
        uses = np.array([way.uses for ways in pool.known[i] for way in ways.values()]).reshape(
            len(columns), len(oracle.cell.links)
        )
        use_rows.append(_use_rows(m, oracle, nodes[i], amounts[i], columns, uses, ends))
        sums = []
        for own in mine:
            spare = [] if is_whole else [m.column(missing_usd)]
            missing += spare
            sums.append(m.row([*own, *spare], np.ones(len(own) + len(spare)), 1.0, 1.0))
        part_rows.append(np.array(sums, dtype=np.int64))
        choices.append(mine)
    add_links(m, split, pool.oracles, contracts, nodes, (), amounts, None)
    return WayMaster(
        m.problem(split.problem.offset), contracts, tuple(use_rows), tuple(part_rows), tuple(choices),
        np.array(missing, dtype=np.int64), np.array(traded, dtype=np.int64),
    )  # fmt: skip


def _add_ways(m: Assembly, pool: WayPool, i: int, cost: int, is_whole: bool) -> tuple[tuple[Integers, ...], Integers]:
    """Adds a cell's ways and what they cost; returns their columns by part, and all of them."""
    mine, first = [], m.width
    columns_paid: list[int] = []
    usd_paid: list[float] = []
    for ways in pool.known[i]:
        usd = np.array([way.usd for way in ways.values()])
        none, upper = np.zeros(len(usd)), np.where(usd < DEAREST_USD, 1.0 if is_whole else np.inf, 0.0)
        mine.append(m.columns(none, none, upper, np.full(len(usd), is_whole)))
        paid = (np.abs(usd) > TOLERANCE) & (usd < DEAREST_USD)
        columns_paid += mine[-1][paid].tolist()
        usd_paid += usd[paid].tolist()
    m.row([cost, *columns_paid], [1.0, *(-usd for usd in usd_paid)], 0.0, np.inf)
    return tuple(mine), np.arange(first, m.width)


def _add_trade(m: Assembly, low: Floats, high: Floats) -> Integers:
    """Adds what buys a unit of each node link at its most and what sells one at its least; returns both rows of columns."""
    many = len(low)
    columns = m.columns(
        np.concatenate([high, -low]), np.zeros(2 * many), np.full(2 * many, np.inf), np.zeros(2 * many, dtype=bool)
    )
    return columns.reshape(2, many)


def _use_rows(
    m: Assembly, oracle: Oracle, nodes: Integers, amounts: Integers, columns: Integers, uses: Floats, traded: Integers | None
) -> Integers:
    """Adds, link by link, what supplies the uses of a cell's ways: whole nodes at least, amounts exactly."""
    rows = np.zeros(len(oracle.cell.links), dtype=np.int64)
    for links, supply, upper in ((oracle.cell.node_links, nodes, np.inf), (oracle.cell.amount_links, amounts, 0.0)):
        for position, k in enumerate(links):
            use = np.flatnonzero(np.abs(uses[:, k]) > TOLERANCE)
            quantum = oracle.cell.links[k].quantum or 1.0
            more = ([], []) if traded is None or upper == 0 else (traded[:, position].tolist(), [1.0, -1.0])
            rows[k] = m.row([int(supply[position]), *columns[use], *more[0]], [quantum, *-uses[use, k], *more[1]], 0.0, upper)
    return rows


def mixed_point(split: Split, pool: WayPool, master: WayMaster, values: Floats) -> Floats:
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
