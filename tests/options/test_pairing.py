"""Which pairs are kept: never across roles, never without their partners, at most so many."""

from dataclasses import replace

import pandas as pd

from planner.options.pairing import PAIRS_MAX, Pair, needed_pairs, pair_table, role_points
from tests.options.points import place, point

PATHS = pd.DataFrame({"workload": ["w", "w"], "region": ["near", "far"], "network_ms": [10.0, 60.0], "is_allowed": True})


def one(role: str, name: str, gpus: int, rate: float):
    """Returns a point of a role, all of one variant."""
    where = place(name, gpus, role=role)
    where.variant.name = "v"
    return replace(point("w", where, rate), load_share=1.0)


def pair(prefill, decode, reach_ms: float = 100.0, ttft_ms: float = 200.0) -> Pair:
    """Returns a pair."""
    return Pair(prefill, decode, ttft_ms, 5000.0, 5.0, 0.3, reach_ms)


def kept(*pairs: Pair, **more) -> set[tuple[str, str]]:
    """Returns the names of the places of the pairs kept."""
    return {(p.prefill.place.name, p.decode.place.name) for p in needed_pairs(pairs, {"w": "w"}, PATHS, **more)[0]}


def test_roles_are_never_compared_with_each_other():
    """The decode point does far more on as many accelerators; it still needs its prompts."""
    assert kept(pair(one("prefill", "p", 1, 1.0), one("decode", "d", 1, 90.0))) == {("p", "d")}


def test_a_better_point_of_the_same_role_with_all_partners_is_enough():
    p, d, slow = one("prefill", "p", 1, 4.0), one("decode", "d", 1, 4.0), one("decode", "slow", 1, 2.0)
    _, dropped = needed_pairs([pair(p, d), pair(p, slow)], {"w": "w"}, PATHS)

    assert kept(pair(p, d), pair(p, slow)) == {("p", "d")}
    assert [(x.option, x.better, x.replicas) for x in dropped] == [("slow/b8", "d/b8", 1)]


def test_a_point_with_a_partner_of_its_own_or_a_longer_reach_stays():
    p, other = one("prefill", "p", 1, 4.0), one("prefill", "other", 2, 9.0)
    d, slow = one("decode", "d", 1, 4.0), one("decode", "slow", 1, 2.0)

    assert kept(pair(p, d), pair(p, slow), pair(other, slow)) == {("p", "d"), ("p", "slow"), ("other", "slow")}
    assert kept(pair(p, d, 30.0), pair(p, slow, 50.0)) == {("p", "d"), ("p", "slow")}
    assert kept(pair(p, d, 60.0), pair(p, slow, 5000.0)) == {("p", "d")}, "nobody is farther than 60 ms"


def test_where_options_are_counted_none_is_dropped():
    p, d, slow = one("prefill", "p", 1, 4.0), one("decode", "d", 1, 4.0), one("decode", "slow", 1, 2.0)

    assert len(kept(pair(p, d), pair(p, slow), has_options_apart=True)) == 2


def test_of_many_pairs_those_with_the_fewest_accelerators_a_request_are_kept_and_the_one_that_reaches_farthest():
    many = [pair(one("prefill", f"p{i}", 1, 1.0 + i), one("decode", f"d{i}", 1, 1.0 + i), 60.0 - 0.1 * i) for i in range(60)]
    found = kept(*many)

    assert len(found) == PAIRS_MAX + 1
    assert ("p59", "d59") in found
    assert ("p0", "d0") in found, "the dearest reaches farthest"


def test_a_decode_point_tells_the_slowest_of_its_pairs_and_the_farthest():
    p, q, d = one("prefill", "p", 1, 4.0), one("prefill", "q", 1, 3.0), one("decode", "d", 1, 4.0)
    points = {x.place.name: x for x in role_points([pair(p, d, 30.0, 250.0), pair(q, d, 50.0, 150.0)])}

    assert (points["d"].ttft_ms, points["d"].network_ms_max) == (250.0, 50.0)
    assert (points["p"].ttft_ms, points["p"].network_ms_max) == (p.ttft_ms, 30.0)
    assert pair_table([pair(p, d)])["kv_gb_per_request"].tolist() == [0.3]
