"""Cells without their free traffic columns: where serving costs nothing by itself, replicas cover demand.

A traffic column with no cost and no link, that is bounded only by the capacity of one replica column, can be as large as
that capacity lets it whenever more traffic in its demand row never hurts. So its demand row is written on the replica column
itself, and both the traffic column and the capacity row go. Exact: `restore` gives the traffic back.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix, csc_matrix

from planner.methods.split import Cell
from planner.solvers.problem import Floats, Integers


@dataclass(frozen=True, eq=False)
class Projected:
    """A cell on its kept columns; `fills` says how each dropped column is filled from a kept one."""

    cell: Cell
    kept: Integers
    """Positions in the cell of the kept columns."""
    matrix: csc_matrix
    row_lower: Floats
    row_upper: Floats
    fill_column: Integers
    """Dropped columns (positions in the cell), by demand row."""
    fill_source: Integers
    """The kept column (position in the cell) whose replicas bound it."""
    fill_ratio: Floats
    """What one unit of the source carries."""
    fill_row: Integers
    """Row of the cell that asks for the traffic."""
    demand_rows: Integers
    """Rows written as `at least`: traffic beyond them is scaled away."""
    spare: Integers
    """Columns (positions in the cell) that help one `>=` row and nothing else: no more of them than it needs."""
    spare_row: Integers
    """That row of the cell."""
    spare_value: Floats
    """Their entry there."""

    def restore(self, values: Floats) -> Floats:
        """Returns the values of all the cell's columns: dropped ones share what demand is left by their capacity."""
        full = np.zeros(len(self.cell.columns))
        full[self.kept] = values
        room = self.fill_ratio * full[self.fill_source]
        for row in self.demand_rows.tolist():
            mine = np.flatnonzero(self.fill_row == row)
            start, end = self.cell.matrix.indptr[row], self.cell.matrix.indptr[row + 1]
            columns, factors = self.cell.matrix.indices[start:end], self.cell.matrix.data[start:end]
            wanted = float(self.cell.row_lower[row])
            direct = float(factors @ full[columns])
            if direct > wanted and not self.cell.is_integer[columns].any():
                full[columns] *= wanted / direct
            total = float(room[mine].sum())
            if total > 0 and direct < wanted:
                factor = {int(c): float(f) for c, f in zip(columns, factors, strict=True)}
                share = (wanted - direct) / total
                for position in mine.tolist():
                    column = int(self.fill_column[position])
                    full[column] = room[position] * share / factor[column]
        self._lower_spare(full)
        return full

    def _lower_spare(self, full: Floats) -> None:
        """Lowers columns that help one row alone to what it needs."""
        if not len(self.spare):
            return
        rows = self.spare_row
        given = np.bincount(rows, self.spare_value * full[self.spare], self.cell.matrix.shape[0])
        needed = np.maximum(0.0, self.cell.row_lower - (self.cell.matrix @ full - given))
        share = np.where(given > needed, needed / np.where(given > 0, given, 1.0), 1.0)
        full[self.spare] *= share[rows]


def project(cell: Cell) -> Projected:
    """Returns the cell without the traffic columns that replicas speak for."""
    matrix = cell.matrix.tocsc()
    free = _growing_rows(cell, matrix)
    found = [entry for j in range(len(cell.columns)) if (entry := _bounded_by(cell, matrix, j, free)) is not None]
    column, source, ratio, row, capacity = (np.array(part) for part in zip(*found, strict=True)) if found else (np.zeros(0),) * 5
    column, source, row, capacity = (part.astype(np.int64) for part in (column, source, row, capacity))
    dropped_rows = np.zeros(matrix.shape[0], dtype=bool)
    dropped_rows[capacity] = True
    kept = np.setdiff1d(np.arange(len(cell.columns)), column)
    extra = coo_matrix((ratio.astype(float), (row, source)), shape=matrix.shape).tocsc()
    written = csc_matrix((matrix + extra)[:, kept])[~dropped_rows]
    upper = np.where(free, np.inf, cell.row_upper)[~dropped_rows]
    return Projected(
        cell, kept, csc_matrix(written), cell.row_lower[~dropped_rows], upper, column, source, ratio.astype(float), row,
        np.flatnonzero(free), *_spare(cell, matrix),
    )  # fmt: skip


def _spare(cell: Cell, matrix: csc_matrix) -> tuple[Integers, Integers, Floats]:
    """Returns the continuous columns that stand in one row, `>=` and helped by them, with it and their entry there.

    Less of them is never worse otherwise, each may be all that its row asks, and all else there helps too.
    """
    uses = cell.uses.tocsc()
    equal = np.array([link.is_equality for link in cell.links], dtype=bool)
    link_of = np.repeat(np.arange(uses.shape[1]), np.diff(uses.indptr))
    harmful = np.bincount(link_of, (uses.data < 0) | equal[uses.indices], minlength=uses.shape[1]) > 0
    found = ~cell.is_integer & (cell.lower == 0) & (cell.cost >= 0) & ~harmful & (np.diff(matrix.indptr) == 1)
    columns = np.flatnonzero(found)
    row, value = matrix.indices[matrix.indptr[columns]].astype(np.int64), matrix.data[matrix.indptr[columns]]
    column_of = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
    hurts = np.bincount(matrix.indices, (matrix.data < 0) | (cell.lower[column_of] < 0), minlength=matrix.shape[0]) > 0
    helps = (value > 0) & np.isposinf(cell.row_upper[row]) & (cell.row_lower[row] > 0) & ~hurts[row]
    helps &= cell.upper[columns] * value >= cell.row_lower[row] * (1 - 1e-9)
    return columns[helps], row[helps], value[helps]


def _growing_rows(cell: Cell, matrix: csc_matrix) -> np.ndarray:
    """Returns which `==` or `>=` rows may be exceeded freely: each of their columns can be scaled down without harm.

    A column can where its cost and its use of links are not negative, its lower bound is 0, and every other row it is in
    only gets looser when it shrinks.
    """
    is_loose = (cell.cost >= 0) & (cell.lower == 0) & ~cell.is_integer
    for k, link in enumerate(cell.links):
        row = cell.uses[k]
        is_loose[row.indices[(row.data < 0) | link.is_equality]] = False
    asks = np.isfinite(cell.row_lower) & (cell.row_lower > 0)
    rows = matrix.indices
    columns = np.repeat(np.arange(matrix.shape[1]), np.diff(matrix.indptr))
    loosens = ((matrix.data > 0) & ~np.isfinite(cell.row_lower[rows])) | ((matrix.data < 0) & ~np.isfinite(cell.row_upper[rows]))
    harmful = ~loosens & ~(asks[rows] & (matrix.data > 0))
    is_loose[columns[harmful]] = False
    demands = np.bincount(columns[asks[rows] & (matrix.data > 0)], minlength=matrix.shape[1])
    is_loose &= demands <= 1
    free = asks.copy()
    free[rows[~is_loose[columns] | (matrix.data < 0)]] = False
    return np.asarray(free)


def _bounded_by(cell: Cell, matrix: csc_matrix, j: int, free: np.ndarray) -> tuple[int, int, float, int, int] | None:
    """Returns (column, replica column, traffic of one replica in its demand row, demand row, capacity row), or None."""
    start, end = matrix.indptr[j], matrix.indptr[j + 1]
    if cell.is_integer[j] or cell.cost[j] != 0 or cell.lower[j] != 0 or np.isfinite(cell.upper[j]) or end - start != 2:
        return None
    if cell.uses[:, j].nnz:
        return None
    rows, values = matrix.indices[start:end], matrix.data[start:end]
    for demand, capacity in ((0, 1), (1, 0)):
        d, c = int(rows[demand]), int(rows[capacity])
        first, last = cell.matrix.indptr[c], cell.matrix.indptr[c + 1]
        if not free[d] or last - first != 2 or np.isfinite(cell.row_lower[c]) or cell.row_upper[c] != 0 or values[capacity] <= 0:
            continue
        other = int(cell.matrix.indices[first:last][cell.matrix.indices[first:last] != j][0])
        weight = float(cell.matrix.data[first:last][cell.matrix.indices[first:last] == other][0])
        if weight < 0 and cell.lower[other] >= 0:
            return j, other, float(-weight / values[capacity] * values[demand]), d, c
    return None
