"""Steady state of continuous batching: rate, TTFT and TPOT of a replica at a batch, and the largest batch under an SLO.

With B sequences decoding, each finishes after o - 1 steps and is replaced by one prefill of p seconds, so a cycle lasts
(o - 1) step + B p, in which B requests finish (Little's law): rate = B / ((o - 1) step + B p) and
TPOT = step + B p / (o - 1): the prefills of others stretch every token.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from planner.roofline.calibration import Efficiencies
from planner.roofline.candidates import Candidates, Floats, Integers
from planner.roofline.lengths import Contexts, Lengths
from planner.roofline.memory import sequences_max
from planner.roofline.speculation import Drafts, drafted_decode
from planner.roofline.steps import Step, decode_coverage, prefill, prefill_marginal_s

LIMITS = ("memory", "engine", "ttft", "tpot", "e2e", "unfit")
"""What stops a larger batch, by code; `unfit` where even one sequence does not fit or breaks a limit."""
QUEUE_SHARE_MAX = 0.95
BLOCK = 2048
"""Candidates worked on at once: 16 KiB an array, so that a step's arrays stay in the second-level cache."""


@dataclass(frozen=True)
class Service:
    """Steady state of each candidate at `batch` sequences; seconds, requests/s a replica; zero rate where none runs.

    `bound` indexes steps.BOUNDS (what takes most time); `limit` indexes LIMITS (what stops a larger batch).
    """

    batch: Floats
    requests_per_s: Floats
    tpot_s: Floats
    ttft_s: Floats
    e2e_s: Floats
    bound: Integers
    limit: Integers


@dataclass(frozen=True)
class Traffic:
    """A workload's lengths reduced to what the candidates' costs need; made once per workload, reused for every batch."""

    lengths: Lengths
    resident: Contexts
    attended: Contexts
    new_input: Floats
    decode_steps: Floats
    prefill_tail_s: Floats
    drafts: Drafts | None = None

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> "Traffic":
        """Returns the traffic of the candidates at `index`."""
        return Traffic(
            self.lengths,
            self.resident.take(index),
            self.attended.take(index),
            self.new_input,
            self.decode_steps,
            self.prefill_tail_s[index],
            None if self.drafts is None else self.drafts.take(index),
        )


def traffic(
    candidates: Candidates,
    lengths: Lengths,
    efficiencies: Efficiencies,
    cached_share: float = 0.0,
    ttft_quantile: float | None = None,
    drafts: Drafts | None = None,
) -> Traffic:
    """Returns `lengths` as the candidates see them; `cached_share` of input tokens hit the prefix cache.

    `ttft_quantile` None judges TTFT at the mean input, else at that quantile of the input length. With `drafts` the draft
    reads every prompt too, so prompt passes take its share more.
    """
    mean = lengths.mean_input
    attended = lengths.prefill_contexts(candidates.window_tokens, candidates.sparse_tokens, cached_share)
    tail = mean if ttft_quantile is None else lengths.input_quantile(ttft_quantile)
    return Traffic(
        lengths,
        lengths.resident_contexts(candidates.window_tokens, candidates.sparse_tokens),
        attended,
        np.asarray(mean * (1 - cached_share)),
        np.asarray(max(lengths.mean_output - 1.0, 0.0)),
        prefill(candidates, tail, cached_share, efficiencies).total_s * (1.0 if drafts is None else drafts.memory_factor),
        drafts,
    )


def operating_point(
    candidates: Candidates,
    batch: Floats | float,
    lengths: Lengths,
    efficiencies: Efficiencies,
    cached_share: float = 0.0,
    drafts: Drafts | None = None,
) -> Service:
    """Returns the steady state with `batch` sequences decoding in each replica, mean statistics."""
    size = len(candidates)
    count = np.broadcast_to(np.asarray(batch, dtype=np.float64), (size,))
    if size > BLOCK:
        blocks = [slice(start, start + BLOCK) for start in range(0, size, BLOCK)]
        parts = [(candidates.take(b), count[b], efficiencies.take(b), None if drafts is None else drafts.take(b)) for b in blocks]
        return stack([operating_point(c, n, lengths, e, cached_share, d) for c, n, e, d in parts])
    seen = traffic(candidates, lengths, efficiencies, cached_share, drafts=drafts)
    return steady_state(candidates, count, seen, efficiencies, 0.5)


def steady_state(
    candidates: Candidates, batch: Floats, seen: Traffic, efficiencies: Efficiencies, wait_quantile: float
) -> Service:
    """Returns the steady state at `batch`; TTFT = half a step + own prefill among decode steps + wait for other prefills.

    The wait is M/D/1's mean, rho p / (2 (1 - rho)), at the share rho of time spent on prefills (at most 0.95); for a
    quantile q its tail is taken as exponential: wait x -ln(1 - q). Documented approximation, not a queueing proof.
    With drafts a step is longer and yields several tokens: TTFT waits for whole steps, TPOT counts seconds a token.
    """
    step, step_s, token_s = drafted_decode(candidates, batch, seen.resident, seen.drafts, efficiencies)
    occupancy = prefill_occupancy_s(candidates, batch, seen.new_input, seen.attended, efficiencies)
    if seen.drafts is not None:
        occupancy = occupancy * seen.drafts.memory_factor
    cycle = seen.decode_steps * token_s + batch * occupancy
    rate = batch / cycle
    tpot = token_s + batch * occupancy / np.maximum(seen.decode_steps, 1.0)
    tail = 1.0 if wait_quantile <= 0.5 else -np.log1p(-wait_quantile)
    wait = tail * queue_wait_s(batch * occupancy / cycle, occupancy)
    chunks = np.ceil(np.maximum(seen.new_input / efficiencies.chunk_tokens, 1.0))
    ttft = (0.5 + chunks * (batch > 1)) * step_s + seen.prefill_tail_s + wait
    e2e = ttft + seen.decode_steps * tpot
    bound = _cycle_bound(step, seen.decode_steps, batch * occupancy)
    return Service(batch, rate, tpot, ttft, e2e, bound, np.zeros(len(candidates), dtype=np.int64))


def prefill_occupancy_s(
    candidates: Candidates, batch: Floats, new_tokens: Floats, attended: Contexts, efficiencies: Efficiencies
) -> Floats:
    """Returns seconds of the replica that one request's prefill takes inside mixed steps, spread over its groups."""
    covered = decode_coverage(candidates, batch, efficiencies)
    marginal = prefill_marginal_s(candidates, new_tokens, attended, covered, efficiencies)
    return np.asarray(efficiencies.interference_share * marginal / (candidates.pp * candidates.dp))


def queue_wait_s(busy_share: Floats, service_s: Floats) -> Floats:
    """Returns M/D/1's mean wait, rho s / (2 (1 - rho)), with rho at most 0.95 (Pollaczek-Khinchine)."""
    rho = np.minimum(busy_share, QUEUE_SHARE_MAX)
    return np.asarray(rho * service_s / (2 * (1 - rho)))


def _cycle_bound(step: Step, decode_steps: Floats, prefill_s: Floats) -> Integers:
    """What takes most of a cycle: prefill counts as compute."""
    parts = [step.memory_s, step.compute_s + prefill_s / np.maximum(decode_steps, 1.0), step.collective_s, step.overhead_s]
    return np.asarray(np.argmax(np.stack(np.broadcast_arrays(*parts)), axis=0), dtype=np.int64)


def batch_max(candidates: Candidates, lengths: Lengths, efficiencies: Efficiencies, drafts: Drafts | None = None) -> Floats:
    """Returns the largest batch that memory and the engine allow (whole sequences; 0 = does not fit).

    Reserves input + reserve_share x output tokens a sequence, length-biased; 1 never preempts. A draft has weights and a
    cache of its own.
    """
    factor = 1.0 if drafts is None else drafts.memory_factor
    mean, peak = lengths.mean_resident_context, lengths.mean_peak_context
    reserved = mean + (2 * efficiencies.reserve_share - 1) * (peak - mean)
    fit = np.floor(sequences_max(candidates, reserved, efficiencies, factor))
    engine = efficiencies.sequences_per_rank_max * candidates.dp
    longest = float(np.max(lengths.input_tokens + lengths.output_tokens))
    is_able = sequences_max(candidates, longest, efficiencies, factor) >= 1
    return np.asarray(np.where(is_able, np.minimum(fit, engine), 0.0))


def best_under_slo(
    candidates: Candidates,
    lengths: Lengths,
    ttft_limit_s: float,
    tpot_limit_s: float,
    e2e_limit_s: float,
    efficiencies: Efficiencies,
    network_s: float = 0.0,
    cached_share: float = 0.0,
    ttft_quantile: float | None = None,
    tpot_margin: float = 1.0,
    e2e_quantile: float | None = None,
    drafts: Drafts | None = None,
) -> Service:
    """Returns each candidate at the largest batch that memory, the engine and every limit allow; zero rate where none.

    Limits are seconds at the user (infinity = none); `network_s` is added to TTFT and end-to-end. A quantile judges
    TTFT at that quantile of the input length and of the wait; end-to-end at that of input, wait and output length;
    TPOT quantiles are judged as mean x `tpot_margin`. Bisection on whole batches; latency grows with the batch.
    Candidates go in blocks whose arrays stay in the processor's cache.
    """
    size = len(candidates)
    if size > BLOCK:
        blocks = [slice(start, start + BLOCK) for start in range(0, size, BLOCK)]
        return stack([
            best_under_slo(
                candidates.take(block), lengths, ttft_limit_s, tpot_limit_s, e2e_limit_s, efficiencies.take(block),
                network_s, cached_share, ttft_quantile, tpot_margin, e2e_quantile,
                None if drafts is None else drafts.take(block),
            )
            for block in blocks
        ])  # fmt: skip
    outputs = lengths.mean_output if e2e_quantile is None else lengths.output_quantile(e2e_quantile)
    judge = _Judge(
        ttft_limit_s, tpot_limit_s, e2e_limit_s, network_s, tpot_margin, max(outputs - 1.0, 0.0),
        max(ttft_quantile or 0.5, e2e_quantile or 0.5),
    )  # fmt: skip
    seen = traffic(candidates, lengths, efficiencies, cached_share, ttft_quantile, drafts)
    return _best(candidates, seen, efficiencies, judge, batch_max(candidates, lengths, efficiencies, drafts))


def _best(candidates: Candidates, seen: Traffic, efficiencies: Efficiencies, judge: "_Judge", top: Floats) -> Service:
    """Returns each candidate at the largest batch up to `top` that a judge passes, and what stops a larger one."""
    low = _largest_feasible(candidates, seen, efficiencies, judge, top)
    found = steady_state(candidates, np.maximum(low, 1.0), seen, efficiencies, judge.wait_quantile)
    next_up = steady_state(candidates, np.maximum(low, 0.0) + 1.0, seen, efficiencies, judge.wait_quantile)
    engine = efficiencies.sequences_per_rank_max * candidates.dp
    limit = np.where(low >= top, np.where(top >= engine, 1, 0), judge.broken(next_up))
    runs = low >= 1
    limit = np.where(top < 1, LIMITS.index("unfit"), limit)
    e2e = found.ttft_s + judge.decode_steps * found.tpot_s
    off = np.where(runs, 1.0, np.nan)
    return Service(
        np.where(runs, low, 0.0),
        np.where(runs, found.requests_per_s, 0.0),
        found.tpot_s * off,
        (found.ttft_s + judge.network_s) * off,
        (e2e + judge.network_s) * off,
        found.bound,
        limit.astype(np.int64),
    )


@dataclass(frozen=True)
class _Judge:
    """Limits in seconds, and how statistics are judged."""

    ttft_limit_s: float
    tpot_limit_s: float
    e2e_limit_s: float
    network_s: float
    tpot_margin: float
    decode_steps: float
    wait_quantile: float

    def broken(self, service: Service) -> Integers:
        """Code in LIMITS of the first broken limit; -1 where all hold."""
        e2e = service.ttft_s + self.decode_steps * service.tpot_s + self.network_s
        ttft = service.ttft_s + self.network_s
        is_slow = service.tpot_s * self.tpot_margin > self.tpot_limit_s
        return np.where(ttft > self.ttft_limit_s, 2, np.where(is_slow, 3, np.where(e2e > self.e2e_limit_s, 4, -1)))


def _largest_feasible(candidates: Candidates, seen: Traffic, efficiencies: Efficiencies, judge: _Judge, top: Floats) -> Floats:
    """Returns per candidate the largest whole batch in 1..top that breaks no limit (0 = none), by bisection."""
    best = np.zeros(len(candidates))
    index = np.flatnonzero(top >= 1)
    is_whole = _holds(candidates, seen, efficiencies, judge, index)(top[index])
    best[index[is_whole]] = top[index[is_whole]]
    index = index[~is_whole]
    index = index[_holds(candidates, seen, efficiencies, judge, index)(np.ones(index.size))]
    holds = _holds(candidates, seen, efficiencies, judge, index)
    low, high = np.ones(index.size), top[index]
    while index.size and np.any(high - low > 1):
        middle = np.floor(np.where(high > 4 * low, np.sqrt(low * high), (low + high) / 2))
        middle = np.clip(middle, low + 1, np.maximum(high - 1, low + 1))
        ok = holds(middle) & (middle < high)
        low, high = np.where(ok, middle, low), np.where(ok | (middle >= high), high, middle)
    best[index] = low
    return best


def _holds(
    candidates: Candidates, seen: Traffic, efficiencies: Efficiencies, judge: _Judge, index: NDArray[np.intp]
) -> Callable[[Floats], NDArray[np.bool_]]:
    """Returns the test of a batch of the candidates at `index` against every limit; they are picked out once."""
    some, part, reached = candidates.take(index), seen.take(index), efficiencies.take(index)

    def holds(batch: Floats) -> NDArray[np.bool_]:
        return judge.broken(steady_state(some, batch, part, reached, judge.wait_quantile)) < 0

    return holds


def stack(services: list[Service]) -> Service:
    """Returns services of several blocks of candidates one after another."""
    return Service(**{one.name: np.concatenate([getattr(s, one.name) for s in services]) for one in fields(Service)})
