"""What two programs do not have in common: parts that no row ties to the rest, alike in both, cancel out of a difference.

A region whose workloads may run nowhere else is a part of its own, as nothing that is shared (a budget, a quota) ties it to the
others. What is asked about it alone is then asked of a much smaller program, which is proved to a much smaller gap:

    z(after) - z(before) = z(after, parts that differ) - z(before, parts that differ)
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from planner.program.compile import Compiled
from planner.solvers.problem import Integers

Parts = Mapping[str, tuple[Integers, Integers]]
"""Rows and columns of each part, by the digest of its arrays and names."""


@dataclass(frozen=True, eq=False)
class Changed:
    """Two compiled programs without the parts that are alike in both."""

    before: Compiled
    after: Compiled


def changed(before: Compiled, after: Compiled) -> Changed:
    """Returns two programs without the parts that are alike in both, to the last digit and name."""
    found = [_parts(one) for one in (before, after)]
    common = set(found[0]) & set(found[1])
    if not common:
        return Changed(before, after)
    kept = [_joined([where for digest, where in parts.items() if digest not in common]) for parts in found]
    return Changed(*(_restricted(one, _matrix(one), *where) for one, where in zip((before, after), kept, strict=True)))


def _parts(compiled: Compiled) -> Parts:
    problem = compiled.problem
    matrix = _matrix(compiled)
    count, found_labels = connected_components(_graph(matrix), directed=False)
    label = found_labels.astype(np.int64)
    if count <= 1:
        return {problem.digest(): (np.arange(problem.rows), np.arange(problem.columns))}
    by_row, by_column = (_members(part, count) for part in (label[: problem.rows], label[problem.rows :]))
    found: dict[str, tuple[Integers, Integers]] = {}
    for rows, columns in zip(by_row, by_column, strict=True):
        digest = _restricted(compiled, matrix, rows, columns).problem.digest()
        known = found.get(digest)
        found[digest] = (rows, columns) if known is None else _joined([known, (rows, columns)])
    return found


def _graph(matrix: sparse.csc_matrix) -> sparse.coo_matrix:
    """Returns rows and columns as one graph: an edge from a row to each column that stands in it."""
    entries, size = matrix.tocoo(), sum(matrix.shape)
    return sparse.coo_matrix((np.ones(entries.nnz), (entries.row, matrix.shape[0] + entries.col)), shape=(size, size))


def _members(labels: Integers, count: int) -> list[Integers]:
    """Returns the positions that have each label, in order."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.searchsorted(labels[order], np.arange(1, count)))


def _joined(parts: list[tuple[Integers, Integers]]) -> tuple[Integers, Integers]:
    none = np.array([], dtype=np.int64)
    rows, columns = (np.sort(np.concatenate([none, *(part[axis] for part in parts)])) for axis in (0, 1))
    return rows, columns


def _matrix(compiled: Compiled) -> sparse.csc_matrix:
    problem = compiled.problem
    shape = (problem.rows, problem.columns)
    return sparse.csc_matrix((problem.values, problem.row_indices, problem.column_starts), shape=shape)


def _restricted(compiled: Compiled, matrix: sparse.csc_matrix, rows: Integers, columns: Integers) -> Compiled:
    """Returns a program with some rows and columns alone; the constant of the objective stays."""
    problem, part = compiled.problem, matrix[:, columns].tocsr()[rows].tocsc()
    part.sort_indices()
    made = dataclasses.replace(
        problem, column_starts=part.indptr.astype(np.int64), row_indices=part.indices.astype(np.int64), values=part.data,
        cost=problem.cost[columns], column_lower=problem.column_lower[columns], column_upper=problem.column_upper[columns],
        is_integer=problem.is_integer[columns], row_lower=problem.row_lower[rows], row_upper=problem.row_upper[rows],
        row_names=tuple(problem.row_names[i] for i in rows), column_names=tuple(problem.column_names[j] for j in columns),
        start=None,
    )  # fmt: skip
    return Compiled(made, tuple(compiled.columns[j] for j in columns))
