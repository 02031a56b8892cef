"""Dominance: what is dropped is never needed, by hand and by a check of the proof's premises on random point sets."""

import math

import numpy as np
import pytest

from planner.options.dominance import undominated
from planner.options.rates import Point
from tests.options.points import NAN, place, point


def names(points: list[Point]) -> set[str]:
    """Returns the options of points."""
    return {one.option for one in points}


def test_two_small_replicas_that_do_as_much_replace_a_large_one():
    small, large = place("small", 1), place("large", 2)
    kept, dropped = undominated([point("w", small, 5.0), point("w", large, 10.0)], {"w": "w"})

    assert names(kept) == {"small/b8"}
    assert [(d.option, d.better, d.replicas) for d in dropped] == [("large/b8", "small/b8", 2)]


def test_a_large_replica_that_does_more_than_its_parts_stays():
    kept, dropped = undominated([point("w", place("small", 1), 5.0), point("w", place("large", 2), 10.1)], {"w": "w"})

    assert names(kept) == {"small/b8", "large/b8"}
    assert dropped == []


def test_a_small_replica_is_never_beaten_by_a_large_one():
    """A large replica may do far more an accelerator, but half of one cannot be deployed."""
    kept, _ = undominated([point("w", place("small", 1), 1.0), point("w", place("large", 8), 800.0)], {"w": "w"})

    assert len(kept) == 2


def test_sizes_that_do_not_divide_are_not_compared():
    kept, _ = undominated([point("w", place("two", 2), 100.0), point("w", place("three", 3), 1.0)], {"w": "w"})

    assert len(kept) == 2


def test_reach_matters():
    """A slower point that may serve users further away stays; one without limit reaches all."""
    near, far = point("w", place("a"), 9.0, network_ms_max=25.0), point("w", place("b"), 5.0, network_ms_max=100.0)

    assert len(undominated([near, far], {"w": "w"})[0]) == 2
    anywhere = point("w", place("c"), 9.0, network_ms_max=NAN)
    assert names(undominated([near, far, anywhere], {"w": "w"})[0]) == {"c/b8"}


def test_every_workload_of_the_pool_must_be_served_as_well():
    both, one = place("both"), place("one")
    points = [point("v", both, 3.0), point("w", both, 3.0), point("w", one, 9.0)]

    assert names(undominated(points, {"v": "k", "w": "k"})[0]) == {"both/b8", "one/b8"}
    better = [*points, point("v", one, 3.0)]
    assert names(undominated(better, {"v": "k", "w": "k"})[0]) == {"one/b8"}


def test_node_types_and_pools_are_never_compared():
    points = [point("w", place("a"), 1.0), point("w", place("b", node_type="8xU"), 9.0), point("v", place("a"), 9.0)]

    assert len(undominated(points, {"v": "v", "w": "w"})[0]) == 3


def test_where_options_are_counted_one_is_dropped_for_all_pools_or_for_none():
    """`slow` is beaten in both pools, `odd` only in one: there it stays for the other's sake."""
    fast, slow, odd = place("fast"), place("slow"), place("odd")
    points = [point(w, p, rate) for w, rates in (("v", (5.0, 4.0, 9.0)), ("w", (5.0, 4.0, 3.0)))
              for p, rate in zip((fast, slow, odd), rates, strict=True)]  # fmt: skip
    pools = {"v": "v", "w": "w"}
    free, counted = ({(p.workload, p.option) for p in undominated(points, pools, False, apart)[0]} for apart in (False, True))

    assert free == {("v", "odd/b8"), ("w", "fast/b8")}
    assert counted == {("v", "odd/b8"), ("w", "fast/b8"), ("w", "odd/b8"), ("v", "fast/b8")}


def test_a_replica_over_nodes_never_replaces_one_inside_a_node():
    inside, over = place("inside", 8), place("over", 8, nodes_per_replica=2)
    kept, _ = undominated([point("w", inside, 1.0), point("w", over, 9.0)], {"w": "w"})

    assert len(kept) == 2


def test_a_replica_inside_a_node_replaces_one_over_nodes():
    kept, dropped = undominated(
        [point("w", place("inside", 8), 5.0), point("w", place("over", 16, nodes_per_replica=2), 9.0)], {"w": "w"}
    )

    assert names(kept) == {"inside/b8"}
    assert dropped[0].replicas == 2


def test_where_a_family_tells_models_apart_only_points_of_one_variant_are_compared():
    fast, slow = point("w", place("fast@fp8"), 10.0), point("w", place("slow@fp8"), 5.0)

    assert names(undominated([fast, slow], {"w": "w"})[0]) == {fast.option}
    assert names(undominated([fast, slow], {"w": "w"}, has_models_apart=True)[0]) == {fast.option, slow.option}


def test_equal_points_leave_one():
    kept, dropped = undominated([point("w", place(name), 5.0) for name in "abc"], {"w": "w"})

    assert (len(kept), len(dropped)) == (1, 2)


def random_points(seed: int) -> tuple[list[Point], dict[str, str]]:
    """Returns random points of up to three workloads in pools; rates and reaches from few values, so that ties are common."""
    rng = np.random.default_rng(seed)
    workloads = ["u", "v", "w"][: rng.integers(1, 4)]
    pool_of = {w: ("k" if rng.random() < 0.6 else w) for w in workloads}
    points = []
    for number in range(rng.integers(2, 12)):
        gpus = int(rng.choice([1, 2, 3, 4, 8, 16]))
        where = place(f"p{number}", gpus, str(rng.choice(["8xT", "8xU"])), max(1, gpus // 8))
        points += [
            point(w, where, float(gpus * rng.integers(1, 4)), network_ms_max=float(rng.choice([25.0, 50.0, NAN])))
            for w in workloads if rng.random() < 0.8
        ]  # fmt: skip
    return points, pool_of


Groups = dict[tuple[str, str, str], dict[str, Point]]
"""Points by workload, by (pool, node type, option)."""


def grouped(points: list[Point], pool_of: dict[str, str]) -> Groups:
    """Returns the points of each option of a pool on a node type."""
    groups: Groups = {}
    for one in points:
        groups.setdefault((pool_of[one.workload], one.place.node_type, one.option), {})[one.workload] = one
    return groups


@pytest.mark.parametrize("seed", range(60))
def test_the_premises_of_the_proof_hold_for_every_dropped_point(seed):
    """For each dropped option there is one that is kept: m whole replicas on the same accelerators do at least as much."""
    points, pool_of = random_points(seed)
    groups, alive = grouped(points, pool_of), grouped(undominated(points, pool_of)[0], pool_of)

    assert alive.keys() <= groups.keys()
    for key, worse in groups.items():
        if key in alive:
            assert alive[key] == worse, "an option is kept whole"
        else:
            assert any(replaces(better, worse) for other, better in alive.items() if other[:2] == key[:2])


@pytest.mark.parametrize("seed", range(60))
def test_nothing_is_kept_that_another_kept_option_replaces(seed):
    points, pool_of = random_points(seed)
    alive = grouped(undominated(points, pool_of)[0], pool_of)

    for key, worse in alive.items():
        assert not [o for o, better in alive.items() if o != key and o[:2] == key[:2] and replaces(better, worse)]


def test_every_dropped_option_is_told_with_a_better_one_that_is_kept():
    for seed in range(60):
        points, pool_of = random_points(seed)
        kept, dropped = undominated(points, pool_of)
        alive = grouped(kept, pool_of)
        told = {(d.pool, d.option) for d in dropped}

        assert told == {(pool, option) for pool, _, option in grouped(points, pool_of).keys() - alive.keys()}
        assert {(d.pool, d.better) for d in dropped} <= {(pool, option) for pool, _, option in alive}


def replaces(better: dict[str, Point], worse: dict[str, Point]) -> bool:
    """States the premises of the proof again: size, fabric, rate and reach for every workload."""
    some, other = next(iter(better.values())).place, next(iter(worse.values())).place
    replicas, rest = divmod(other.layout.gpus, some.layout.gpus)
    if rest or replicas == 0 or (some.nodes_per_replica > 1 and other.nodes_per_replica == 1):
        return False
    return all(
        name in better and replicas * better[name].requests_per_s >= one.requests_per_s and reach(better[name]) >= reach(one)
        for name, one in worse.items()
    )


def reach(one: Point) -> float:
    """Returns the longest network time that a point allows; no limit is infinity."""
    return math.inf if math.isnan(one.network_ms_max) else one.network_ms_max


def test_where_starts_are_priced_only_replicas_of_one_size_are_compared():
    """Two replicas of one accelerator start where one of two did: at a price each that is no better."""
    points = [point("w", place("small", 1), 5.0), point("w", place("large", 2), 10.0), point("w", place("slow", 2), 9.0)]

    assert names(undominated(points, {"w": "w"})[0]) == {"small/b8"}
    kept, dropped = undominated(points, {"w": "w"}, has_starts_priced=True)
    assert names(kept) == {"small/b8", "large/b8"}
    assert [(one.option, one.better, one.replicas) for one in dropped] == [("slow/b8", "large/b8", 1)]


def test_where_starts_are_priced_and_options_counted_one_of_another_size_drops_none():
    """`tall` is beaten by `low` in both pools, at twice the replicas; by `wide`, of its size, in one."""
    low, tall, wide = place("low", 1), place("tall", 2), place("wide", 2)
    points = [point(w, p, rate) for w, rates in (("v", (9.0, 10.0, 11.0)), ("w", (9.0, 10.0, 9.5)))
              for p, rate in zip((low, tall, wide), rates, strict=True)]  # fmt: skip
    pools = {"v": "v", "w": "w"}

    assert {p.option for p in undominated(points, pools, False, True)[0]} == {"low/b8"}
    priced = {(p.workload, p.option) for p in undominated(points, pools, False, True, has_starts_priced=True)[0]}
    assert {("v", "tall/b8"), ("w", "tall/b8")} <= priced


def test_where_starts_are_priced_an_option_is_dropped_for_all_pools_or_for_none():
    """Replicas pass from pool to pool for nothing: what is worse for one pool may be what another needs next."""
    one, other = place("one"), place("other")
    points = [point("v", one, 5.0), point("v", other, 6.0), point("w", one, 5.0), point("w", other, 3.0)]
    pools = {"v": "v", "w": "w"}

    free, dear = ({(p.workload, p.option) for p in undominated(points, pools, has_starts_priced=is_priced)[0]}
                  for is_priced in (False, True))  # fmt: skip
    assert free == {("v", "other/b8"), ("w", "one/b8")}
    assert dear == {("v", "one/b8"), ("v", "other/b8"), ("w", "one/b8"), ("w", "other/b8")}
