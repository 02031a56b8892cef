"""Arrays built up column by column and row by row, without an algebra in between."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csc_matrix

from planner.solvers import Problem
from planner.solvers.problem import Floats, Integers


class Assembly:
    """Collects columns and rows and hands out a Problem; lives inside one function, never passed between rooms."""

    def __init__(self) -> None:
        self.width = 0
        self._columns: list[tuple[Floats, Floats, Floats, np.ndarray]] = []
        self._entries: list[tuple[Integers, Integers, Floats]] = []
        self._lower: list[Floats] = []
        self._upper: list[Floats] = []
        self._height = 0

    def columns(self, cost: Floats, lower: Floats, upper: Floats, is_integer: np.ndarray) -> Integers:
        """Adds columns and returns their positions."""
        self._columns.append((cost, lower, upper, is_integer))
        first, self.width = self.width, self.width + len(cost)
        return np.arange(first, self.width, dtype=np.int64)

    def column(self, cost: float = 0.0, lower: float = 0.0, upper: float = np.inf, is_integer: bool = False) -> int:
        """Adds one column and returns its position."""
        return int(self.columns(np.array([cost]), np.array([lower]), np.array([upper]), np.array([is_integer]))[0])

    def row(self, columns: Sequence[int] | Integers, values: Sequence[float] | Floats, lower: float, upper: float) -> int:
        """Adds lower <= values @ x[columns] <= upper and returns the row's position."""
        where = np.asarray(columns, dtype=np.int64)
        self._entries.append((np.full(len(where), self._height, dtype=np.int64), where, np.asarray(values, dtype=float)))
        self._lower.append(np.array([lower]))
        self._upper.append(np.array([upper]))
        self._height += 1
        return self._height - 1

    def rows(self, matrix: csc_matrix, columns: Integers, lower: Floats, upper: Floats) -> None:
        """Adds the rows of a matrix over some columns."""
        found = matrix.tocoo()
        self._entries.append((found.row.astype(np.int64) + self._height, columns[found.col], found.data.astype(float)))
        self._lower.append(np.asarray(lower, dtype=float))
        self._upper.append(np.asarray(upper, dtype=float))
        self._height += len(lower)

    def problem(self, offset: float = 0.0, start: Floats | None = None) -> Problem:
        """Returns the arrays collected; entries given twice add up."""
        cost, lower, upper, is_integer = (np.concatenate(part) for part in zip(*self._columns, strict=True))
        rows, columns, values = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        matrix = csc_matrix((values, (rows, columns)), shape=(self._height, self.width))
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        return Problem(
            column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
            cost=cost, row_lower=np.concatenate(self._lower), row_upper=np.concatenate(self._upper), column_lower=lower,
            column_upper=upper, is_integer=is_integer, offset=offset, start=start,
        )  # fmt: skip
