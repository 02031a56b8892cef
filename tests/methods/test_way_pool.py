"""The pool of ways: kept once, and as a pattern each serves its demand with the replicas it is made of."""

import numpy as np
import pytest

from planner.methods.covering import covering
from planner.methods.oracle import Oracle, make_oracle
from planner.methods.way_pool import WayPool
from planner.program.groups import Groups
from tests.methods.hand_world import split_of, two_regions
from tests.methods.test_covering import two_sizes


def pool_of(groups: Groups) -> tuple[WayPool, list[Oracle]]:
    """Returns the empty pool of a world of covering cells."""
    oracles = [make_oracle(cell) for cell in split_of(groups).cells]
    found = [covering(oracle) for oracle in oracles]
    assert all(found)
    return WayPool(oracles, [one for one in found if one is not None]), oracles


def test_a_way_is_kept_once() -> None:
    pool, _ = pool_of(two_sizes())
    first, new = pool.price(0, np.array([1.0]))

    assert new == 1
    assert pool.price(0, np.array([1.0]))[1] == 0
    assert first[0] is not None
    assert first[0].cost == pytest.approx(4.0)


def test_the_pattern_of_a_way_has_its_replicas_and_nodes() -> None:
    """20 requests/s take two replicas of two accelerators (11.2/s each), on two nodes of two."""
    pool, (oracle,) = pool_of(two_sizes())
    pool.price(0, np.array([1.0]))
    pattern = pool.pattern(0, [next(iter(pool.known[0][0]))])

    assert list(pattern.nodes.values()) == [2]
    assert sorted(pattern.values.tolist()) == [0.0, 2.0]
    rows = oracle.projected.matrix @ pattern.values
    assert np.all(rows >= oracle.projected.row_lower - 1e-9)


def test_traffic_away_is_written_and_paid() -> None:
    """Where only the other region's nodes are cheap the roaming workload's traffic goes there, and is paid."""
    pool, _ = pool_of(two_regions(is_roaming=True, egress_usd=0.001))
    for cell, oracle in enumerate(pool.oracles):
        east = np.array([1e6 if "east" in key else 0.1 for key in oracle.keys])
        pool.price(cell, east)
        pattern = pool.pattern(cell, [next(iter(ways)) for ways in pool.known[cell]])

        assert pattern.cost == pytest.approx(6.0 * 3600 * 100 * 0.001)
        assert all(count == 0 for key, count in pattern.nodes.items() if "east" in key)
