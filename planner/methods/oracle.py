"""The oracle of a cell: the least it costs to serve it when nodes and shared amounts have prices.

    V(p, q) = min p.u(N) + q.e + cost @ x   over the points x of the cell, N >= uses(x) / quantum whole, e = uses(x)

with u(N) the unary image of the node counts (`segments`) and e the continuous links. Its dual bound is a *cut*: every plan has
p.u(N) + q.e + cost >= bound in that cell. Its point is a *pattern*: a way to serve the cell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, hstack, vstack

from planner.methods.project import Projected, project
from planner.methods.segments import Key, Part, Segments
from planner.methods.split import Cell
from planner.solvers import Problem, Solution
from planner.solvers.problem import Floats

NOISE = 1e-6
"""Part of a quantum under which a use is floating-point noise."""
PRICE_TOLERANCE = 1e-7
"""Usd a unit by which engines let a reduced cost be wrong."""
LEAST_USD = 1e-3
"""A bound on a cell or a part of it is worth having from here on: cuts are divided by it."""


@dataclass(frozen=True, eq=False)
class Prices:
    """What nodes (usd by segment, all keys) and the cell's continuous links (usd a unit, in their order) cost."""

    segments: Floats
    amounts: Floats


@dataclass(frozen=True, eq=False)
class Cut:
    """prices.segments @ u(N) + prices.amounts @ e + cost >= bound for every plan's part in the cell; usd."""

    prices: Prices
    bound: float


@dataclass(frozen=True, eq=False)
class Pattern:
    """A way to serve a cell, on its kept columns."""

    values: Floats
    nodes: Mapping[Key, int]
    amounts: Floats
    cost: float

    def is_within(self, other: "Pattern") -> bool:
        """Says whether it needs no more of anything than another pattern of the same cell."""
        few = all(count <= other.nodes.get(key, 0) for key, count in self.nodes.items())
        slack = 1e-9 * (1 + abs(other.cost))
        room = 1e-9 * (1 + np.abs(other.amounts))
        return few and self.cost <= other.cost + slack and bool(np.all(self.amounts <= other.amounts + room))


@dataclass(frozen=True, eq=False)
class Oracle:
    """A cell made ready to be asked many times."""

    cell: Cell
    projected: Projected
    uses: csr_matrix
    """Use of links by the kept columns."""

    @cached_property
    def keys(self) -> list[Key]:
        """Keys of the node links, in the order of the cell's links."""
        return [self.cell.links[k].key for k in self.cell.node_links]

    @cached_property
    def cost_range(self) -> tuple[float, float]:
        """The least and the most that the cell's own cost can be, from column bounds and demand."""
        return _range(self.cell.cost, self._column_upper, self.cell.lower)

    @cached_property
    def amount_ranges(self) -> list[tuple[float, float]]:
        """The least and the most use of each continuous link."""
        rows = self.cell.uses.toarray()[self.cell.amount_links]
        return [_range(row, self._column_upper, self.cell.lower) for row in rows]

    @cached_property
    def _column_upper(self) -> Floats:
        """Upper bounds of the cell's columns, from rows of positive entries (demand, supply) where those are finite."""
        upper = self.cell.upper.copy()
        matrix = self.cell.matrix
        for i in np.flatnonzero(np.isfinite(self.cell.row_upper)):
            entries = slice(matrix.indptr[i], matrix.indptr[i + 1])
            columns, values = matrix.indices[entries], matrix.data[entries]
            if np.all(values > 0) and np.all(self.cell.lower[columns] >= 0):
                upper[columns] = np.minimum(upper[columns], self.cell.row_upper[i] / values)
        return np.asarray(upper)

    @cached_property
    def signature(self) -> bytes:
        """Equal for cells that differ in right-hand sides, costs and supply alone."""
        rows, uses = self.projected.matrix, self.uses
        parts = (rows.indptr, rows.indices, rows.data, self.cell.is_integer, uses.indptr, uses.indices, uses.data)
        links = repr([(link.key, link.quantum) for link in self.cell.links]).encode()
        return b"|".join([links, *(np.ascontiguousarray(part).tobytes() for part in parts)])

    def is_harder_than(self, other: "Oracle") -> bool:
        """Says whether every point of this cell is one of `other` at no more cost: patterns pass down, cuts pass up.

        The same matrix and links, wider right-hand sides and bounds, no less supply, no higher cost there. A lower bound of
        `other` at given prices then is one of this cell (if `other` passes it on): bounds of columns of which a point has no more
        than it needs (`Projected.spare`) do not count.
        """
        return self.is_no_easier_than(other) and bool(np.all(self.cell.supply_max <= other.cell.supply_max))

    def is_no_easier_than(self, other: "Oracle") -> bool:
        """Says the same of points within the supply of both."""
        if self.signature != other.signature or not np.array_equal(self.projected.kept, other.projected.kept):
            return False
        mine, theirs = self.projected, other.projected
        kept = mine.kept
        is_spare = np.isin(kept, mine.spare)
        return bool(
            np.all(mine.row_lower >= theirs.row_lower) and np.all(mine.row_upper <= theirs.row_upper)
            and np.all(self.cell.lower[kept] >= other.cell.lower[kept])
            and np.array_equal(mine.spare, theirs.spare)
            and np.all(is_spare | (self.cell.upper[kept] <= other.cell.upper[kept]))
            and np.all(self.cell.cost >= other.cell.cost)
        )  # fmt: skip

    def passes_on(self, prices: Prices) -> bool:
        """Says whether a bound at these prices is one of every cell that is no easier: no spare column may earn anything."""
        return not len(self.projected.spare) or bool(np.all(prices.amounts >= 0))

    def pattern(self, values: Floats) -> Pattern:
        """Returns the pattern of a point of the kept columns, as it is in this cell."""
        full = self.projected.restore(values)
        used = self.cell.uses @ full
        links = self.cell.links
        nodes = {links[k].key: max(0, int(np.ceil(used[k] / links[k].quantum - NOISE))) for k in self.cell.node_links}
        return Pattern(values, nodes, used[self.cell.amount_links], float(self.cell.cost @ full))


def make_oracle(cell: Cell) -> Oracle:
    """Returns the oracle of a cell."""
    projected = project(cell)
    return Oracle(cell, projected, csr_matrix(cell.uses[:, projected.kept]))


def proved_usd(solution: Solution) -> float:
    """Returns an engine's dual bound less what its tolerance on prices is worth at its point; minus infinity without a bound.

    Nothing beside the prices of nodes, and yet a fifth of a bound where prices are as small as the tolerance.
    """
    if solution.bound is None:
        return -np.inf
    taken = 0.0 if solution.values is None else float(np.abs(solution.values).sum())
    return solution.bound - PRICE_TOLERANCE * taken


def _range(weights: Floats, upper: Floats, lower: Floats) -> tuple[float, float]:
    with np.errstate(invalid="ignore"):
        low = np.where(weights > 0, weights * lower, np.where(weights < 0, weights * upper, 0.0))
        high = np.where(weights > 0, weights * upper, np.where(weights < 0, weights * lower, 0.0))
    return float(low.sum()), float(high.sum())


def price_of(pattern: Pattern, prices: Prices, segments: Segments) -> float:
    """Returns what a pattern costs at prices."""
    return float(prices.segments @ segments.image(pattern.nodes)) + float(prices.amounts @ pattern.amounts) + pattern.cost


def oracle_problem(
    oracle: Oracle, segments: Segments, prices: Prices, start: Pattern | None = None,
    hull: tuple[csr_matrix, Floats] | None = None,
) -> Problem:  # fmt: skip
    """Returns the oracle at prices: the kept columns first, then the segments of every node link.

    `hull` are rows over the kept columns that no whole point breaks (module `hull`).

    A later segment cheaper than an earlier one is only entered when the earlier one is full (a binary each).
    """
    cell, kept = oracle.cell, oracle.projected.kept
    cost = cell.cost[kept]
    if cell.amount_links:
        cost = cost + prices.amounts @ oracle.uses[cell.amount_links].toarray()
    blocks = _Blocks(len(kept))
    for k in cell.node_links:
        link = cell.links[k]
        parts = segments.merged(link.key, prices.segments, int(min(cell.supply_max[k], 2**31)))
        blocks.add(oracle.uses[k], link.quantum, parts, start.nodes[link.key] if start else 0)
    matrix, lower, upper = blocks.rows()
    base, base_lower, base_upper = _with_rows(oracle.projected, hull)
    wide = hstack([base, csc_matrix((base.shape[0], blocks.width - len(kept)))])
    whole = csc_matrix(vstack([wide, matrix], format="csc"))
    whole.sort_indices()
    added = len(blocks.cost)
    return Problem(
        column_starts=whole.indptr.astype(np.int64), row_indices=whole.indices.astype(np.int64), values=whole.data,
        cost=np.concatenate([cost, blocks.cost]), row_lower=np.concatenate([base_lower, lower]),
        row_upper=np.concatenate([base_upper, upper]),
        column_lower=np.concatenate([cell.lower[kept], np.zeros(added)]),
        column_upper=np.concatenate([cell.upper[kept], blocks.upper]),
        is_integer=np.concatenate([cell.is_integer[kept], np.ones(added, dtype=bool)]),
        start=None if start is None else np.concatenate([start.values, blocks.start]),
    )  # fmt: skip


def _with_rows(projected: Projected, hull: tuple[csr_matrix, Floats] | None) -> tuple[csc_matrix, Floats, Floats]:
    """Returns a cell's rows and sides, with the hull's below them."""
    if hull is None:
        return projected.matrix, projected.row_lower, projected.row_upper
    added, sides = hull
    lower = np.concatenate([projected.row_lower, sides])
    upper = np.concatenate([projected.row_upper, np.full(len(sides), np.inf)])
    return csc_matrix(vstack([projected.matrix, added], format="csc")), lower, upper


class _Blocks:
    """Collects the segment columns and their rows; lives inside `oracle_problem`."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.cost: list[float] = []
        self.upper: list[float] = []
        self.start: list[float] = []
        self._entries: list[tuple[int, int, float]] = []
        self._sides: list[tuple[float, float]] = []

    def _column(self, cost: float, upper: float, start: float) -> int:
        self.cost.append(cost)
        self.upper.append(upper)
        self.start.append(start)
        self.width += 1
        return self.width - 1

    def _row(self, entries: Sequence[tuple[int, float]], lower: float, upper: float) -> None:
        self._entries += [(len(self._sides), column, value) for column, value in entries]
        self._sides.append((lower, upper))

    def add(self, uses: csr_matrix, quantum: float, parts: Sequence[Part], nodes: int) -> None:
        """Adds the segments of a link, its cover row, and the order that cheaper later segments need."""
        filled: list[float] = []
        for part in parts:
            filled.append(min(part.width, float(nodes) - sum(filled)))
        columns = [self._column(part.price, part.width, at) for part, at in zip(parts, filled, strict=True)]
        taken = [(int(j), float(v)) for j, v in zip(uses.indices, uses.data, strict=True)]
        self._row([*taken, *((column, -quantum) for column in columns)], -np.inf, 0.0)
        for j in range(len(parts) - 1):
            if min(part.price for part in parts[j + 1 :]) < parts[j].price:
                full = self._column(0.0, 1.0, float(filled[j] == parts[j].width))
                self._row([(columns[j], 1.0), (full, -parts[j].width)], 0.0, np.inf)
                self._row([(columns[j + 1], 1.0), (full, -parts[j + 1].width)], -np.inf, 0.0)

    def rows(self) -> tuple[csc_matrix, Floats, Floats]:
        """Returns the rows collected, over all columns."""
        entries = np.array(self._entries, dtype=float).reshape(-1, 3)
        shape = (len(self._sides), self.width)
        matrix = csc_matrix((entries[:, 2], (entries[:, 0].astype(int), entries[:, 1].astype(int))), shape=shape)
        sides = np.array(self._sides, dtype=float).reshape(-1, 2)
        return matrix, sides[:, 0], sides[:, 1]
