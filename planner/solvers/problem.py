"""A linear or mixed-integer program as arrays: minimise cost @ x + offset over rows and bounds; knows no fleet.

    minimise    cost @ x + offset
    subject to  row_lower <= A @ x <= row_upper
                column_lower <= x <= column_upper
                x[j] whole wherever is_integer[j]

A is held by columns (CSC): column j owns the entries `column_starts[j]:column_starts[j + 1]` of `row_indices` and
`values`. Infinity is written `numpy.inf`; a free row or column has -inf and inf.
"""

import dataclasses
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from planner.errors import Fault, SolverError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

LARGEST_BOUND = 1e20
"""Engines read a bound or a cost of this size or more as infinite (HiGHS `infinite_bound`, SCIP `numerics/infinity`)."""
SMALLEST_COEFFICIENT = 1e-12
"""HiGHS cannot be made to keep a matrix entry at or below this size (lowest `small_matrix_value` it accepts)."""
LARGEST_COEFFICIENT = 1e15
"""HiGHS refuses a matrix entry of this size or more (`large_matrix_value`)."""
FAULTS_SHOWN = 10


@dataclass(frozen=True)
class Violation:
    """How far a point is from the promises of a Problem, each as the largest over all rows or columns.

    `rows` and `bounds` are absolute, `rows_relative` and `bounds_relative` divide by max(1, |side|);
    `integrality` is the distance to the nearest whole number; `row` and `column` are where the largest relative
    ones are (-1: none is violated).
    """

    rows: float
    rows_relative: float
    bounds: float
    bounds_relative: float
    integrality: float
    row: int
    column: int

    @property
    def largest(self) -> float:
        """The number that a feasibility tolerance is compared with."""
        return max(self.rows_relative, self.bounds_relative, self.integrality)

    def describe(self, problem: "Problem") -> str:
        """Returns one line that names the worst row or column."""
        if self.rows_relative >= max(self.bounds_relative, self.integrality):
            return f"row {problem.row_name(self.row)} is violated by {self.rows:.3g} ({self.rows_relative:.3g} relative)"
        if self.bounds_relative >= self.integrality:
            return f"column {problem.column_name(self.column)} is out of its bounds by {self.bounds:.3g}"
        return f"column {problem.column_name(self.column)} is {self.integrality:.3g} away from a whole number"


@dataclass(frozen=True, eq=False)
class Problem:
    """A minimisation in arrays that is checked when it is made and cannot change afterwards.

    Parameters
    ----------
    column_starts, row_indices, values
        the matrix by columns; shapes (columns + 1,), (nonzeros,), (nonzeros,); no entry twice
    cost, column_lower, column_upper, is_integer
        shape (columns,)
    row_lower, row_upper
        shape (rows,)
    offset
        constant of the objective
    row_names, column_names
        names, or empty tuples; used in messages only
    start
        a point to start from, shape (columns,), NaN where nothing is said; need not be feasible

    Raises
    ------
    SolverError
        with all faults (first ten told): shapes, NaN, lower > upper, infinite cost, entries that engines would drop
        or read as infinite, entries given twice
    """

    column_starts: Integers
    row_indices: Integers
    values: Floats
    cost: Floats
    row_lower: Floats
    row_upper: Floats
    column_lower: Floats
    column_upper: Floats
    is_integer: Booleans
    offset: float = 0.0
    row_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()
    start: Floats | None = None

    def __post_init__(self) -> None:
        for name in ("column_starts", "row_indices"):
            object.__setattr__(self, name, _frozen(getattr(self, name), np.int64))
        for name in ("values", "cost", "row_lower", "row_upper", "column_lower", "column_upper"):
            object.__setattr__(self, name, _frozen(getattr(self, name), np.float64))
        object.__setattr__(self, "is_integer", _frozen(self.is_integer, np.bool_))
        object.__setattr__(self, "offset", float(self.offset))
        object.__setattr__(self, "row_names", tuple(self.row_names))
        object.__setattr__(self, "column_names", tuple(self.column_names))
        if self.start is not None:
            object.__setattr__(self, "start", _frozen(self.start, np.float64))
        faults = list(_shape_faults(self)) or [*_matrix_faults(self), *_bound_faults(self)]
        if faults:
            told = "\n".join(f"  - {fault}" for fault in faults[:FAULTS_SHOWN])
            raise SolverError(f"the problem cannot be given to a solver, {len(faults)} fault(s):\n{told}")

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self.row_lower.size)

    @property
    def columns(self) -> int:
        """Number of columns."""
        return int(self.cost.size)

    @property
    def nonzeros(self) -> int:
        """Number of matrix entries."""
        return int(self.values.size)

    @property
    def is_mip(self) -> bool:
        """Whether any column must be whole."""
        return bool(self.is_integer.any())

    @cached_property
    def column_of_entry(self) -> Integers:
        """The column of each matrix entry, shape (nonzeros,)."""
        return np.repeat(np.arange(self.columns, dtype=np.int64), np.diff(self.column_starts))

    def row_name(self, row: int) -> str:
        """Returns the name of a row, or its number where rows have no names."""
        return repr(self.row_names[row]) if self.row_names else str(row)

    def column_name(self, column: int) -> str:
        """Returns the name of a column, or its number where columns have no names."""
        return repr(self.column_names[column]) if self.column_names else str(column)

    def activity(self, values: Floats) -> Floats:
        """Returns A @ values, shape (rows,)."""
        terms = self.values * np.asarray(values, dtype=np.float64)[self.column_of_entry]
        return np.asarray(np.bincount(self.row_indices, weights=terms, minlength=self.rows), dtype=np.float64)

    def prices(self, row_duals: Floats) -> Floats:
        """Returns A.T @ row_duals, shape (columns,)."""
        terms = self.values * np.asarray(row_duals, dtype=np.float64)[self.row_indices]
        return np.asarray(np.bincount(self.column_of_entry, weights=terms, minlength=self.columns), dtype=np.float64)

    def objective(self, values: Floats) -> float:
        """Returns cost @ values + offset."""
        return float(self.cost @ np.asarray(values, dtype=np.float64)) + self.offset

    def violation(self, values: Floats) -> Violation:
        """Measures how far `values` are from feasible; all infinite where a value is not finite.

        Raises
        ------
        SolverError
            where `values` do not have the shape (columns,)
        """
        values = np.asarray(values, dtype=np.float64)
        if values.shape != (self.columns,):
            raise SolverError(f"expected values of shape ({self.columns},), found {values.shape}")
        if not np.isfinite(values).all():
            column = int(np.argmin(np.isfinite(values)))
            return Violation(np.inf, np.inf, np.inf, np.inf, np.inf, -1 if self.rows == 0 else 0, column)
        rows, rows_relative, row = _excess(self.activity(values), self.row_lower, self.row_upper)
        bounds, bounds_relative, column = _excess(values, self.column_lower, self.column_upper)
        distance = np.where(self.is_integer, np.abs(values - np.rint(values)), 0.0)
        integrality = float(distance.max(initial=0.0))
        if integrality > bounds_relative:
            column = int(distance.argmax())
        return Violation(rows, rows_relative, bounds, bounds_relative, integrality, row, column)

    def fix_integers(self, values: Floats) -> "Problem":
        """Returns the LP in which every integer column is fixed at its rounded value, kept within its bounds.

        Raises
        ------
        SolverError
            where no whole number lies between the bounds of an integer column, or a value is not finite
        """
        values = np.asarray(values, dtype=np.float64)
        smallest, largest = np.ceil(self.column_lower), np.floor(self.column_upper)
        empty = self.is_integer & ((smallest > largest) | ~np.isfinite(values))
        if empty.any():
            name = self.column_name(int(empty.argmax()))
            raise SolverError(f"integer column {name} cannot be fixed at {values[empty.argmax()]}")
        whole = np.clip(np.rint(values), smallest, largest) + 0.0
        return dataclasses.replace(
            self,
            column_lower=np.where(self.is_integer, whole, self.column_lower),
            column_upper=np.where(self.is_integer, whole, self.column_upper),
            is_integer=np.zeros(self.columns, dtype=np.bool_),
            start=None,
        )

    def relaxed(self) -> "Problem":
        """Returns the LP relaxation: the same rows and bounds, nothing whole, no start."""
        return dataclasses.replace(self, is_integer=np.zeros(self.columns, dtype=np.bool_), start=None)

    def without_cost(self) -> "Problem":
        """Returns the feasibility problem: the same rows and bounds at no cost."""
        return dataclasses.replace(self, cost=np.zeros(self.columns), offset=0.0)

    def with_start(self, start: Floats | None) -> "Problem":
        """Returns the same problem with another point to start from."""
        return dataclasses.replace(self, start=start)

    def digest(self) -> str:
        """Returns the sha256 of everything that decides the answer, names included, start excluded."""
        digest = hashlib.sha256()
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name == "start":
                continue
            digest.update(field.name.encode())
            digest.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
        return digest.hexdigest()


def _frozen(value: npt.ArrayLike, dtype: type[np.generic]) -> npt.NDArray[Any]:
    """Returns a read-only, contiguous copy; an array that is one already is taken as it is."""
    given = np.asarray(value)
    if given.dtype == dtype and given.flags.c_contiguous and given.flags.owndata and not given.flags.writeable:
        return given
    if np.issubdtype(dtype, np.integer) and given.size and not np.issubdtype(given.dtype, np.integer):
        raise SolverError(f"expected whole numbers as matrix indices, found {given.dtype}")
    copy = np.array(given, dtype=dtype, order="C")
    copy.flags.writeable = False
    return copy


def _excess(at: Floats, lower: Floats, upper: Floats) -> tuple[float, float, int]:
    """Returns the largest absolute and relative excess of `at` over [lower, upper], and where the latter is."""
    if at.size == 0:
        return 0.0, 0.0, -1
    below = np.where(np.isfinite(lower), lower - at, 0.0)
    above = np.where(np.isfinite(upper), at - upper, 0.0)
    side = np.where(below > above, lower, upper)
    excess = np.maximum(np.maximum(below, above), 0.0)
    relative = excess / np.maximum(1.0, np.where(np.isfinite(side), np.abs(side), 1.0))
    where = int(relative.argmax())
    return float(excess.max()), float(relative[where]), where if relative[where] > 0.0 else -1


def _shape_faults(problem: Problem) -> Iterable[Fault]:
    """Yields the arrays whose shape does not fit the others."""
    rows, columns, entries = problem.rows, problem.columns, problem.nonzeros
    sizes = {
        "column_starts": columns + 1,
        "row_indices": entries,
        "values": entries,
        "cost": columns,
        "row_lower": rows,
        "row_upper": rows,
        "column_lower": columns,
        "column_upper": columns,
        "is_integer": columns,
    }
    if problem.start is not None:
        sizes["start"] = columns
    for name, size in sizes.items():
        if getattr(problem, name).shape != (size,):
            yield Fault(name, f"shape ({size},)", f"shape {getattr(problem, name).shape}")
    for name, size in (("row_names", rows), ("column_names", columns)):
        if len(getattr(problem, name)) not in (0, size):
            yield Fault(name, f"{size} names or none", f"{len(getattr(problem, name))} names")


def _matrix_faults(problem: Problem) -> Iterable[Fault]:
    """Yields what is wrong in the matrix."""
    starts, rows, values = problem.column_starts, problem.row_indices, problem.values
    if starts[0] != 0 or starts[-1] != values.size or (np.diff(starts) < 0).any():
        yield Fault("column_starts", f"from 0 to {values.size}, never falling", f"{starts[:3]}...{starts[-3:]}")
        return
    if rows.size and (rows.min() < 0 or rows.max() >= problem.rows):
        yield Fault("row_indices", f"0 to {problem.rows - 1}", f"{rows.min()} to {rows.max()}")
        return
    place = problem.column_of_entry * max(problem.rows, 1) + rows
    if not (np.diff(place) > 0).all():
        place = np.sort(place)
        for twice in np.unique(place[:-1][place[:-1] == place[1:]]):
            column, row = divmod(int(twice), problem.rows)
            where = f"row {problem.row_name(row)}, column {problem.column_name(column)}"
            yield Fault(where, "one matrix entry", "several")
    size = np.abs(values)
    wrong = ~np.isfinite(values) | (size >= LARGEST_COEFFICIENT) | ((size > 0.0) & (size <= SMALLEST_COEFFICIENT))
    for entry in np.flatnonzero(wrong):
        column, row = int(problem.column_of_entry[entry]), int(rows[entry])
        where = f"row {problem.row_name(row)}, column {problem.column_name(column)}"
        yield Fault(where, f"0 or {SMALLEST_COEFFICIENT:g} < |entry| < {LARGEST_COEFFICIENT:g}", f"{values[entry]}")


def _bound_faults(problem: Problem) -> Iterable[Fault]:
    """Yields what is wrong in costs, bounds and start."""
    for index in np.flatnonzero(~(np.abs(problem.cost) < LARGEST_BOUND)):
        where = f"cost of column {problem.column_name(int(index))}"
        yield Fault(where, f"|cost| < {LARGEST_BOUND:g}", f"{problem.cost[index]}")
    if not np.isfinite(problem.offset):
        yield Fault("offset", "a finite number", f"{problem.offset}")
    if problem.start is not None:
        for index in np.flatnonzero(np.isinf(problem.start)):
            yield Fault(f"start of column {problem.column_name(int(index))}", "a finite number or NaN", "infinity")
    kinds = (
        ("row", problem.row_lower, problem.row_upper, problem.row_name),
        ("column", problem.column_lower, problem.column_upper, problem.column_name),
    )
    for kind, lower, upper, name in kinds:
        large = (np.isfinite(lower) & (np.abs(lower) >= LARGEST_BOUND)) | (np.isfinite(upper) & (np.abs(upper) >= LARGEST_BOUND))
        wrong = ~(lower <= upper) | (lower == np.inf) | (upper == -np.inf) | large
        for index in np.flatnonzero(wrong):
            where = f"bounds of {kind} {name(int(index))}"
            expected = f"lower <= upper, each within {LARGEST_BOUND:g} or infinite outwards"
            yield Fault(where, expected, f"[{lower[index]}, {upper[index]}]")
