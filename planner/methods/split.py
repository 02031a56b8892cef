"""The program cut into cells: what is left of it in one slot once nodes and contracts are taken out.

Read off the compiled arrays, so that every family takes part without a line of its own here. A column whose index ends in a
slot belongs to that slot, except the rents: they supply nodes, like every column without a slot, and stay with the master. A row
over columns of one slot alone is that slot's. Every other row with columns of a slot in it is a *link*: the cell's part of it is
a number that it has to settle with the master. Columns that share a slot's row, or a link counted in whole nodes, are one cell.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, hstack
from scipy.sparse.csgraph import connected_components

from planner.program.compile import Compiled
from planner.program.groups import Slot
from planner.solvers.problem import Booleans, Floats, Integers, Problem

SUPPLYING = frozenset({"rent"})
"""Columns of a slot that stay with the master: whole nodes."""
WHOLE = frozenset({"hold"})
"""Continuous columns that are whole wherever the orders are (family `commitment`)."""
WHOLE_ROOM = 1e-6
"""A bound of a whole column that is so little under a whole number is that number: rows are kept to this tolerance."""


@dataclass(frozen=True)
class Link:
    """A row that cells share with the master, turned so that a cell's part is what it uses.

    `quantum` > 0: the master supplies whole multiples of it (accelerators of a node), so a cell's part counts as a whole
    number of them. 0: a continuous amount.
    """

    row: int
    key: tuple[str, ...]
    """Family and index without the slot: the same in every slot."""
    sign: float
    quantum: float
    is_equality: bool


@dataclass(frozen=True, eq=False)
class Cell:
    """One independent part of one slot: min cost @ x over its own rows and bounds; `uses` @ x is what it asks of each link."""

    slot: Slot
    columns: Integers
    """Positions in the program."""
    matrix: csr_matrix
    row_lower: Floats
    row_upper: Floats
    cost: Floats
    lower: Floats
    upper: Floats
    is_integer: Booleans
    links: tuple[Link, ...]
    uses: csr_matrix
    supply_max: Floats
    """The most that the master can supply of each link, in quanta (infinite for continuous links)."""

    @property
    def node_links(self) -> list[int]:
        """Positions of the links counted in whole quanta."""
        return [k for k, link in enumerate(self.links) if link.quantum > 0]

    @property
    def amount_links(self) -> list[int]:
        """Positions of the continuous links."""
        return [k for k, link in enumerate(self.links) if link.quantum == 0]


@dataclass(frozen=True, eq=False)
class Split:
    """A program as cells, links and the master's own columns and rows."""

    problem: Problem
    names: tuple[str, ...]
    """Variable of each column."""
    cells: tuple[Cell, ...]
    master_columns: Integers
    master_rows: Integers
    links: tuple[Link, ...]
    upper: Floats
    """Column bounds, tightened by rows of one column."""
    is_simple: Booleans
    """Supplying columns that stand in node links alone, whole there: they may be continuous, the cheapest are filled first."""


def split_program(compiled: Compiled, slots: Sequence[Slot]) -> Split:
    """Returns the cells and links of a compiled program."""
    problem, names = compiled.problem, tuple(name for name, _ in compiled.columns)
    number = {slot: i for i, slot in enumerate(slots)}
    ends = [("",) * 2 if name in SUPPLYING or len(index) < 2 else (index[-2], index[-1]) for name, index in compiled.columns]
    found = [number.get(end, -1) for end in ends]
    slot_of, matrix = np.array(found, dtype=np.int64), rows_of(problem)
    first, last = _slot_range(matrix, slot_of)
    inner = (first == last) & (first >= 0)
    linking = (last >= 0) & ~inner
    are_whole = problem.is_integer | np.array([name in WHOLE for name in names], dtype=bool)
    upper = _tightened(problem, matrix, are_whole)
    links = {int(row): _link(problem, matrix, int(row), names, slot_of, slots) for row in np.flatnonzero(linking)}
    tying = inner.copy()
    tying[[row for row, link in links.items() if link.quantum > 0]] = True
    cells = [
        _cell(problem, matrix, rows[inner[rows]], columns, slots[int(slot_of[columns[0]])], links, upper, slot_of)
        for rows, columns in _parts(matrix, np.flatnonzero(tying), np.flatnonzero(slot_of >= 0))
    ]
    master_columns, master_rows = np.flatnonzero(slot_of < 0), np.flatnonzero(last < 0)
    simple = _simple(matrix, names, links)
    return Split(problem, names, tuple(cells), master_columns, master_rows, tuple(links.values()), upper, simple)


def _simple(matrix: csr_matrix, names: Sequence[str], links: dict[int, Link]) -> Booleans:
    """Returns which supplying columns stand in one link counted in nodes, and else only in rows of their own."""
    entries = np.diff(matrix.indptr)
    in_nodes = np.zeros(matrix.shape[0], dtype=bool)
    in_nodes[[row for row, link in links.items() if link.quantum > 0]] = True
    by_column = matrix.tocsc()
    row_of = by_column.indices
    other = (entries[row_of] > 1) & ~in_nodes[row_of]
    column_of = np.repeat(np.arange(matrix.shape[1]), np.diff(by_column.indptr))
    others = np.bincount(column_of[other], minlength=matrix.shape[1])
    linked = np.bincount(column_of[in_nodes[row_of]], minlength=matrix.shape[1])
    supplying = np.array([name in SUPPLYING for name in names], dtype=bool)
    return np.asarray(supplying & (others == 0) & (linked == 1))


def with_columns(problem: Problem, added: csc_matrix, cost: Floats, lower: Floats, upper: Floats) -> Problem:
    """Returns a problem, unnamed, with continuous columns behind its own; `added`: (rows, columns added)."""
    matrix = csc_matrix(hstack([rows_of(problem), added], format="csc"))
    matrix.sort_indices()
    return Problem(
        column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
        cost=np.concatenate([problem.cost, cost]), row_lower=problem.row_lower, row_upper=problem.row_upper,
        column_lower=np.concatenate([problem.column_lower, lower]), column_upper=np.concatenate([problem.column_upper, upper]),
        is_integer=np.concatenate([problem.is_integer, np.zeros(len(cost), dtype=bool)]), offset=problem.offset,
    )  # fmt: skip


def rows_of(problem: Problem) -> csr_matrix:
    """Returns a problem's matrix by rows."""
    shape = (problem.rows, problem.columns)
    return csc_matrix((problem.values, problem.row_indices, problem.column_starts), shape=shape).tocsr()


def _slot_range(matrix: csr_matrix, slot_of: Integers) -> tuple[Integers, Integers]:
    """Returns the smallest and largest slot number in each row (-1: the master's); -1, -1 for a row without entries."""
    first = np.full(matrix.shape[0], -1, dtype=np.int64)
    last = first.copy()
    filled = np.flatnonzero(np.diff(matrix.indptr) > 0)
    if filled.size:
        found = slot_of[matrix.indices]
        starts = matrix.indptr[:-1][filled]
        first[filled] = np.minimum.reduceat(found, starts)
        last[filled] = np.maximum.reduceat(found, starts)
    return first, last


def _tightened(problem: Problem, matrix: csr_matrix, are_whole: Booleans) -> Floats:
    """Returns the upper bounds of columns, with those that rows of one column set; whole ones for whole columns.

    Counts are taken from these bounds, and 66 / 4.4 is a little less than the 15 that keep 4.4 x <= 66.
    """
    upper = problem.column_upper.copy()
    alone = np.flatnonzero(np.diff(matrix.indptr) == 1)
    columns, values = matrix.indices[matrix.indptr[alone]], matrix.data[matrix.indptr[alone]]
    side = np.where(values > 0, problem.row_upper[alone], problem.row_lower[alone]) / values
    np.minimum.at(upper, columns, np.where(np.isfinite(side), side, np.inf))
    return np.asarray(np.where(are_whole, np.floor(upper + WHOLE_ROOM), upper))


def _link(problem: Problem, matrix: csr_matrix, row: int, names: Sequence[str], slot_of: Integers, slots: Sequence[Slot]) -> Link:
    """Returns what a row asks of the cells: its sign (a part that grows uses more) and its quantum."""
    entries = slice(matrix.indptr[row], matrix.indptr[row + 1])
    columns, values = matrix.indices[entries], matrix.data[entries]
    is_equality = bool(problem.row_lower[row] == problem.row_upper[row])
    sign = 1.0 if np.isfinite(problem.row_upper[row]) else -1.0
    side = sign * (problem.row_upper[row] if sign > 0 else problem.row_lower[row])
    theirs = columns[slot_of[columns] < 0]
    given = -sign * values[slot_of[columns] < 0]
    is_whole = all(problem.is_integer[j] or names[j] in WHOLE for j in theirs)
    quantum = float(given[0]) if given.size and is_whole and given[0] > 0 and np.all(given == given[0]) else 0.0
    own = values[slot_of[columns] >= 0]
    if is_equality or not np.all(sign * own > 0) or (quantum > 0 and side % quantum != 0) or np.unique(slot_of[columns]).size > 2:
        quantum = 0.0
    family, _, rest = problem.row_names[row].partition("[")
    index = tuple(rest.rstrip("]").split(","))
    here = next((tuple(slots[s]) for s in slot_of[columns] if s >= 0), ())
    return Link(row, (family, *(index[:-2] if index[-2:] == here else index)), sign, quantum, is_equality)


def _parts(matrix: csr_matrix, rows: Integers, columns: Integers) -> list[tuple[Integers, Integers]]:
    """Returns (rows, columns) of every connected part, in the order of their first columns; slots never meet in a row."""
    within = matrix[rows][:, columns]
    indptr = np.concatenate([within.indptr, np.full(len(columns), within.nnz)])
    size = len(rows) + len(columns)
    graph = csr_matrix((np.ones(within.nnz), within.indices + len(rows), indptr), shape=(size, size))
    count, labels = connected_components(graph, directed=False)
    row_label, column_label = labels[: len(rows)], labels[len(rows) :]
    order = {label: position for position, label in reversed(list(enumerate(column_label.tolist())))}
    row_order, column_order = np.argsort(row_label, kind="stable"), np.argsort(column_label, kind="stable")
    row_cuts = np.searchsorted(row_label[row_order], np.arange(count + 1))
    column_cuts = np.searchsorted(column_label[column_order], np.arange(count + 1))
    parts = []
    for label in sorted(order, key=order.__getitem__):
        mine = rows[row_order[row_cuts[label] : row_cuts[label + 1]]]
        parts.append((mine, columns[column_order[column_cuts[label] : column_cuts[label + 1]]]))
    return parts


def _cell(
    problem: Problem, matrix: csr_matrix, rows: Integers, columns: Integers, slot: Slot, links: dict[int, Link],
    upper: Floats, slot_of: Integers,
) -> Cell:  # fmt: skip
    """Returns the cell of some rows and columns, with its part of the links."""
    touched = _columns_of(problem, columns, matrix.shape[0]).tocsr()
    counts = np.diff(touched.indptr)
    mine = [links[int(row)] for row in np.flatnonzero(counts) if int(row) in links]
    uses = csr_matrix(touched[[link.row for link in mine]]) if mine else csr_matrix((0, len(columns)))
    if mine:
        uses = csr_matrix(uses.multiply(np.array([[link.sign] for link in mine])))
    return Cell(
        slot, columns, csr_matrix(matrix[rows][:, columns]), problem.row_lower[rows], problem.row_upper[rows],
        problem.cost[columns], problem.column_lower[columns], problem.column_upper[columns], problem.is_integer[columns],
        tuple(mine), uses,
        np.array([_supply_max(problem, matrix, link, upper, slot_of) for link in mine]),
    )  # fmt: skip


def _columns_of(problem: Problem, columns: Integers, rows: int) -> csc_matrix:
    """Returns the program's matrix, some columns only."""
    starts, ends = problem.column_starts[columns], problem.column_starts[columns + 1]
    take = np.concatenate([np.zeros(0, dtype=np.int64), *(np.arange(a, b) for a, b in zip(starts, ends, strict=True))])
    indptr = np.concatenate([[0], np.cumsum(ends - starts)])
    return csc_matrix((problem.values[take], problem.row_indices[take], indptr), shape=(rows, len(columns)))


def _supply_max(problem: Problem, matrix: csr_matrix, link: Link, upper: Floats, slot_of: Integers) -> float:
    """Returns the most quanta that the master can give to a link; infinite for a continuous link."""
    if link.quantum == 0:
        return float("inf")
    entries = slice(matrix.indptr[link.row], matrix.indptr[link.row + 1])
    theirs = matrix.indices[entries][slot_of[matrix.indices[entries]] < 0]
    side = problem.row_upper[link.row] if link.sign > 0 else -problem.row_lower[link.row]
    return float(upper[theirs].sum() + side / link.quantum)
