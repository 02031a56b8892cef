"""Operating points of declared pools: one batch at which every member keeps its promises, whatever the mix."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import numpy as np
import pandas as pd

from planner.errors import Fault, UnsatisfiableError
from planner.inputs.instance import Instance
from planner.inputs.workloads import Pool, Workload
from planner.options.promises import promises
from planner.options.rates import Bench, Point, workload_lengths
from planner.options.service import may_go_elsewhere
from planner.options.variants import Variant
from planner.roofline import service
from planner.roofline.calibration import Efficiencies
from planner.roofline.candidates import Candidates
from planner.roofline.lengths import Contexts
from planner.units import MS_PER_S

BATCHES = np.unique(np.round(np.geomspace(1, 8192, 40)))
"""Batches tried for a pool; the best feasible one stands at most 26 % under the exact one."""


def pool_points(
    instance: Instance,
    bench: Bench,
    paths: pd.DataFrame,
    eligible: Mapping[str, Sequence[Variant]],
    given: AbstractSet[str] = frozenset(),
) -> list[Point]:
    """Returns the operating points of every declared pool, one a member and place.

    A pool all of whose members have rates of the user's own (`given`) may have no modelled point, and has none where the
    lengths of a member are not known: then the loads that its rates mean add up, as the user says.

    Conservative for any split of traffic: the decode step is taken at the heaviest resident context of the members, the
    wait and the stretch by prefills at the worst member's. With step S, batch B, o output tokens and prefill p, a member
    alone reaches B / ((o - 1) S + B p); loads add up, since (o - 1) S / B + p is the replica time of one request.
    """
    points: list[Point] = []
    faults: list[Fault] = []
    for position, pool in enumerate(instance.settings.pools):
        members = [w for w in instance.settings.workloads if w.workload in pool.workloads]
        is_known = all(w.lengths is not None for w in members)
        found = _points_of_pool(instance, pool, members, bench, paths, eligible) if is_known else []
        if not found and not all(w.workload in given or may_go_elsewhere(w) for w in members):
            where = instance.document.where(("pools", position))
            faults.append(Fault(where, f"an option that keeps the promises of all of {', '.join(pool.workloads)}", "none"))
        points += found
    if faults:
        raise UnsatisfiableError(faults)
    return points


def _points_of_pool(
    instance: Instance,
    pool: Pool,
    members: Sequence[Workload],
    bench: Bench,
    paths: pd.DataFrame,
    eligible: Mapping[str, Sequence[Variant]],
) -> list[Point]:
    names = set.intersection(*({v.name for v in eligible[w.workload]} for w in members))
    index = np.array([i for i, p in enumerate(bench.places) if p.variant.name in names], dtype=np.intp)
    if index.size == 0:
        return []
    candidates, efficiencies = bench.candidates.take(index), bench.efficiencies.take(index)
    mine = paths[paths["workload"].isin(pool.workloads) & paths["is_allowed"]]
    points: dict[tuple[str, int, float], Point] = {}
    for network_ms in sorted(set(mine["network_ms"])):
        batch = np.zeros(index.size)
        for trial in BATCHES:
            states = _states(instance, members, candidates, efficiencies, np.full(index.size, trial), bench.slowdown[index])
            fits = np.all(
                [service.batch_max(candidates, workload_lengths(instance, w), efficiencies) >= trial for w in members], axis=0
            )
            batch = np.where(fits & _holds(members, states, network_ms), trial, batch)
        states = _states(instance, members, candidates, efficiencies, np.maximum(batch, 1.0), bench.slowdown[index])
        for member, state in zip(members, states, strict=True):
            for i in np.flatnonzero(batch >= 1):
                key = (member.workload, int(index[i]), float(batch[i]))
                point = Point(
                    member.workload, bench.places[key[1]], key[2], float(state.requests_per_s[i]),
                    float(state.ttft_s[i]) * MS_PER_S, float(state.tpot_s[i]) * MS_PER_S,
                    float(state.e2e_s[i]) * MS_PER_S, network_ms, "pool", bench.sources[key[1]],
                )  # fmt: skip
                points[key] = replace(points.get(key, point), network_ms_max=network_ms)
    return list(points.values())


def _states(
    instance: Instance,
    members: Sequence[Workload],
    candidates: Candidates,
    efficiencies: Efficiencies,
    batch: np.ndarray,
    slowdown: np.ndarray,
) -> list[service.Service]:
    """Returns each member's steady state at a batch with the pool's worst step, stretch and wait."""
    quantile = max((p.ttft_quantile or 0.5 for w in members for p in promises(w)), default=0.5)
    seen = [
        service.traffic(candidates, workload_lengths(instance, w), efficiencies, w.prefix_hit_share, quantile) for w in members
    ]
    heaviest = Contexts(
        *(
            np.max([np.broadcast_to(getattr(s.resident, n), batch.shape) for s in seen], axis=0)
            for n in ("full", "window", "sparse")
        )
    )
    alone = [service.steady_state(candidates, batch, replace(s, resident=heaviest), efficiencies, quantile) for s in seen]
    tpot = np.max([a.tpot_s for a in alone], axis=0)
    wait = np.max([a.ttft_s - s.prefill_tail_s for a, s in zip(alone, seen, strict=True)], axis=0)
    states = []
    for one, s in zip(alone, seen, strict=True):
        ttft, stretched = (wait + s.prefill_tail_s) * slowdown, tpot * slowdown
        e2e = ttft + s.decode_steps * stretched
        states.append(replace(one, tpot_s=stretched, ttft_s=ttft, e2e_s=e2e, requests_per_s=one.requests_per_s / slowdown))
    return states


def _holds(members: Sequence[Workload], states: Sequence[service.Service], network_ms: float) -> np.ndarray:
    """Says where every promise of every member holds; end to end is judged at the output length of its statistic."""
    network_s = network_ms / MS_PER_S
    holds = np.ones(states[0].batch.shape, dtype=bool)
    for member, state in zip(members, states, strict=True):
        for promise in promises(member):
            holds &= state.ttft_s + network_s <= promise.ttft_limit_s
            holds &= state.tpot_s * promise.tpot_margin <= promise.tpot_limit_s
            holds &= state.e2e_s + network_s <= promise.e2e_limit_s
    return holds
