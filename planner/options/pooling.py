"""Operating points of declared pools: one batch at which every member keeps its promises, whatever the mix."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.errors import Fault
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
from planner.roofline.speculation import Drafts
from planner.units import MS_PER_S

BATCHES = np.unique(np.round(np.geomspace(1, 8192, 40)))
"""Batches tried for a pool; the best feasible one stands at most 26 % under the exact one."""


def pool_points(
    instance: Instance,
    bench: Bench,
    paths: pd.DataFrame,
    eligible: Mapping[str, Sequence[Variant]],
    given: AbstractSet[str] = frozenset(),
) -> tuple[list[Point], list[Fault]]:
    """Returns the operating points of every declared pool, one a member and place, and a fault for each pool without any.

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
    return points, faults


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
    seen = _seen(instance, members, candidates, efficiencies, bench.slowdown[index], bench.drafts_of(index))
    mine = paths[paths["workload"].isin(pool.workloads) & paths["is_allowed"]]
    classes = sorted(set(mine["network_ms"]))
    reach: dict[tuple[int, float], float] = {}
    found: list[Point] = []
    batches = _largest_batches(members, seen, classes)
    for network_ms, batch in zip(classes, batches, strict=True):
        reach |= {(int(i), float(batch[i])): network_ms for i in np.flatnonzero(batch >= 1)}
    for batch in batches:
        new = np.array([i for i in np.flatnonzero(batch >= 1) if (int(i), float(batch[i])) in reach], dtype=np.intp)
        far = [reach.pop((int(i), float(batch[i]))) for i in new]
        for member, state in zip(members, _states(seen.take(new), batch[new]), strict=True):
            found += [
                Point(
                    member.workload, bench.places[int(index[position])], float(state.batch[i]), float(state.requests_per_s[i]),
                    float(state.ttft_s[i]) * MS_PER_S, float(state.tpot_s[i]) * MS_PER_S, float(state.e2e_s[i]) * MS_PER_S,
                    far[i], "pool", bench.sources[int(index[position])],
                )
                for i, position in enumerate(new)
            ]  # fmt: skip
    return found


@dataclass(frozen=True)
class _Seen:
    """What the members ask of each candidate, whatever the batch: made once for a pool."""

    candidates: Candidates
    efficiencies: Efficiencies
    traffics: tuple[service.Traffic, ...]
    heaviest: Contexts
    top: np.ndarray
    """Largest batch that memory and the engine allow for every member."""
    slowdown: np.ndarray
    quantile: float

    def take(self, index: NDArray[np.intp]) -> "_Seen":
        """Returns what is asked of the candidates at `index`."""
        return _Seen(
            self.candidates.take(index), self.efficiencies.take(index), tuple(t.take(index) for t in self.traffics),
            self.heaviest.take(index), self.top[index], self.slowdown[index], self.quantile,
        )  # fmt: skip


def _seen(
    instance: Instance, members: Sequence[Workload], candidates: Candidates, efficiencies: Efficiencies, slowdown: np.ndarray,
    drafts: Drafts | None,
) -> _Seen:  # fmt: skip
    quantile = max((p.ttft_quantile or 0.5 for w in members for p in promises(w)), default=0.5)
    lengths = [workload_lengths(instance, w) for w in members]
    traffics = tuple(
        service.traffic(candidates, one, efficiencies, w.prefix_hit_share, quantile, drafts)
        for one, w in zip(lengths, members, strict=True)
    )
    resident = [[np.broadcast_to(getattr(t.resident, n), slowdown.shape) for t in traffics] for n in ("full", "window", "sparse")]
    top = np.min([service.batch_max(candidates, one, efficiencies, drafts) for one in lengths], axis=0)
    heaviest = Contexts(*(np.max(parts, axis=0) for parts in resident))
    return _Seen(candidates, efficiencies, traffics, heaviest, top, slowdown, quantile)


def _largest_batches(members: Sequence[Workload], seen: _Seen, classes: Sequence[float]) -> list[np.ndarray]:
    """Returns by network time (ms) each candidate's largest batch tried at which every promise of every member holds; 0: none."""
    best = [np.zeros(seen.top.size) for _ in classes]
    for trial in BATCHES:
        index = np.flatnonzero(seen.top >= trial)
        if index.size == 0:
            break
        states = _states(seen.take(index), np.full(index.size, trial))
        for batch, network_ms in zip(best, classes, strict=True):
            batch[index[_holds(members, states, network_ms)]] = trial
    return best


def _states(seen: _Seen, batch: np.ndarray) -> list[service.Service]:
    """Returns each member's steady state at a batch with the pool's worst step, stretch and wait."""
    alone = [
        service.steady_state(seen.candidates, batch, replace(t, resident=seen.heaviest), seen.efficiencies, seen.quantile)
        for t in seen.traffics
    ]
    tpot = np.max([a.tpot_s for a in alone], axis=0)
    wait = np.max([a.ttft_s - t.prefill_tail_s for a, t in zip(alone, seen.traffics, strict=True)], axis=0)
    states = []
    for one, t in zip(alone, seen.traffics, strict=True):
        ttft, stretched = (wait + t.prefill_tail_s) * seen.slowdown, tpot * seen.slowdown
        e2e = ttft + t.decode_steps * stretched
        states.append(replace(one, tpot_s=stretched, ttft_s=ttft, e2e_s=e2e, requests_per_s=one.requests_per_s / seen.slowdown))
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
