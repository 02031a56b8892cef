"""The split: which columns belong together, what they ask of the master, and that nothing is lost."""

import numpy as np
import pytest
from scipy.sparse import csc_matrix

from planner.methods.split import split_program
from planner.program.compile import Compiled
from planner.program.groups import Groups
from planner.solvers import Problem
from tests.methods.hand_world import split_of, two_regions
from tests.worlds import random_world, showcase, tiny


def test_regions_that_no_workload_joins_are_cells_of_their_own():
    """Apart they are two cells; one roaming workload makes them one."""
    apart, joined = split_of(two_regions(is_roaming=False)), split_of(two_regions(is_roaming=True))

    assert [len(cell.links) for cell in apart.cells] == [1, 1]
    assert [len(cell.links) for cell in joined.cells] == [2]


def test_the_hand_world_has_a_cell_a_slot_and_counts_nodes_of_two():
    """Four slots; each asks for whole nodes of two accelerators in one place."""
    split = split_of(Groups(tiny()))

    assert [cell.slot for cell in split.cells] == [("q1", "day"), ("q1", "night"), ("q2", "day"), ("q2", "night")]
    assert {(link.key, link.quantum) for link in split.links} == {(("cover", "2xT", "here"), 2.0)}


@pytest.mark.parametrize("make", [tiny, showcase, lambda: random_world(3), lambda: random_world(11)])
def test_every_column_and_row_stands_in_exactly_one_part(make):
    """Cells and master share the columns out; cells, links and master the rows; what is put together is the program again."""
    split = split_of(Groups(make()))
    problem = split.problem
    columns = np.concatenate([split.master_columns, *(cell.columns for cell in split.cells)])
    rows = len(split.master_rows) + len(split.links) + sum(len(cell.row_lower) for cell in split.cells)

    assert sorted(columns.tolist()) == list(range(problem.columns))
    assert rows == problem.rows


@pytest.mark.parametrize("seed", range(4))
def test_a_point_uses_of_each_link_what_its_row_says(seed):
    """For any values, a link's row is the cells' uses less what the master's columns give."""
    split = split_of(Groups(random_world(seed)))
    values = np.random.default_rng(seed).uniform(0, 3, split.problem.columns)
    at = split.problem.activity(np.where(np.isin(np.arange(split.problem.columns), split.master_columns), 0.0, values))
    used = dict.fromkeys((link.row for link in split.links), 0.0)
    for cell in split.cells:
        for link, use in zip(cell.links, cell.uses @ values[cell.columns], strict=True):
            used[link.row] += link.sign * float(use)

    assert used
    assert all(use == pytest.approx(at[row]) for row, use in used.items())


@pytest.mark.parametrize(("kw", "hall_kw", "nodes"), [(4.4, 66.0, 15), (1.088, 3.264, 3), (4.4, 65.9, 14), (4.4, 70.3, 15)])
def test_what_a_row_of_one_column_leaves_room_for_is_whole(kw, hall_kw, nodes):
    """66 / 4.4 is a little under 15 in floating point, and 15 x 4.4 <= 66."""
    split = split_program(in_a_hall(kw, hall_kw), [("q1", "day")])
    supply = {cell.links[0].key: cell.supply_max.tolist() for cell in split.cells}

    assert supply == {("cover", "near"): [nodes], ("cover", "far"): [512]} or supply == {("cover", "near"): [nodes, 512]}


def in_a_hall(kw: float, hall_kw: float) -> Compiled:
    """Returns 120 replicas on nodes of eight: near ones, which a hall has power for, or far ones at twice the price."""
    rows = ("demand[w,q1,day]", "cover[near,q1,day]", "cover[far,q1,day]", "power[hall,q1,day]")
    columns = (
        ("deploy", ("k", "o", "near", "q1", "day")), ("deploy", ("k", "o", "far", "q1", "day")),
        ("rent", ("near", "q1", "day")), ("rent", ("far", "q1", "day")),
    )  # fmt: skip
    matrix = csc_matrix(np.array([[1, 1, 0, 0], [1, 0, -8, 0], [0, 1, 0, -8], [0, 0, kw, 0]], dtype=float))
    problem = Problem(
        column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
        cost=np.array([0, 0, 10.0, 20.0]), row_lower=np.array([120, -np.inf, -np.inf, -np.inf]),
        row_upper=np.array([np.inf, 0, 0, hall_kw]), column_lower=np.zeros(4), column_upper=np.array([np.inf, np.inf, 512, 512]),
        is_integer=np.ones(4, dtype=bool), row_names=rows, column_names=tuple(f"{name}{index}" for name, index in columns),
    )  # fmt: skip
    return Compiled(problem, columns)
