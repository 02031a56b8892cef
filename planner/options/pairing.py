"""Pairs of prefill and decode points: which of them can be needed, and their tables.

A point is dropped where another of its role beats it and has all its partners; then at most PAIRS_MAX pairs of a workload,
variant and node type are kept. The first is safe (`dominance`); the second can cost something only where more than PAIRS_MAX
pairs are left, since on one node type the pair with the fewest accelerators a request is the cheapest but for whole nodes.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.options.dominance import Dropped, undominated
from planner.options.pairs import PAIRS
from planner.options.rates import Point

NAN = float("nan")
PAIRS_MAX = 48
"""Most pairs of a workload, variant and node type: those with the fewest accelerators a request; and the one that reaches
farthest."""


@dataclass(frozen=True)
class Pair:
    """A prefill and a decode point that keep a workload's promises together; times without network, ms."""

    prefill: Point
    decode: Point
    ttft_ms: float
    e2e_ms: float
    kv_transfer_ms: float
    kv_gb: float
    network_ms_max: float

    @property
    def accelerators_per_request(self) -> float:
        """Accelerators that a request a second takes on both sides."""
        return sum(p.place.layout.gpus / p.requests_per_s for p in (self.prefill, self.decode))


def needed_pairs(
    pairs: Sequence[Pair],
    pool_of: Mapping[str, str],
    paths: pd.DataFrame,
    has_models_apart: bool = False,
    has_options_apart: bool = False,
    has_starts_priced: bool = False,
) -> tuple[list[Pair], list[Dropped]]:
    """Returns the pairs of points that no other point of their role beats, at most PAIRS_MAX a kin, and the points dropped.

    Roles are never compared with each other. A point beats another of its role only if it also has every partner of it, with
    a reach as far (or as far as the workload's farthest region): then the traffic of any pair moves over without breaking a
    promise (see `dominance`). Where distinct options are counted (`has_options_apart`)
    or starts cost something (`has_starts_priced`) none is dropped.
    """
    farthest = paths[paths["is_allowed"]].groupby("workload")["network_ms"].max().to_dict()
    points = {(p.workload, p.option): p for pair in pairs for p in (pair.prefill, pair.decode)}
    partners: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for pair in pairs:
        for one, other in ((pair.prefill, pair.decode), (pair.decode, pair.prefill)):
            reach_ms = np.fmin(pair.network_ms_max, farthest[one.workload])
            partners[one.workload, one.option][other.option] = float(reach_ms)
    every = list(points.values())
    is_apart = has_options_apart or has_starts_priced
    kept, dropped = (every, []) if is_apart else undominated(every, pool_of, has_models_apart, partners=partners)
    names = {(p.workload, p.option) for p in kept}
    left = [p for p in pairs if {(p.prefill.workload, p.prefill.option), (p.decode.workload, p.decode.option)} <= names]
    return _fewest(left), dropped


def _fewest(pairs: Sequence[Pair]) -> list[Pair]:
    """Returns at most PAIRS_MAX pairs of each workload, variant and node type."""
    groups: dict[tuple[str, str, str], list[Pair]] = defaultdict(list)
    for pair in pairs:
        place = pair.decode.place
        groups[pair.decode.workload, place.variant.name, place.node_type].append(pair)
    found: list[Pair] = []
    for group in groups.values():
        ranked = sorted(group, key=lambda p: (p.accelerators_per_request, p.decode.option, p.prefill.option))
        farthest = max(ranked, key=lambda p: np.inf if np.isnan(p.network_ms_max) else p.network_ms_max)
        found += ranked[:PAIRS_MAX] + ([farthest] if farthest not in ranked[:PAIRS_MAX] else [])
    return found


def role_points(pairs: Sequence[Pair]) -> list[Point]:
    """Returns the points of the pairs, each once, with their reach; decode points with their slowest TTFT and end to end."""
    found: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair in pairs:
        for one in (pair.prefill, pair.decode):
            found[one.workload, one.option].append(pair)
    points = []
    for (workload, option), mine in found.items():
        point = next(p for p in (mine[0].prefill, mine[0].decode) if (p.workload, p.option) == (workload, option))
        reach = [NAN] if any(np.isnan(p.network_ms_max) for p in mine) else [p.network_ms_max for p in mine]
        if point.place.role == "decode":
            point = replace(point, ttft_ms=max(p.ttft_ms for p in mine), e2e_ms=max(p.e2e_ms for p in mine))
        points.append(replace(point, network_ms_max=max(reach)))
    return points


def pair_table(pairs: Sequence[Pair]) -> pd.DataFrame:
    """Returns the table `pairs`."""
    rows = [
        (p.decode.workload, p.prefill.option, p.decode.option, p.ttft_ms, p.e2e_ms, p.kv_transfer_ms, p.kv_gb, p.network_ms_max)
        for p in pairs
    ]
    return PAIRS.check(pd.DataFrame(rows, columns=list(PAIRS.names)), "pairs")
