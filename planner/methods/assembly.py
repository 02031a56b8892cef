"""Arrays straight from prepared groups: columns and rows by key, without an algebra in between."""

from collections.abc import Hashable, Iterable

import numpy as np

from planner.solvers import Problem


class Assembly:
    """Collects columns and rows by key and hands out a Problem; lives inside one function, never passed between rooms."""

    def __init__(self) -> None:
        self.index: dict[Hashable, int] = {}
        self._cost: list[float] = []
        self._lower: list[float] = []
        self._upper: list[float] = []
        self._is_integer: list[bool] = []
        self._rows: list[int] = []
        self._columns: list[int] = []
        self._values: list[float] = []
        self._row_lower: list[float] = []
        self._row_upper: list[float] = []

    def column(self, key: Hashable, cost: float = 0.0, upper: float = np.inf, is_integer: bool = True) -> None:
        """Adds a column 0 <= x <= upper."""
        self.index[key] = len(self._cost)
        self._cost.append(cost)
        self._lower.append(0.0)
        self._upper.append(upper)
        self._is_integer.append(is_integer)

    def row(self, terms: Iterable[tuple[Hashable, float]], lower: float = -np.inf, upper: float = np.inf) -> int:
        """Adds lower <= sum of value x column <= upper over columns named once; returns its position."""
        position = len(self._row_lower)
        for key, value in terms:
            if value:
                self._rows.append(position)
                self._columns.append(self.index[key])
                self._values.append(value)
        self._row_lower.append(lower)
        self._row_upper.append(upper)
        return position

    def problem(self) -> Problem:
        """Returns the arrays collected so far, with numbers for names."""
        rows, columns = np.array(self._rows, dtype=np.int64), np.array(self._columns, dtype=np.int64)
        order = np.lexsort((rows, columns))
        starts = np.searchsorted(columns[order], np.arange(len(self._cost) + 1))
        return Problem(
            column_starts=starts.astype(np.int64), row_indices=rows[order], values=np.array(self._values, dtype=float)[order],
            cost=np.array(self._cost, dtype=float), row_lower=np.array(self._row_lower, dtype=float),
            row_upper=np.array(self._row_upper, dtype=float), column_lower=np.array(self._lower, dtype=float),
            column_upper=np.array(self._upper, dtype=float), is_integer=np.array(self._is_integer, dtype=bool),
        )  # fmt: skip
