"""Covering cells: every replica serves one demand and stands on one kind of node, so each demand has patterns of its own.

A *way* of a demand is how many accelerators (or nodes) of each link it takes. On one link the best it can do with x of them is a
staircase: the largest capacity of replicas that fit in x (an unbounded knapsack, exact, since replicas on one link share one
region and so one price of traffic). A way is a step on the staircase of some links whose capacities add up to the demand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csc_matrix

from planner.methods.oracle import Oracle
from planner.solvers.problem import Floats, Integers

TAKEN_MAX = 60_000
"""Longest staircase that is worked out, in units of its link; a cell with a longer one goes to the solver as it is."""


COVERED = 1e-12
"""Share of a demand that may be missing to rounding."""


@dataclass(frozen=True, eq=False)
class Staircase:
    """What a demand can have on one link: step i takes `taken[i]` of it and carries `capacity[i]`."""

    link: int
    """Position among the cell's node links."""
    taken: Floats
    capacity: Floats
    usd_per_unit: float
    """Cost of a unit of traffic there."""
    replicas: tuple["Replica", ...]
    last: Integers
    """By amount taken, small ones: position of the replica added last in the best use of it, or -1 where one unit is idle."""
    densest: int
    """Position of the replica that larger amounts are filled with."""

    def composition(self, step: int) -> dict[int, int]:
        """Returns how many of each replica (by position) make a step."""
        at, size = int(self.taken[step]), self.replicas[self.densest].taken
        repeats = max(0, -(-(at - len(self.last) + 1) // size))
        found = {self.densest: repeats} if repeats else {}
        at -= repeats * size
        while at > 0:
            i = int(self.last[at])
            if i >= 0:
                found[i] = found.get(i, 0) + 1
            at -= self.replicas[i].taken if i >= 0 else 1
        return found


@dataclass(frozen=True, eq=False)
class Flat:
    """The steps of all staircases of a demand in one list, staircase after staircase."""

    stair: Integers
    step: Integers
    link: Integers
    taken: Floats
    capacity: Floats
    carried: Floats
    """Capacity, at most what is wanted."""
    usd_per_unit: Floats
    alone: Integers
    """Positions of steps that cover the demand alone."""


@dataclass(frozen=True, eq=False)
class Demand:
    """One demand row: what it asks and its staircases, cheapest traffic first."""

    wanted: float
    stairs: tuple[Staircase, ...]

    @cached_property
    def flat(self) -> Flat:
        """All steps in one list."""
        stairs, sizes = self.stairs, [len(stair.taken) for stair in self.stairs]
        capacity = np.concatenate([stair.capacity for stair in stairs])
        return Flat(
            np.repeat(np.arange(len(stairs)), sizes), np.concatenate([np.arange(size) for size in sizes]),
            np.repeat([stair.link for stair in stairs], sizes), np.concatenate([stair.taken for stair in stairs]), capacity,
            np.minimum(capacity, self.wanted), np.repeat([stair.usd_per_unit for stair in stairs], sizes),
            np.flatnonzero(capacity >= self.wanted * (1 - COVERED)),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Covering:
    """A cell of independent demands over node links."""

    demands: tuple[Demand, ...]


@dataclass(frozen=True)
class Replica:
    """A replica column of a demand: kept positions of it and of its traffic column (-1: none), link, size, capacity, price."""

    column: int
    traffic: int
    link: int
    taken: int
    capacity: float
    usd_per_unit: float


def covering(oracle: Oracle) -> Covering | None:
    """Returns the covering structure of a cell, or None where it has another."""
    cell, p = oracle.cell, oracle.projected
    if cell.amount_links or not len(p.demand_rows) or cell.lower.any():
        return None
    by_column, position = cell.matrix.tocsc(), np.full(len(cell.columns), -1, dtype=np.int64)
    position[p.kept] = np.arange(len(p.kept))
    uses = csc_matrix(cell.uses[cell.node_links])
    units = [float(cell.supply_max[k] * cell.links[k].quantum) for k in cell.node_links]
    rows_seen, columns_seen, demands = set(p.demand_rows.tolist()), set(), []
    for row in p.demand_rows.tolist():
        found = []
        for j in cell.matrix.indices[cell.matrix.indptr[row] : cell.matrix.indptr[row + 1]].tolist():
            replica = _replica(oracle, by_column, uses, position, j, row)
            if replica is None or replica[0].column in columns_seen:
                return None
            found.append(replica[0])
            rows_seen.add(replica[1])
        columns_seen |= {replica.column for replica in found}
        demand = _demand(found, float(cell.row_lower[row]), units)
        if demand is None:
            return None
        demands.append(demand)
    return Covering(tuple(demands)) if len(rows_seen) == cell.matrix.shape[0] else None


def _replica(
    oracle: Oracle, by_column: csc_matrix, uses: csc_matrix, position: Integers, j: int, row: int
) -> tuple[Replica, int] | None:
    """Returns the replica behind a traffic column and its capacity row, or None where the column has another shape."""
    cell = oracle.cell
    entries = slice(by_column.indptr[j], by_column.indptr[j + 1])
    rows, values = by_column.indices[entries], by_column.data[entries]
    if len(rows) != 2 or cell.is_integer[j] or uses[:, j].nnz or values[rows == row][0] != 1.0:
        return None
    capacity_row, weight = int(rows[rows != row][0]), float(values[rows != row][0])
    span = slice(cell.matrix.indptr[capacity_row], cell.matrix.indptr[capacity_row + 1])
    others = cell.matrix.indices[span]
    if len(others) != 2 or weight <= 0 or cell.row_upper[capacity_row] != 0 or np.isfinite(cell.row_lower[capacity_row]):
        return None
    k = int(others[others != j][0])
    use = uses[:, k]
    is_whole = use.nnz == 1 and use.data[0] == int(use.data[0]) and bool(cell.is_integer[k])
    if not is_whole or cell.cost[k] != 0 or np.isfinite(cell.upper[k]):
        return None
    if by_column.indptr[k + 1] - by_column.indptr[k] != 1:
        return None
    capacity = float(-cell.matrix.data[span][others == k][0] / weight)
    replica = Replica(int(position[k]), int(position[j]), int(use.indices[0]), int(use.data[0]), capacity, float(cell.cost[j]))
    return (replica, capacity_row) if capacity > 0 and replica.column >= 0 else None


def _demand(replicas: list[Replica], wanted: float, units: Sequence[float]) -> Demand | None:
    """Returns a demand with a staircase for each link (and price of traffic there)."""
    by_link: dict[tuple[int, float], list[Replica]] = {}
    for replica in replicas:
        by_link.setdefault((replica.link, replica.usd_per_unit), []).append(replica)
    stairs = [staircase(link, price, mine, wanted, units[link]) for (link, price), mine in by_link.items()]
    if any(stair is None for stair in stairs):
        return None
    found = sorted((s for s in stairs if s is not None and len(s.taken)), key=lambda s: (s.usd_per_unit, s.link))
    return Demand(wanted, tuple(found)) if found else None


def staircase(link: int, price: float, replicas: Sequence[Replica], wanted: float, units: float) -> Staircase | None:
    """Returns the Pareto steps (taken, capacity) up to the first that covers the demand alone; None where there are too many.

    `units`: the most that the link can have.
    """
    best, last, densest = _knapsack(replicas)
    full = replicas[densest]
    most = int(min(np.ceil(wanted / full.capacity) * full.taken, units))
    if most > TAKEN_MAX:
        return None
    taken = np.arange(1, most + 1)
    repeats = np.maximum(0, -(-(taken - len(best) + 1) // full.taken))
    capacity = best[taken - repeats * full.taken] + repeats * full.capacity
    taken = taken[np.diff(capacity, prepend=0.0) > 1e-12 * capacity]
    capacity = capacity[taken - 1]
    enough = np.flatnonzero(capacity >= wanted * (1 - COVERED))
    until = enough[0] + 1 if len(enough) else len(taken)
    return Staircase(link, taken[:until].astype(float), capacity[:until], price, tuple(replicas), last, densest)


def _knapsack(replicas: Sequence[Replica]) -> tuple[Floats, Integers, int]:
    """Returns the largest capacity of each amount taken, the replica added last (-1: one unit idle), and the densest replica.

    Only up to the amount from which every best use holds a densest replica: without one, fewer replicas than its size are in
    use, or some of them together take a multiple of its size, which densest replicas carry no worse.
    """
    densest = max(range(len(replicas)), key=lambda i: replicas[i].capacity / replicas[i].taken)
    most = replicas[densest].taken * max(replica.taken for replica in replicas)
    best = np.zeros(most + 1)
    last = np.full(most + 1, -1, dtype=np.int64)
    for x in range(1, most + 1):
        best[x] = best[x - 1]
        for i, replica in enumerate(replicas):
            if replica.taken <= x and best[x - replica.taken] + replica.capacity > best[x] * (1 + 1e-12):
                best[x], last[x] = best[x - replica.taken] + replica.capacity, i
    return best, last, densest
