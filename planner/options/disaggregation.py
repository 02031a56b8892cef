"""Prefill and decode replicas apart: operating points of each role, and the pairs of them that keep a workload's promises.

A request's prompt is worked off by a prefill replica, its cache crosses the fabric, and a decode replica, which never sees a
prompt, makes its tokens:

    TTFT = own pass + wait for the pass before + KV transfer + 1.5 decode steps     (half a step until it joins, its first one)
    TPOT = seconds a token of the decode step alone;   end to end = TTFT + (o - 1) TPOT

Few pairs are made. Both replicas run the same variant with the same KV cache and draft on the same node type, so that the
cache needs no conversion and the cheapest pair is the one with the fewest accelerators a request. A prefill replica is offered
at LOADS of the load allowed; a decode replica at the largest batch that the promises leave beside the fastest prefill replica,
and beside the one with the most requests an accelerator. `pairing` keeps the pairs that can be needed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from planner.errors import Fault
from planner.inputs.instance import Instance
from planner.inputs.workloads import Workload
from planner.options.enumeration import Place
from planner.options.pairing import Pair
from planner.options.promises import Promise, promises
from planner.options.rates import Bench, Point, network_classes, workload_lengths
from planner.options.service import may_go_elsewhere
from planner.options.variants import Variant
from planner.roofline import service
from planner.roofline.calibration import Efficiencies
from planner.roofline.candidates import Candidates, Floats
from planner.roofline.disaggregation import PromptPasses, decode_steps, kv_share_bytes, kv_transfer_s, kv_wire_s, prompt_passes
from planner.roofline.lengths import Lengths
from planner.roofline.memory import sequences_max
from planner.roofline.speculation import Drafts
from planner.units import BYTES_PER_GB, MS_PER_S

LOADS = (1.0, 0.7, 0.4)
"""Loads that a prefill replica is offered at, as shares of the utilisation allowed: less load, less wait."""
JOIN_STEPS = 1.5
"""Decode steps until the first token: half a step until the sequence joins, and its own first one."""

KV_LINK = "kv_link"
"""Bound of a rate that the ports of the fabric set."""
NAN = float("nan")
Kin = tuple[str, str, str]
"""(variant, node type, draft): what both replicas of a pair share."""


@dataclass(frozen=True)
class Prefill:
    """A prefill point, the candidate it stands on, and the seconds until a pass is over by promise."""

    at: int
    point: Point
    before_s: tuple[float, ...]


@dataclass(frozen=True)
class Decode:
    """A decode point, the candidate it stands on, seconds a step and a token."""

    at: int
    point: Point
    step_s: float
    token_s: float


@dataclass(frozen=True)
class Side:
    """What the candidates of a workload do in either role: arrays over the candidates."""

    workload: Workload
    bench: Bench
    index: np.ndarray
    lengths: Lengths
    utilisation_max: float

    @cached_property
    def candidates(self) -> Candidates:
        """The workload's candidates."""
        return self.bench.candidates.take(self.index)

    @cached_property
    def efficiencies(self) -> Efficiencies:
        """Their efficiencies."""
        return self.bench.efficiencies.take(self.index)

    @cached_property
    def drafts(self) -> Drafts | None:
        """Their drafting schemes."""
        return self.bench.drafts_of(self.index)

    @cached_property
    def kv_factor(self) -> Floats:
        """Factor on the cache of a sequence: above 1 where a draft has its own."""
        return np.ones(len(self.index)) if self.drafts is None else self.drafts.memory_factor

    @cached_property
    def slowdown(self) -> Floats:
        """Factor on every time of compute."""
        return np.asarray(self.bench.slowdown[self.index])

    @cached_property
    def promises(self) -> list[Promise]:
        """Limits of the workload, one entry a statistic."""
        return promises(self.workload)

    @cached_property
    def passes(self) -> list[PromptPasses]:
        """Prompt passes by promise, each at its quantile of the input length."""
        hit = self.workload.prefix_hit_share
        given = (self.candidates, self.lengths, self.efficiencies, hit)
        return [prompt_passes(*given, promise.ttft_quantile, self.drafts) for promise in self.promises]

    def prefill_s(self, load_share: float) -> list[Floats]:
        """Returns by promise the seconds until a prompt's pass is over at a share of the utilisation allowed."""
        busy = load_share * self.utilisation_max
        pairs = zip(self.passes, self.promises, strict=True)
        return [one.ttft_s(busy, p.ttft_quantile, self.candidates.pp) * self.slowdown for one, p in pairs]

    @cached_property
    def transfer_s(self) -> list[Floats]:
        """KV transfer by promise, each at its quantile of the input length."""
        tails = [p.ttft_quantile for p in self.promises]
        tokens = [self.lengths.mean_input if q is None else self.lengths.input_quantile(q) for q in tails]
        return [kv_transfer_s(self.candidates, one * self.kv_factor, self.efficiencies) for one in tokens]

    @cached_property
    def link_requests_per_s(self) -> Floats:
        """Requests a second whose cache the replica's ports can send or receive; 0 without a fabric."""
        wire_s = kv_wire_s(self.candidates, self.lengths.mean_input * self.kv_factor, self.efficiencies)
        return np.asarray(self.candidates.dp / wire_s)

    @cached_property
    def kv_gb(self) -> Floats:
        """Cache that a request of mean length sends, all ranks of its group together."""
        share = kv_share_bytes(self.candidates, self.lengths.mean_input * self.kv_factor)
        return share * self.candidates.tp * self.candidates.pp / BYTES_PER_GB

    @cached_property
    def batch_max(self) -> Floats:
        """Largest decode batch that memory and the engine allow."""
        return service.batch_max(self.candidates, self.lengths, self.efficiencies, self.drafts)

    @cached_property
    def holds_prompts(self) -> np.ndarray:
        """Says where the weights and the prompts of a pass of every group fit."""
        longest = float(np.max(self.lengths.input_tokens)) * self.passes[0].prompts
        fit = sequences_max(self.candidates, longest, self.efficiencies, self.kv_factor)
        return np.asarray(fit >= self.candidates.dp)

    def decode_s(self, batch: Floats) -> tuple[Floats, Floats]:
        """Returns seconds a step and seconds a token at a batch."""
        step_s, token_s = decode_steps(self.candidates, batch, self.lengths, self.efficiencies, self.drafts)
        return step_s * self.slowdown, token_s * self.slowdown

    def outputs(self, promise: Promise) -> float:
        """Returns the tokens after the first of the output length that a promise judges."""
        made = self.lengths.mean_output if promise.e2e_quantile is None else self.lengths.output_quantile(promise.e2e_quantile)
        return max(made - 1.0, 0.0)

    def holds(self, batch: Floats, before_s: Sequence[Floats], network_s: float) -> np.ndarray:
        """Says where every promise holds at a batch, with `before_s` seconds (by promise) until the cache is there."""
        step_s, token_s = self.decode_s(batch)
        kept = np.ones(len(batch), dtype=bool)
        for promise, before in zip(self.promises, before_s, strict=True):
            ttft_s = before + JOIN_STEPS * step_s + network_s
            kept &= ttft_s <= promise.ttft_limit_s
            kept &= token_s * promise.tpot_margin <= promise.tpot_limit_s
            kept &= ttft_s + self.outputs(promise) * token_s <= promise.e2e_limit_s
        return kept

    def place(self, at: int, role: str) -> Place:
        """Returns a candidate in a role."""
        return replace(self.bench.places[int(self.index[at])], role=role)

    def source(self, at: int) -> str:
        """Returns the kind of a candidate's numbers."""
        return self.bench.sources[int(self.index[at])]


def disaggregated(
    instance: Instance,
    bench: Bench,
    paths: pd.DataFrame,
    eligible: Mapping[str, Sequence[Variant]],
    pooled: AbstractSet[str] = frozenset(),
) -> list[Pair]:
    """Returns the pairs of every dedicated workload; members of declared pools and workloads of unknown lengths have none."""
    found: list[Pair] = []
    if "prefill" not in instance.settings.deployment.roles:
        return found
    for workload in instance.settings.workloads:
        mine = paths[(paths["workload"] == workload.workload) & paths["is_allowed"]]
        if workload.workload in pooled or workload.lengths is None or mine.empty:
            continue
        names = {variant.name for variant in eligible[workload.workload]}
        index = np.array([i for i, p in enumerate(bench.places) if p.variant.name in names], dtype=np.intp)
        if index.size:
            side = Side(workload, bench, index, workload_lengths(instance, workload), instance.settings.service.utilisation_max)
            found += _pairs(side, sorted(set(mine["network_ms"])))
    return found


def unpaired_faults(instance: Instance, paired: AbstractSet[str]) -> list[Fault]:
    """Returns a fault for each workload that has to be served by a pair, and has none."""
    return [
        Fault(instance.document.where(("workloads", position)), f"a prefill and a decode replica that serve {w.workload}", "none")
        for position, w in enumerate(instance.settings.workloads)
        if w.workload not in paired and not may_go_elsewhere(w)
    ]


def _pairs(side: Side, network_ms: Sequence[float]) -> list[Pair]:
    """Returns every pair of a workload that keeps its promises in the nearest region."""
    kin: dict[Kin, list[int]] = defaultdict(list)
    for at, i in enumerate(side.index):
        place = side.bench.places[int(i)]
        kin[place.variant.name, place.node_type, place.draft.name if place.draft else ""].append(at)
    prefills = [one for load in LOADS for one in _prefills(side, load)]
    found: list[Pair] = []
    for members in kin.values():
        mine = [one for one in prefills if one.at in members]
        decodes = _decodes(side, members, mine, network_ms) if mine else []
        made = [_pair(side, prefill, decode) for prefill in mine for decode in decodes]
        found += [pair for pair in made if pair is not None and not pair.network_ms_max < network_ms[0]]
    return found


def _prefills(side: Side, load: float) -> list[Prefill]:
    """Returns the replicas that hold prompts and can send their cache, at a load."""
    before_s = side.prefill_s(load)
    full = side.passes[0].requests_per_s / side.slowdown * load
    rate = np.minimum(full, side.link_requests_per_s)
    found = []
    for at in np.flatnonzero(side.holds_prompts & (rate > 0)).tolist():
        bound = "compute" if full[at] <= side.link_requests_per_s[at] else KV_LINK
        seconds = tuple(float(one[at]) for one in before_s)
        point = Point(
            side.workload.workload, side.place(at, "prefill"), float(side.passes[0].prompts[at]), float(rate[at]),
            max(seconds) * MS_PER_S, NAN, NAN, NAN, bound, side.source(at), load,
        )  # fmt: skip
        found.append(Prefill(at, point, seconds))
    return found


def _decodes(side: Side, members: Sequence[int], prefills: Sequence[Prefill], network_ms: Sequence[float]) -> list[Decode]:
    """Returns the replicas at the largest batches beside the fastest prefill replica and the most productive one."""
    fastest = min(prefills, key=lambda one: one.before_s[0])
    busiest = max(prefills, key=lambda one: one.point.requests_per_s / one.point.place.layout.gpus)
    found: dict[tuple[int, float], Decode] = {}
    for prefill in (fastest, busiest):
        sent_s = [b + np.maximum(one[prefill.at], one) for b, one in zip(prefill.before_s, side.transfer_s, strict=True)]
        for ceiling_ms in network_classes(network_ms):
            batch = _largest(side, sent_s, ceiling_ms / MS_PER_S)
            step_s, token_s = side.decode_s(np.maximum(batch, 1.0))
            for at in members:
                if batch[at] >= 1 and (at, float(batch[at])) not in found:
                    decode = _decode_point(side, at, float(batch[at]), float(token_s[at]))
                    found[at, float(batch[at])] = Decode(at, decode, float(step_s[at]), float(token_s[at]))
    return list(found.values())


def _decode_point(side: Side, at: int, batch: float, token_s: float) -> Point:
    rate = batch / (max(side.lengths.mean_output - 1.0, 1.0) * token_s)
    link = float(side.link_requests_per_s[at])
    bound = KV_LINK if rate > link else "memory" if batch >= side.batch_max[at] else "tpot"
    return Point(
        side.workload.workload, side.place(at, "decode"), batch, min(rate, link), NAN, token_s * MS_PER_S, NAN, NAN, bound,
        side.source(at),
    )  # fmt: skip


def _largest(side: Side, before_s: Sequence[Floats], network_s: float) -> Floats:
    """Returns the largest whole batch of each candidate at which every promise holds, by bisection; 0 where none does."""
    low, high = np.zeros(len(side.index)), np.floor(side.batch_max) + 1.0
    while np.any(high - low > 1):
        middle = np.maximum(np.floor((low + high) / 2), 1.0)
        is_open = high - low > 1
        kept = side.holds(middle, before_s, network_s)
        low, high = np.where(is_open & kept, middle, low), np.where(is_open & ~kept, middle, high)
    return low


def _pair(side: Side, prefill: Prefill, decode: Decode) -> Pair | None:
    """Returns the pair, with latencies at the statistic that binds most; None where a promise breaks without any network."""
    rows = []
    for k, promise in enumerate(side.promises):
        sent_s = float(max(side.transfer_s[k][prefill.at], side.transfer_s[k][decode.at]))
        ttft_s = prefill.before_s[k] + sent_s + JOIN_STEPS * decode.step_s
        e2e_s = ttft_s + side.outputs(promise) * decode.token_s
        is_fast = decode.token_s * promise.tpot_margin <= promise.tpot_limit_s
        slack_s = min(promise.ttft_limit_s - ttft_s, promise.e2e_limit_s - e2e_s) if is_fast else -np.inf
        rows.append((slack_s, ttft_s, e2e_s, sent_s))
    slack_s, *times = min(rows)
    if slack_s < 0:
        return None
    ttft_ms, e2e_ms, sent_ms = (one * MS_PER_S for one in times)
    reach_ms = NAN if np.isinf(slack_s) else slack_s * MS_PER_S
    return Pair(prefill.point, decode.point, ttft_ms, e2e_ms, sent_ms, float(side.kv_gb[prefill.at]), reach_ms)  # fmt: skip
