"""The pool of ways: kept once, shared with parts of one shape, and as a pattern each serves its part."""

import numpy as np
import pytest

from planner.methods.oracle import Oracle, make_oracle
from planner.methods.way_pool import WayPool
from planner.program.groups import Groups
from tests.methods.hand_world import split_of, two_regions
from tests.methods.pooled_worlds import pool_of
from tests.methods.test_covering import two_sizes
from tests.worlds import random_world


def empty_pool(groups: Groups, is_by_engine: bool = False) -> tuple[WayPool, list[Oracle]]:
    """Returns the empty pool of a world."""
    oracles = [make_oracle(cell) for cell in split_of(groups).cells]
    return pool_of(oracles, is_by_engine), oracles


@pytest.mark.parametrize("is_by_engine", [False, True])
def test_a_way_is_kept_once(is_by_engine: bool) -> None:
    pool, _ = empty_pool(two_sizes(), is_by_engine)
    found, is_new = pool.price([(0, 0, np.array([1.0]))])

    assert is_new == [True]
    assert pool.price([(0, 0, np.array([1.0]))])[1] == [False]
    assert found[0].least == pytest.approx(4.0)
    assert found[0].way.uses @ [1.0] == pytest.approx(4.0)


def test_a_pool_is_whole_where_every_part_has_a_way() -> None:
    pool, _ = empty_pool(two_sizes())
    assert not pool.is_whole

    pool.price([(0, 0, np.array([1.0]))])
    assert pool.is_whole


def test_the_pattern_of_a_way_has_its_replicas_and_nodes() -> None:
    """20 requests/s take two replicas of two accelerators (11.2/s each), on two nodes of two."""
    pool, (oracle,) = empty_pool(two_sizes())
    pool.price([(0, 0, np.array([1.0]))])
    pattern = pool.pattern(0, [next(iter(pool.known[0][0].values()))])

    assert list(pattern.nodes.values()) == [2]
    assert sorted(pattern.values.tolist()) == [0.0, 2.0]
    rows = oracle.projected.matrix @ pattern.values
    assert np.all(rows >= oracle.projected.row_lower - 1e-9)


def test_traffic_away_is_written_and_paid() -> None:
    """Where only the other region's nodes are cheap the roaming workload's traffic goes there, and is paid."""
    pool, _ = empty_pool(two_regions(is_roaming=True, egress_usd=0.001))
    for cell, oracle in enumerate(pool.oracles):
        east = np.array([1e6 if "east" in key else 0.1 for key in oracle.keys])
        pool.price([(cell, w, east) for w in range(len(pool.parts[cell]))])
        ways = [min(known.values(), key=lambda way: way.usd + east @ way.uses) for known in pool.known[cell]]
        pattern = pool.pattern(cell, ways)

        assert pattern.cost == pytest.approx(6.0 * 3600 * 100 * 0.001)
        assert all(count == 0 for key, count in pattern.nodes.items() if "east" in key)


@pytest.mark.parametrize("seed", range(6))
def test_ways_passed_on_serve_the_part_that_gets_them(seed: int) -> None:
    """A way of one slot is kept for other slots of the same part only where it keeps their rows."""
    pool, _ = empty_pool(Groups(random_world(seed)), is_by_engine=True)
    pool.price([(0, w, np.ones(len(pool.oracles[0].cell.links))) for w in range(len(pool.parts[0]))])
    for mine, known in zip(pool.parts, pool.known, strict=True):
        for part, ways in zip(mine, known, strict=True):
            for way in ways.values():
                at = part.matrix @ way.values
                assert np.all(at >= part.row_lower - 1e-6)
                assert np.all(at <= part.row_upper + 1e-6)


def test_useful_columns_are_those_of_cheap_ways() -> None:
    """At 1 usd an accelerator two replicas of two are cheapest; a share of nothing keeps theirs alone."""
    pool, _ = empty_pool(two_sizes())
    pool.price([(0, 0, np.array([1.0]))])
    (way,) = pool.known[0][0].values()

    assert pool.useful(0, np.array([1.0]), 0.0).tolist() == (way.values > 0).tolist()
