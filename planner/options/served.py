"""What the machines on offer do for each workload under its promises, and why a workload has nothing that serves it.

The ground (market, places, bench) does not depend on latency promises: one ground serves any of their limits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.errors import Fault, UnsatisfiableError
from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.options.calibrated import Calibration
from planner.options.disaggregation import disaggregated, unpaired_faults
from planner.options.enumeration import Place, enumerate_places, with_drafts
from planner.options.network import path_table
from planner.options.pairing import Pair
from planner.options.pooling import pool_points
from planner.options.prices import Market, market
from planner.options.rates import Bench, Point, make_bench, user_points, workload_points
from planner.options.unmodelled import is_modelled, unmodelled_places
from planner.options.variants import Variant, candidate_variants, eligible_variants, score_table
from planner.roofline import memory
from planner.units import BYTES_PER_GIB


@dataclass(frozen=True)
class Ground:
    """What operating points stand on, whatever the latency promises: the market, the places and their bench."""

    found: Market
    scores: pd.DataFrame
    paths: pd.DataFrame
    eligible: Mapping[str, Sequence[Variant]]
    """Variants by workload that its lists and its quality floor admit."""
    bench: Bench
    bare: tuple[Place, ...]
    """Places that only the user's own rates speak of."""
    memory_gib: Mapping[str, tuple[float, float]]
    """(weights, free) GiB an accelerator, by place."""


@dataclass(frozen=True)
class Served:
    """Operating points that keep every promise, pairs of prefill and decode points, and a fault for each workload without."""

    points: list[Point]
    pairs: list[Pair]
    faults: list[Fault]


def ground_of(instance: Instance, catalog: Catalog, calibration: Calibration) -> Ground:
    """Returns the ground of an instance; raises UnsatisfiableError where nothing is on offer or no variant may be used."""
    found = market(instance, catalog)
    if found.offers.empty:
        where = instance.document.where(("supply",))
        raise UnsatisfiableError([Fault(where, "an offer in the instance's regions on its terms", "none in the catalog")])
    scores = score_table(instance, catalog)
    eligible = eligible_variants(instance, catalog, scores)
    node_types = list(dict.fromkeys(found.offers["node_type"]))
    variants = list(candidate_variants(instance, catalog))
    modelled = [variant for variant in variants if is_modelled(instance, variant)]
    plain = enumerate_places(instance, catalog, modelled, [name for name in node_types if name in catalog.node_types])
    bench = make_bench(instance, with_drafts(instance, catalog, plain), calibration)
    bare = unmodelled_places(instance, catalog, variants, found.offers)
    return Ground(found, scores, path_table(instance, catalog), eligible, bench, tuple(bare), _memory_gib(bench))


def served(instance: Instance, catalog: Catalog, ground: Ground) -> Served:
    """Returns every operating point that keeps its promises, the user's own over the modelled, and every pair."""
    bench, paths, eligible = ground.bench, ground.paths, ground.eligible
    pooled = {name for pool in instance.settings.pools for name in pool.workloads}
    own, replaced = user_points(instance, catalog, [*bench.places, *ground.bare], eligible)
    pairs = disaggregated(instance, bench, paths, eligible, pooled)
    given = {point.workload for point in own} | {pair.decode.workload for pair in pairs}
    if "aggregated" not in instance.settings.deployment.roles:
        return Served(own, pairs, unpaired_faults(instance, given))
    alone, faults = workload_points(instance, bench, paths, eligible, pooled, given)
    shared, more = pool_points(instance, bench, paths, eligible, given)
    points = [p for p in (*alone, *shared) if (p.workload, p.place.name) not in replaced]
    return Served([*points, *own], pairs, [*faults, *more])


def _memory_gib(bench: Bench) -> dict[str, tuple[float, float]]:
    """Returns (weights, free) GiB an accelerator by place."""
    factor = 1.0 if bench.drafts is None else bench.drafts.memory_factor
    weights_gib = memory.weights_bytes_per_accelerator(bench.candidates) * factor / BYTES_PER_GIB
    free_gib = memory.free_bytes_per_accelerator(bench.candidates, bench.efficiencies, factor) / BYTES_PER_GIB
    sizes = zip(bench.places, weights_gib, np.broadcast_to(free_gib, weights_gib.shape), strict=True)
    return {place.name: (float(weights), float(free)) for place, weights, free in sizes}
