"""The split: which columns belong together, what they ask of the master, and that nothing is lost."""

import numpy as np
import pytest

from planner.program.groups import Groups
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
