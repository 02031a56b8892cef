"""Projection: fewer columns, the same optimum, and the traffic comes back."""

import dataclasses

import numpy as np
import pytest
from scipy.sparse import csc_matrix, csr_matrix

from planner.methods.project import project
from planner.methods.split import Cell
from planner.program.groups import Groups
from planner.solvers import Problem, Settings, solve_here
from tests.methods.hand_world import split_of, two_regions
from tests.worlds import random_world


def problem_of(
    matrix: csc_matrix, cell: Cell, kept: np.ndarray, cost: np.ndarray, lower: np.ndarray, upper: np.ndarray
) -> Problem:
    """Returns a cell's rows over some columns as a problem."""
    matrix.sort_indices()
    return Problem(
        column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
        cost=cost[kept], row_lower=lower, row_upper=upper, column_lower=cell.lower[kept],
        column_upper=np.minimum(cell.upper[kept], 1e6),
        is_integer=cell.is_integer[kept],
    )  # fmt: skip


def test_free_traffic_columns_go_and_priced_ones_stay():
    """At no egress all three routes go; at a price the one that pays stays."""
    (free,) = split_of(two_regions(is_roaming=True)).cells
    (priced,) = split_of(two_regions(is_roaming=True, egress_usd=0.01)).cells

    assert len(free.columns) - len(project(free).kept) == 3
    assert len(priced.columns) - len(project(priced).kept) == 2


@pytest.mark.parametrize("seed", range(10))
def test_projected_cells_have_the_optimum_of_the_whole_ones(seed):
    """Least accelerators of every cell, with and without its traffic columns; the point given back keeps the cell's rows."""
    for cell in split_of(Groups(random_world(seed))).cells:
        cost = cell.cost + np.asarray(cell.uses.sum(axis=0)).ravel()
        small = project(cell)
        ask = Settings(relative_gap=1e-9, log=False)
        every = np.arange(len(cell.columns))
        whole = solve_here(problem_of(cell.matrix.tocsc(), cell, every, cost, cell.row_lower, cell.row_upper), ask)
        part = solve_here(problem_of(small.matrix.copy(), cell, small.kept, cost, small.row_lower, small.row_upper), ask)
        full = small.restore(np.where(cell.is_integer[small.kept], np.rint(part.values), part.values))
        at = cell.matrix @ full

        assert part.objective == pytest.approx(whole.objective, rel=1e-6)
        assert cost @ full <= part.objective * (1 + 1e-6) + 1e-6
        assert np.all(at >= cell.row_lower - 1e-6)
        assert np.all(at <= cell.row_upper + 1e-6)


def test_a_row_with_a_column_that_may_not_shrink_is_left_alone():
    """Traffic with a price below zero wants to be large: its demand row stays an equality."""
    (cell,) = split_of(two_regions(is_roaming=True)).cells
    odd = dataclasses.replace(cell, cost=np.where(cell.is_integer, 0.0, -1.0))

    assert len(project(odd).kept) == len(odd.columns)


def test_a_column_that_helps_one_row_comes_back_as_small_as_that_needs():
    """2 n + a >= 7 with three replicas: one unit is enough, of five; without replicas all seven are needed."""
    cell = Cell(
        ("q1", "day"), np.arange(2), csr_matrix([[2.0, 1.0]]), np.array([7.0]), np.array([np.inf]), np.array([0.0, 0.5]),
        np.zeros(2), np.array([np.inf, 7.0]), np.array([True, False]), (), csr_matrix((0, 2)), np.zeros(0),
    )  # fmt: skip
    small = project(cell)

    assert small.spare.tolist() == [1]
    assert small.restore(np.array([3.0, 5.0])).tolist() == [3.0, 1.0]
    assert small.restore(np.array([0.0, 7.0])).tolist() == [0.0, 7.0]
    assert small.restore(np.array([4.0, 7.0])).tolist() == [4.0, 0.0]


def test_a_column_that_cannot_be_all_that_its_row_asks_is_none_to_spare():
    """Nor one beside a column that asks for more of it: bounds of both count where cells are compared."""
    sides = np.array([7.0]), np.array([np.inf]), np.array([0.0, 0.5]), np.zeros(2)
    links = (), csr_matrix((0, 2)), np.zeros(0)
    for entry, most in ((2.0, 6.0), (-2.0, 7.0)):
        upper, whole = np.array([np.inf, most]), np.array([True, False])
        cell = Cell(("q1", "day"), np.arange(2), csr_matrix([[entry, 1.0]]), *sides, upper, whole, *links)

        assert not len(project(cell).spare)
