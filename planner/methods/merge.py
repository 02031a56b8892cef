"""Traffic that replicas of several options carry alike, merged into one column: a smaller program with the same plans.

A pool's capacity rows sum_w a_wj s_wj <= b_j n_j, one for each option j, are *alike* where a_wj = beta_j rho_w: the options
differ in speed, not in what one workload takes beside another (as where a service's requests come from several regions). Their
traffic columns for one workload are alike where they have the same cost and the same entries in every other row. With
T_w = sum_j s_wj

    sum_w rho_w T_w <= sum_j (b_j / beta_j) n_j

stands for all of these rows. *Proof*: a point of the rows sums up to one of this row, at the same cost and the same in all other
rows. A point of this row gives s_wj = T_w share_j with share_j = (b_j / beta_j) n_j / sum, which keeps each of the rows, as
beta_j share_j sum_w rho_w T_w <= b_j n_j; all else sees only T_w. So both programs have one least cost, and both relaxations.

On the ladder's L at low volume 70,424 columns and 19,449 rows become 28,760 and 9,033.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix

from planner.methods.split import rows_of
from planner.program.compile import Compiled
from planner.solvers.problem import Booleans, Floats, Integers, Problem

DIGITS = 12
"""Significant digits to which ratios of loads are compared: what is lost is far under any engine's tolerance."""


@dataclass(frozen=True, eq=False)
class Row:
    """A capacity row: its number, the column whose count gives capacity, capacity of one, traffic columns and their loads."""

    row: int
    giver: int
    capacity: float
    traffic: tuple[int, ...]
    loads: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Merged:
    """A program with traffic merged, and the program it stands for."""

    compiled: Compiled
    original: Compiled
    kept: Integers
    """Columns of the original that are left, in order."""
    alike: tuple[tuple[Row, ...], ...]
    """Rows merged into the first of each group, the slowest option's; their traffic columns in one order."""

    def reduced(self, values: Floats) -> Floats:
        """Returns a point of the original as one of the merged program."""
        full = values.copy()
        for rows in self.alike:
            for row in rows[1:]:
                full[list(rows[0].traffic)] += values[list(row.traffic)]
        return full[self.kept]

    def restored(self, values: Floats) -> Floats:
        """Returns a point of the merged program as one of the original: traffic is shared out by capacity."""
        full = np.zeros(self.original.problem.columns)
        full[self.kept] = values
        for rows in self.alike:
            room = np.array([row.capacity / row.loads[0] * max(0.0, full[row.giver]) for row in rows])
            total = float(room.sum())
            if total > 0:
                whole = full[list(rows[0].traffic)]
                for row, share in zip(rows, (room / total).tolist(), strict=True):
                    full[list(row.traffic)] = share * whole
        return full


def merge(compiled: Compiled) -> Merged:
    """Returns a program with the traffic of alike rows merged; rows with the traffic of one workload stay as they are."""
    problem = compiled.problem
    alike = _alike(problem)
    kept, rows = np.ones(problem.columns, dtype=bool), np.ones(problem.rows, dtype=bool)
    for group in alike:
        for row in group[1:]:
            rows[row.row] = False
            kept[list(row.traffic)] = False
    if not alike:
        return Merged(compiled, compiled, np.arange(problem.columns), ())
    columns = np.flatnonzero(kept)
    smaller = _smaller(problem, alike, kept, rows)
    return Merged(Compiled(smaller, tuple(compiled.columns[j] for j in columns.tolist())), compiled, columns, tuple(alike))


def _alike(problem: Problem) -> list[tuple[Row, ...]]:
    """Returns groups of two capacity rows and more that are alike, those of slow options first.

    So a row's units are those of the most loaded: what an engine's tolerance leaves of it is no more in any of them.
    """
    by_row = rows_of(problem)
    by_column = by_row.tocsc()
    numbers: dict[tuple[float, bytes, bytes], int] = {}
    groups: dict[tuple[tuple[int, str], ...], list[Row]] = defaultdict(list)
    for r in np.flatnonzero(_of_one_giver(problem, by_row)).tolist():
        entries = slice(by_row.indptr[r], by_row.indptr[r + 1])
        columns, values = by_row.indices[entries], by_row.data[entries]
        giver = int(np.argmin(values))
        traffic = []
        for position in np.flatnonzero(values > 0).tolist():
            c = int(columns[position])
            own = slice(by_column.indptr[c], by_column.indptr[c + 1])
            others = by_column.indices[own] != r
            told = float(problem.cost[c]), by_column.indices[own][others].tobytes(), by_column.data[own][others].tobytes()
            traffic.append((numbers.setdefault(told, len(numbers)), c, float(values[position])))
        traffic.sort()
        first = traffic[0][2]
        key = tuple((number, f"{load / first:.{DIGITS}g}") for number, _, load in traffic)
        _, theirs, loads = zip(*traffic, strict=True)
        groups[key].append(Row(r, int(columns[giver]), -float(values[giver]), theirs, loads))
    return [tuple(sorted(group, key=lambda row: (-row.loads[0], row.row))) for group in groups.values() if len(group) > 1]


def _of_one_giver(problem: Problem, by_row: csr_matrix) -> Booleans:
    """Returns which capacity rows have the traffic of two columns or more within what one column gives."""
    row_of = np.repeat(np.arange(by_row.shape[0]), np.diff(by_row.indptr))
    givers = np.bincount(row_of[by_row.data < 0], minlength=by_row.shape[0])
    return np.asarray(capacity_rows(problem, by_row) & (np.diff(by_row.indptr) > 2) & (givers == 1))


def capacity_rows(problem: Problem, by_row: csr_matrix) -> Booleans:
    """Returns which rows say that traffic is within what some other columns give.

    That traffic is continuous, from 0 on without end, and stands in no other such row.
    """
    count, row_of = by_row.shape[0], np.repeat(np.arange(by_row.shape[0]), np.diff(by_row.indptr))
    is_plain = ~problem.is_integer & (problem.column_lower == 0) & np.isposinf(problem.column_upper)
    is_giving = by_row.data < 0
    of_column = by_row.indices
    wrong = np.where(is_giving, problem.column_lower[of_column] < 0, ~is_plain[of_column])
    found = np.isneginf(problem.row_lower) & (problem.row_upper == 0) & (np.bincount(row_of[is_giving], minlength=count) > 0)
    found &= (np.bincount(row_of[~is_giving], minlength=count) > 0) & (np.bincount(row_of[wrong], minlength=count) == 0)
    carried = ~is_giving & found[row_of]
    often = np.bincount(of_column[carried], minlength=by_row.shape[1]) > 1
    found &= np.bincount(row_of[carried & often[of_column]], minlength=count) == 0
    return np.asarray(found)


def _smaller(problem: Problem, alike: Sequence[Sequence[Row]], kept: Booleans, rows: Booleans) -> Problem:
    """Returns the program with each group's rows as one, over the first row's traffic and all that give capacity."""
    added = [(group[0].row, row.giver, -row.capacity * group[0].loads[0] / row.loads[0]) for group in alike for row in group[1:]]
    at, givers, values = (np.array(part) for part in zip(*added, strict=True))
    extra = coo_matrix((values, (at, givers)), shape=(problem.rows, problem.columns))
    return cut_down(problem, csr_matrix(rows_of(problem) + extra.tocsr()), kept, rows)


def cut_down(problem: Problem, by_row: csr_matrix, kept: Booleans, rows: Booleans) -> Problem:
    """Returns a problem with some of its columns and rows, and the entries of `by_row` there."""
    matrix = by_row[rows][:, kept].tocsc()
    matrix.sort_indices()
    return dataclasses.replace(
        problem, column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
        cost=problem.cost[kept], row_lower=problem.row_lower[rows], row_upper=problem.row_upper[rows],
        column_lower=problem.column_lower[kept], column_upper=problem.column_upper[kept], is_integer=problem.is_integer[kept],
        row_names=tuple(np.array(problem.row_names, dtype=object)[rows]) if problem.row_names else (),
        column_names=tuple(np.array(problem.column_names, dtype=object)[kept]) if problem.column_names else (), start=None,
    )  # fmt: skip
