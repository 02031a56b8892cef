"""Drops operating points that can never be needed, and says by which better point each is beaten."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from planner.options.rates import Point

Partners = Mapping[tuple[str, str], Mapping[str, float]]
"""By (workload, option) of a role: the options it pairs with, and how far (network ms) the pair keeps its promises."""


@dataclass(frozen=True)
class Dropped:
    """A point that is never needed: `replicas` of the better option do at least as much on the same accelerators."""

    pool: str
    option: str
    better: str
    replicas: int


def undominated(
    points: Sequence[Point],
    pool_of: Mapping[str, str],
    has_models_apart: bool = False,
    has_options_apart: bool = False,
    partners: Partners | None = None,
    has_starts_priced: bool = False,
) -> tuple[list[Point], list[Dropped]]:
    """Returns the points kept and those dropped.

    Proof of safety. On one node type let option a take g_a accelerators and b take g_b with m = g_a / g_b whole, for the
    same pool, and m x rate_b >= rate_a for every workload that a serves, wherever a may (network_ms_max_b >= that of a).
    In any plan replace each replica of a by m replicas of b in the same place: the accelerators taken are the same, so
    `cover` holds (and `fabric`, as b spans no node unless a does, and then the same whole nodes); each load
    serve / (m rate_b) <= serve / rate_a, so `capacity` holds; replicas do not get fewer, so `minimum_replicas` holds.
    So does `robust_capacity`, which only adds load, and every row that counts what is left when a place, a spot share of it or
    some replicas are lost (`region_loss`, `workload_spot_share`, `spare_replicas`): places stay, and of m replicas for one no
    more are lost. Of `pooled_headroom` each line allows s n - c busy ones for n replicas with c >= 0: s m n - c >= m (s n - c).
    Cost is on nodes and requests, which stay. Where a family tells variants apart (`has_models_apart`), only points of one
    variant are compared: then whatever is counted by variant stays too. Where distinct options are counted
    (`has_options_apart`), an option is dropped for all pools that have it or for none: then the better one stands wherever
    it stood, and no site has more options than before. Where a replica that starts costs something (`has_starts_priced`) so it is
    too, as replicas pass from pool to pool for nothing, and only points of one size are compared: m = 1 replica starts where one
    did.

    Points of different roles are never compared. Of replicas for prefill or decode alone, b must also have every partner of
    a in `partners`, at least as far: then handovers keep their other end, whose load stays, and every pair keeps its promises.
    """
    groups: dict[tuple[str, str, str, str], dict[str, dict[str, Point]]] = defaultdict(lambda: defaultdict(dict))
    for point in points:
        variant = point.place.variant.name if has_models_apart else ""
        groups[pool_of[point.workload], point.place.node_type, variant, point.place.role][point.option][point.workload] = point
    kept: list[Point] = []
    dropped: list[Dropped] = []
    for (pool, *_), options in groups.items():
        survivors: list[str] = []
        beats = partial(_beats_with, options, partners or {}, has_starts_priced)
        for name in sorted(options, key=lambda o: (_gpus(options[o]), -_sum_of_rates(options[o]), o)):
            if not any(beats(s, name) for s in survivors):
                survivors = [s for s in survivors if not beats(name, s)] + [name]
        if has_options_apart or has_starts_priced:
            survivors += [
                name for name in options if name not in survivors and not _is_beaten_everywhere(name, groups, has_starts_priced)
            ]
        for name in options:
            if name not in survivors:
                better = next(s for s in survivors if beats(s, name))
                dropped.append(Dropped(pool, name, better, _gpus(options[name]) // _gpus(options[better])))
        kept += [point for name in survivors for point in options[name].values()]
    return kept, dropped


def _is_beaten_everywhere(
    name: str, groups: Mapping[tuple[str, str, str, str], Mapping[str, Mapping[str, Point]]], is_of_one_size: bool
) -> bool:
    """Says whether one option beats another in every group that has it."""
    having = [options for options in groups.values() if name in options]
    rivals = set.intersection(*(set(options) for options in having)) - {name}
    return any(all(_precedes(options, rival, name, is_of_one_size) for options in having) for rival in rivals)


def _precedes(options: Mapping[str, Mapping[str, Point]], better: str, worse: str, is_of_one_size: bool) -> bool:
    """Says whether an option beats another, and is not beaten by it and later in the order of survivors."""
    is_mutual = _beats(options[worse], options[better], is_of_one_size)
    return _beats(options[better], options[worse], is_of_one_size) and (not is_mutual or better < worse)


def _gpus(points: Mapping[str, Point]) -> int:
    return next(iter(points.values())).place.layout.gpus


def _sum_of_rates(points: Mapping[str, Point]) -> float:
    return sum(point.requests_per_s for point in points.values())


def _beats_with(
    options: Mapping[str, Mapping[str, Point]], partners: Partners, is_of_one_size: bool, better: str, worse: str
) -> bool:
    """Says whether one option beats another, and has all its partners."""
    for workload in options[worse]:
        theirs = partners.get((workload, better), {})
        mine = partners.get((workload, worse), {})
        if any(theirs.get(name, -math.inf) < reach for name, reach in mine.items()):
            return False
    return _beats(options[better], options[worse], is_of_one_size)


def _beats(better: Mapping[str, Point], worse: Mapping[str, Point], is_of_one_size: bool) -> bool:
    """Says whether whole replicas of `better`, or one alone, replace one of `worse` for every workload, wherever it may serve."""
    replicas, rest = divmod(_gpus(worse), _gpus(better))
    if rest or replicas < 1 or (is_of_one_size and replicas > 1):
        return False
    spans = next(iter(better.values())).place.nodes_per_replica, next(iter(worse.values())).place.nodes_per_replica
    if spans[0] > 1 and spans[1] < spans[0]:
        return False
    for workload, point in worse.items():
        other = better.get(workload)
        if other is None or replicas * other.requests_per_s < point.requests_per_s or _reach(other) < _reach(point):
            return False
    return True


def _reach(point: Point) -> float:
    return math.inf if math.isnan(point.network_ms_max) else point.network_ms_max
