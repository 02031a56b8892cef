"""The physical floor: the least latency that any candidate reaches for a workload, with one sequence in flight.

A promise below it is kept by no fleet on offer, however large; one at it can be kept, at one sequence a replica.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.inputs.workloads import SloTarget, Workload
from planner.options.promises import promises
from planner.roofline import memory, service
from planner.roofline.lengths import Lengths
from planner.units import BYTES_PER_GIB, MS_PER_S

if TYPE_CHECKING:
    from planner.options.rates import Bench


@dataclass(frozen=True)
class Floor:
    """The least that a latency promise can ask for: its target, the milliseconds reached, and the place that reaches them."""

    target: SloTarget
    ms: float
    place: str

    @property
    def is_broken(self) -> bool:
        """Whether the promise asks for less than any candidate reaches."""
        return self.target.ms < self.ms


def floors(workload: Workload, bench: "Bench", index: np.ndarray, lengths: Lengths, network_ms: float) -> list[Floor]:
    """Returns the floor of each latency promise over the candidates at `index` that hold one sequence, as promises are judged.

    `network_ms` is that of the nearest region, rounded up to its class. Empty where no candidate holds a sequence.
    """
    fit = service.batch_max(bench.candidates.take(index), lengths, bench.efficiencies.take(index), bench.drafts_of(index)) >= 1
    if not fit.any():
        return []
    able, found = index[fit], []
    for target in workload.slo:
        reached = _alone_ms(workload, target, bench, able, lengths, network_ms)
        best = int(np.nanargmin(reached))
        found.append(Floor(target, float(reached[best]), bench.places[int(able[best])].name))
    return found


def why_none(workload: Workload, bench: "Bench", index: np.ndarray, lengths: Lengths, network_ms: float) -> tuple[str, str]:
    """Returns (expected, found) of a workload that no candidate serves: fits nowhere, or an SLO below the floor."""
    expected = f"a candidate that serves {workload.workload}"
    if index.size == 0:
        return expected, "no offered accelerator runs its eligible models at these precisions"
    reached = floors(workload, bench, index, lengths, network_ms)
    if reached:
        return expected, _told(reached)
    candidates = bench.candidates.take(index)
    weights_gib = memory.weights_bytes_per_accelerator(candidates) / BYTES_PER_GIB
    best = int(np.argmin(weights_gib - candidates.memory_bytes / BYTES_PER_GIB))
    place = bench.places[int(index[best])]
    return expected, (
        f"no eligible model fits anywhere: the closest, {place.name}, needs {weights_gib[best]:.0f} GiB of weights per"
        f" accelerator plus KV cache for its longest request and has {candidates.memory_bytes[best] / BYTES_PER_GIB:.0f} GiB"
    )


def _told(reached: Sequence[Floor]) -> str:
    """Returns which promises are below the floor and the least that can be promised; or that all hold but never together."""
    broken = [one for one in reached if one.is_broken]
    lines = [
        f"{one.target.metric} {one.target.statistic} <= {one.target.ms:g} ms against {one.ms:.3g} ms, the least that anything on"
        f" offer reaches (an empty {one.place})"
        for one in broken or reached
    ]
    if broken:
        return "a promise below the physical floor: " + "; ".join(lines)
    return "promises that each hold somewhere and nowhere together: " + "; ".join(lines)


def _alone_ms(
    workload: Workload, target: SloTarget, bench: "Bench", index: np.ndarray, lengths: Lengths, network_ms: float
) -> np.ndarray:
    """Returns what a promise is judged by on each candidate with one sequence in flight, ms with network."""
    position = list(dict.fromkeys(t.statistic for t in workload.slo)).index(target.statistic)
    promise = promises(workload)[position]
    candidates, efficiencies, drafts = bench.candidates.take(index), bench.efficiencies.take(index), bench.drafts_of(index)
    seen = service.traffic(candidates, lengths, efficiencies, workload.prefix_hit_share, promise.ttft_quantile, drafts)
    quantile = max(promise.ttft_quantile or 0.5, promise.e2e_quantile or 0.5)
    alone = service.steady_state(candidates, np.ones(len(index)), seen, efficiencies, quantile)
    outputs = lengths.mean_output if promise.e2e_quantile is None else lengths.output_quantile(promise.e2e_quantile)
    judged_s = {
        "ttft": alone.ttft_s,
        "tpot": alone.tpot_s * promise.tpot_margin,
        "e2e": alone.ttft_s + max(outputs - 1.0, 0.0) * alone.tpot_s,
    }[target.metric]
    return np.asarray(judged_s * bench.slowdown[index] * MS_PER_S + (0.0 if target.metric == "tpot" else network_ms))
