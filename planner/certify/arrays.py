"""A small program as rows of named columns, and the arrays of it; the certifier's own, shared with no method."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from planner.solvers import Problem


@dataclass(frozen=True)
class Sheet:
    """Columns and rows collected one by one; lives inside one function."""

    columns: dict[Hashable, tuple[float, float, float, bool]] = field(default_factory=dict)
    """(cost, least, most, whole) by name."""
    rows: list[tuple[Mapping[Any, float], float, float]] = field(default_factory=list)
    names: dict[int, Hashable] = field(default_factory=dict)
    """Names of the rows that have one, by position."""

    def column(self, name: Hashable, cost: float = 0.0, most: float = np.inf, is_whole: bool = True) -> None:
        """Adds a column of at least 0."""
        self.columns[name] = (cost, 0.0, most, is_whole)

    def row(self, terms: Mapping[Any, float], least: float = -np.inf, most: float = np.inf, name: Hashable | None = None) -> None:
        """Adds a row; terms of columns that do not exist are left out by the caller."""
        if name is not None:
            self.names[len(self.rows)] = name
        self.rows.append((terms, least, most))

    def problem(self) -> Problem:
        """Returns the arrays."""
        place = {name: j for j, name in enumerate(self.columns)}
        entries = sorted(
            (place[name], i, value) for i, (terms, _, _) in enumerate(self.rows) for name, value in terms.items() if value
        )
        columns = np.array([j for j, _, _ in entries], dtype=np.int64)
        facts = list(self.columns.values())
        return Problem(
            column_starts=np.searchsorted(columns, np.arange(len(place) + 1)).astype(np.int64),
            row_indices=np.array([i for _, i, _ in entries], dtype=np.int64),
            values=np.array([v for _, _, v in entries], dtype=float),
            cost=np.array([f[0] for f in facts], dtype=float),
            row_lower=np.array([low for _, low, _ in self.rows], dtype=float),
            row_upper=np.array([high for _, _, high in self.rows], dtype=float),
            column_lower=np.array([f[1] for f in facts], dtype=float), column_upper=np.array([f[2] for f in facts], dtype=float),
            is_integer=np.array([f[3] for f in facts], dtype=bool),
        )  # fmt: skip
