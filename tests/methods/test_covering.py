"""Covering cells: which cells are made of independent demands, and what each can have on one kind of node."""

import numpy as np
import pytest

from planner.methods.covering import covering
from planner.methods.oracle import make_oracle
from planner.program.groups import Groups
from tests.methods.hand_world import split_of, two_regions
from tests.worlds import offer_row, option_row, price_rows, rate_row, world


def two_sizes() -> Groups:
    """Returns one workload of 20 requests/s on nodes of two: options of 1 accelerator (5/s) and of 2 (14/s), at most 0.8 busy."""
    return Groups(
        world(
            [option_row("small", "2xT", 1), option_row("large", "2xT", 2)],
            [rate_row("chat", "small", 5.0), rate_row("chat", "large", 14.0)],
            [offer_row("od", "2xT", 2)], price_rows("od", ["q1"], 4.0), {("chat", "q1", "day"): 20.0}, {("q1", "day"): 100.0},
        )
    )  # fmt: skip


def test_a_staircase_has_the_largest_capacity_of_every_size():
    """1: 4/s; 2: 11.2/s by one large; 3: 15.2/s by both; 4: 22.4/s by two large, which covers 20/s and ends it."""
    (cell,) = split_of(two_sizes()).cells
    found = covering(make_oracle(cell))
    assert found is not None
    (demand,) = found.demands
    (stair,) = demand.stairs

    assert demand.wanted == 20.0
    assert stair.taken.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert stair.capacity == pytest.approx([4.0, 11.2, 15.2, 22.4])


def test_traffic_away_from_home_has_a_staircase_of_its_own_price():
    """The roaming workload's two regions are two staircases, the free one first."""
    (cell,) = split_of(two_regions(is_roaming=True, egress_usd=0.01)).cells
    found = covering(make_oracle(cell))
    assert found is not None
    prices = [[stair.usd_per_unit for stair in demand.stairs] for demand in found.demands]

    assert sorted(map(len, prices)) == [1, 2]
    assert next(p for p in prices if len(p) == 2) == pytest.approx([0.0, 0.01 * 3600 * 100])


def test_a_cell_with_another_row_is_no_covering():
    """A minimum of replicas ties a demand's replicas beyond covering it."""
    groups = two_sizes()
    groups.replicas_min["chat"] = 2
    (cell,) = split_of(groups).cells

    assert covering(make_oracle(cell)) is None
    assert np.isfinite(cell.row_lower).any()
