"""Covering cells: every replica serves one demand and stands on one kind of node, so each demand has patterns of its own.

A *way* of a demand is how many accelerators (or nodes) of each link it takes. On one link the best it can do with x of them is a
staircase: the largest capacity of replicas that fit in x (an unbounded knapsack, exact, since replicas on one link share one
region and so one price of traffic). A way is a step on the staircase of some links whose capacities add up to the demand.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix

from planner.methods.oracle import Oracle
from planner.solvers.problem import Floats, Integers

STEPS_MAX = 160
"""Longest staircase (steps up to covering a demand alone) that is worth enumerating; larger fleets go to the solver whole."""


@dataclass(frozen=True, eq=False)
class Staircase:
    """What a demand can have on one link: step i takes `taken[i]` of it and carries `capacity[i]`."""

    link: int
    """Position among the cell's node links."""
    taken: Floats
    capacity: Floats
    usd_per_unit: float
    """Cost of a unit of traffic there."""
    taken_by: dict[int, int]
    """What one replica takes, by kept position of its column."""
    traffic: dict[int, tuple[int, float]]
    """By replica column: (kept position of its traffic column, or -1; traffic of one replica)."""


@dataclass(frozen=True, eq=False)
class Demand:
    """One demand row: what it asks and its staircases, cheapest traffic first."""

    wanted: float
    stairs: tuple[Staircase, ...]


@dataclass(frozen=True, eq=False)
class Covering:
    """A cell of independent demands over node links."""

    demands: tuple[Demand, ...]


@dataclass(frozen=True)
class _Replica:
    """A replica column of a demand: kept positions of it and of its traffic column, its link, size, capacity and price."""

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
        demand = _demand(found, float(cell.row_lower[row]))
        if demand is None:
            return None
        demands.append(demand)
    return Covering(tuple(demands)) if len(rows_seen) == cell.matrix.shape[0] else None


def _replica(
    oracle: Oracle, by_column: csc_matrix, uses: csc_matrix, position: Integers, j: int, row: int
) -> tuple[_Replica, int] | None:
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
    replica = _Replica(int(position[k]), int(position[j]), int(use.indices[0]), int(use.data[0]), capacity, float(cell.cost[j]))
    return (replica, capacity_row) if capacity > 0 and replica.column >= 0 else None


def _demand(replicas: list[_Replica], wanted: float) -> Demand | None:
    """Returns a demand with a staircase for each link (and price of traffic there)."""
    by_link: dict[tuple[int, float], list[_Replica]] = {}
    for replica in replicas:
        by_link.setdefault((replica.link, replica.usd_per_unit), []).append(replica)
    stairs = [_staircase(link, price, mine, wanted) for (link, price), mine in by_link.items()]
    if any(stair is None for stair in stairs):
        return None
    return Demand(wanted, tuple(sorted((s for s in stairs if s is not None), key=lambda s: (s.usd_per_unit, s.link))))


def _staircase(link: int, price: float, replicas: list[_Replica], wanted: float) -> Staircase | None:
    """Returns the Pareto steps (taken, capacity) up to the first that covers the demand alone; None where there are too many."""
    densest = max(replicas, key=lambda r: r.capacity / r.taken)
    most = int(np.ceil(wanted / densest.capacity)) * densest.taken
    if most > 4 * STEPS_MAX:
        return None
    best = np.zeros(most + 1)
    last = np.full(most + 1, -1)
    for x in range(1, most + 1):
        best[x], last[x] = best[x - 1], -1
        for i, replica in enumerate(replicas):
            if replica.taken <= x and best[x - replica.taken] + replica.capacity > best[x] * (1 + 1e-12):
                best[x], last[x] = best[x - replica.taken] + replica.capacity, i
    steps = []
    for x in range(1, most + 1):
        if last[x] >= 0:
            steps.append(x)
            if best[x] >= wanted * (1 - 1e-12):
                break
    if len(steps) > STEPS_MAX:
        return None
    traffic = {r.column: (r.traffic, r.capacity) for r in replicas}
    taken_by = {r.column: r.taken for r in replicas}
    return Staircase(link, np.array(steps, dtype=float), best[steps], price, taken_by, traffic)
