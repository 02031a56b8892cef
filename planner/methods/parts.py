"""Parts of a cell: what its own rows do not tie together, once nodes and shared amounts have prices.

A pool of workloads that share replicas is a part; so is a workload with replicas of its own. At prices mu of the cell's links

    f(mu) = min (cost + mu @ uses) @ x   over the part's own rows, whole replicas and bounds

is a small program, or, for a part that is one demand of a covering, the cheapest combination of staircases (`ways`). A point of
the part is a *way*. Every plan's part keeps (cost + mu @ uses) @ x >= f(mu): a *hull cut*, which the relaxation breaks, as it
lives on fractions of replicas. *Proof*: the part's rows and bounds are the program's own, or follow from them (`project`), so
that what a plan does in the part is a way, and f(mu) is the least of all ways. Any mu will do, and any lower bound of f(mu) in
its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from planner.methods.covering import Covering, Demand
from planner.methods.oracle import PRICE_TOLERANCE, Oracle, proved_usd
from planner.methods.roaming import Roaming, cheapest_roaming, roaming_of
from planner.methods.ways import cheapest_way
from planner.solvers import Problem, Solution
from planner.solvers.problem import Booleans, Floats, Integers

WHOLE = 1e-5
"""A whole column of an engine's point is off by less."""


@dataclass(frozen=True, eq=False)
class Way:
    """A point of a part: values of its columns, what it uses of each of the cell's links, its own cost in usd."""

    values: Floats
    uses: Floats
    usd: float

    @cached_property
    def key(self) -> bytes:
        """Equal for ways that are the same."""
        return np.round(np.append(self.uses, self.usd), 7).tobytes()


@dataclass(frozen=True, eq=False)
class Priced:
    """`least` <= (cost + prices @ uses) @ x for every point of the part; `way` is the cheapest known there."""

    least: float
    way: Way | None


@dataclass(frozen=True, eq=False)
class PartCut:
    """A hull cut by its prices: prices @ uses + cost >= least > 0 for one part of a cell.

    Every plan keeps it where `least` is no more than `Priced.least` there: what it does in the part is a way, none is cheaper.
    """

    cell: int
    part: int
    prices: Floats
    least: float


@dataclass(frozen=True, eq=False)
class Part:
    """min (cost + prices @ uses) @ x over the part's rows and bounds; `columns` are positions among the cell's kept columns."""

    columns: Integers
    matrix: csc_matrix
    row_lower: Floats
    row_upper: Floats
    cost: Floats
    lower: Floats
    upper: Floats
    is_integer: Booleans
    uses: csr_matrix
    """(links of the cell, columns)"""
    is_node: Booleans
    """Which links of the cell are counted in nodes."""
    demand: Demand | None = None
    """The part as a demand of a covering; its replicas speak of the cell's kept columns."""

    @cached_property
    def roaming(self) -> Roaming | None:
        """The part as a roaming demand."""
        told = self.row_lower, self.row_upper, self.cost, self.lower, self.upper, self.is_integer, self.uses, self.is_node
        return None if self.demand is not None else roaming_of(self.matrix, *told)

    def is_priced_here(self, prices: Floats) -> bool:
        """Says whether its cheapest way at prices of the cell's links needs no engine: none may be below 0."""
        if self.demand is not None:
            return bool(np.all(prices[self.links] >= -PRICE_TOLERANCE))
        return self.roaming is not None and self.roaming.is_priced(prices, self.unit_usd(prices))

    @cached_property
    def links(self) -> Integers:
        """Positions of the links that the part uses, in order."""
        return np.flatnonzero(np.diff(self.uses.indptr) > 0)

    @cached_property
    def is_whole(self) -> bool:
        """Whether everything it uses of any link comes in whole units of whole columns."""
        found = self.uses.tocoo()
        return bool(np.all(self.is_integer[found.col]) and np.all(found.data == np.rint(found.data)))

    @cached_property
    def is_positive(self) -> bool:
        """Whether nothing that it uses or costs can be negative."""
        return bool(np.all(self.lower >= 0) and np.all(self.cost >= 0) and np.all(self.uses.data >= 0))

    def unit_usd(self, prices: Floats) -> Floats:
        """Returns what one unit of each column costs at prices of the cell's links."""
        return np.asarray(self.cost + prices @ self.uses)

    def problem(self, prices: Floats) -> Problem:
        """Returns the part's program at prices."""
        matrix = self.matrix
        return Problem(
            column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
            cost=self.unit_usd(prices), row_lower=self.row_lower, row_upper=self.row_upper, column_lower=self.lower,
            column_upper=self.upper, is_integer=self.is_integer,
        )  # fmt: skip

    def way(self, values: Floats) -> Way:
        """Returns a point as a way."""
        return Way(values, np.asarray(self.uses @ values), float(self.cost @ values))

    @cached_property
    def signature(self) -> bytes:
        """Equal for parts of one shape, which differ in right-hand sides and costs alone."""
        rows, uses = self.matrix, self.uses
        parts = (rows.indptr, rows.indices, rows.data, self.is_integer, uses.indptr, uses.indices, uses.data)
        return b"|".join(np.ascontiguousarray(part).tobytes() for part in parts)

    def adopted(self, way: Way, other: "Part") -> Way | None:
        """Returns a way of another part of this shape as one of this: the same replicas, traffic scaled; None if it fails."""
        values = way.values.copy()
        rows = csr_matrix(self.matrix)
        for row in np.flatnonzero((self.row_lower == self.row_upper) & (other.row_lower > 0)):
            columns = rows.indices[rows.indptr[row] : rows.indptr[row + 1]]
            if not self.is_integer[columns].any():
                values[columns] *= self.row_lower[row] / other.row_lower[row]
        spare, helped, by = self._spare
        values[spare] = 0.0
        at = self.matrix @ values
        if len(spare):
            values[spare] = np.clip((self.row_lower[helped] - at[helped]) / by, 0.0, self.upper[spare])
            at = self.matrix @ values
        room = 1e-9 * (1 + np.abs(at))
        holds = np.all(at >= self.row_lower - room) and np.all(at <= self.row_upper + room)
        return self.way(values) if holds and np.all(values <= self.upper) and np.all(values >= self.lower) else None

    @cached_property
    def _spare(self) -> tuple[Integers, Integers, Floats]:
        """Columns that may be as small as their one `>=` row lets them, one a row, with that row and their entry there."""
        first = np.minimum(self.matrix.indptr[:-1], max(0, self.matrix.nnz - 1))
        is_alone = ~self.is_integer & (np.diff(self.matrix.indptr) == 1) & (self.lower == 0)
        columns = np.flatnonzero(is_alone & (self.matrix.data[first] > 0) if self.matrix.nnz else is_alone & False)
        rows = self.matrix.indices[first[columns]]
        _, position = np.unique(rows, return_index=True)
        kept = position[np.isposinf(self.row_upper[rows[position]])]
        columns = columns[kept]
        return columns, rows[kept].astype(np.int64), np.asarray(self.matrix.data[first[columns]], dtype=float)

    def priced(self, found: Solution | None) -> Priced:
        """Returns what an engine's answer to `problem` says: what its dual bound proves, and its point where it has one."""
        least = -np.inf if found is None else proved_usd(found)
        if found is None or found.values is None:
            return Priced(least, None)
        values = np.where(self.is_integer, np.rint(found.values), found.values)
        return Priced(least, self.way(np.clip(values, self.lower, self.upper)))

    def priced_here(self, prices: Floats) -> Priced:
        """Returns the cheapest way of a part that is a demand of a covering, or roams."""
        if self.roaming is not None and self.is_priced_here(prices):
            least, values = cheapest_roaming(self.roaming, prices, self.roaming.away_usd(self.unit_usd(prices)))
            return Priced(-np.inf, None) if values is None else Priced(least, self.way(values))
        if self.demand is None or not self.is_priced_here(prices):
            raise ValueError(
                "only a demand of a covering, or one that roams, is priced without an engine, and at no price below 0"
            )
        found = cheapest_way(self.demand, np.maximum(prices, 0.0))
        if found is None:
            return Priced(-np.inf, None)
        values = np.zeros(int(self.columns.max()) + 1)
        fill(values, self.demand, found.way)
        return Priced(found.least, self.way(values[self.columns]))

    def cut(self, prices: Floats, least: float) -> Floats:
        """Returns the coefficients of the hull cut  row @ x >= 1  at prices with f(prices) >= least > 0.

        No whole point of the part breaks it. *Proof*: unit_usd @ x is what the way x costs at these prices, so no less than
        `least`: divided by that, 1 or more. Where nothing in the row can be negative a whole column's coefficient is cut down to
        1: a point with a unit of such a column keeps the row by it alone, and for one without any the row is as it was. A
        continuous column's is left: a tenth of a unit would count for less than it costs.
        """
        row = self.unit_usd(prices) / least
        if np.all(row >= 0) and np.all(self.lower >= 0):
            row = np.where(self.is_integer, np.minimum(row, 1.0), row)
        return np.asarray(row)


def fill(values: Floats, demand: Demand, way: Sequence[int]) -> None:
    """Writes a way's replicas, and its traffic from the cheapest staircase on, into the values of a cell's kept columns."""
    missing = demand.wanted
    for i in way:
        stair = demand.stairs[int(demand.flat.stair[i])]
        for position, count in stair.composition(int(demand.flat.step[i])).items():
            replica = stair.replicas[position]
            values[replica.column] += count
            carried = min(missing, count * replica.capacity)
            if replica.traffic >= 0:
                values[replica.traffic] += carried
            missing -= carried


def parts_of(oracle: Oracle, covering: Covering | None) -> tuple[Part, ...]:
    """Returns the parts of a cell in the order of their first columns.

    Columns in no row are left out where they are worth nothing at any price: no shared amount (its price may be negative), no
    negative cost or use of nodes.
    """
    p, cell = oracle.projected, oracle.cell
    matrix, uses = csr_matrix(p.matrix), csc_matrix(oracle.uses)
    rows, columns = matrix.shape
    indptr = np.concatenate([matrix.indptr, np.full(columns, matrix.nnz)])
    graph = csr_matrix((np.ones(matrix.nnz), matrix.indices + rows, indptr), shape=(rows + columns, rows + columns))
    count, labels = connected_components(graph, directed=False)
    by_first = {} if covering is None else {d.stairs[0].replicas[0].column: d for d in covering.demands}
    is_node = np.array([link.quantum > 0 for link in cell.links], dtype=bool)
    found = []
    for label in range(count):
        mine, own = np.flatnonzero(labels[:rows] == label), np.flatnonzero(labels[rows:] == label)
        if not len(own):
            continue
        kept = p.kept[own]
        if not len(mine) and _is_idle(oracle, own):
            continue
        inner = csc_matrix(matrix[mine][:, own])
        inner.sort_indices()
        found.append(Part(
            own, inner, p.row_lower[mine], p.row_upper[mine], cell.cost[kept], cell.lower[kept], cell.upper[kept],
            cell.is_integer[kept], csr_matrix(uses[:, own]), is_node,
            next((by_first[j] for j in own.tolist() if j in by_first), None),
        ))  # fmt: skip
    return tuple(sorted(found, key=lambda part: int(part.columns[0])))


def _is_idle(oracle: Oracle, own: Integers) -> bool:
    """Says whether some kept columns, in no row, may stay at 0 whatever the prices are."""
    cell, uses = oracle.cell, csr_matrix(oracle.uses[:, own])
    kept = oracle.projected.kept[own]
    amounts = uses[cell.amount_links].nnz if cell.amount_links else 0
    return bool(not cell.lower[kept].any() and np.all(cell.cost[kept] >= 0) and not amounts and np.all(uses.data >= 0))
