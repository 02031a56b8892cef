"""Whole benchmark runs: a closed loop, one static batch, an offline queue, a first token.

Each returns what a harness would print for it, so that predictions and measurements mean the same thing.
"""

from dataclasses import dataclass

import numpy as np

from planner.roofline.calibration import Efficiencies
from planner.roofline.candidates import Candidates, Floats
from planner.roofline.lengths import Contexts, causal_context
from planner.roofline.memory import sequences_max, weights_bytes_per_accelerator
from planner.roofline.service import prefill_occupancy_s, queue_wait_s
from planner.roofline.steps import Step, decode, prefill_of

OPEN_LOOP_HALVINGS = 40
"""Halvings of the batch interval: 4096 sequences to below 1e-8."""


@dataclass(frozen=True)
class Run:
    """What a run shows, arrays: output tokens/s per accelerator, mean TTFT and TPOT in seconds, sequences decoding.

    `step` is the decode step at `batch`, `prefill_s` one request's prefill alone; NaN rates where nothing fits.
    """

    output_tokens_per_s: Floats
    ttft_s: Floats
    tpot_s: Floats
    batch: Floats
    step: Step
    prefill_s: Floats


def capacity(candidates: Candidates, input_tokens: Floats, output_tokens: Floats, e: Efficiencies) -> Floats:
    """Returns the sequences a replica holds at once: memory at input + reserve x output tokens, the engine's own limit.

    A run was started, so an engine that can hold its weights at all squeezes in one sequence; NaN where it cannot.
    """
    reserved = input_tokens + e.reserve_share * output_tokens
    fit = np.maximum(np.floor(sequences_max(candidates, reserved, e)), 1.0)
    count = np.minimum(fit, e.sequences_per_rank_max * candidates.dp)
    return np.where(weights_bytes_per_accelerator(candidates) < candidates.memory_bytes, count, np.nan)


def attended_contexts(candidates: Candidates, tokens: Floats) -> Contexts:
    """Returns the summed contexts of one prompt of `tokens`, uncapped, window-capped, sparsely selected."""
    zero = np.zeros(())
    return Contexts(*(causal_context(tokens, cap) for cap in (zero, candidates.window_tokens, candidates.sparse_tokens)))


def middle_contexts(candidates: Candidates, input_tokens: Floats, output_tokens: Floats) -> Contexts:
    """Returns the contexts half-way through decoding, capped by window and sparse selection."""
    context = input_tokens + output_tokens / 2
    window = np.where(candidates.window_tokens > 0, np.minimum(context, candidates.window_tokens), context)
    sparse = np.where(candidates.sparse_tokens > 0, np.minimum(context, candidates.sparse_tokens), context)
    return Contexts(context, window, sparse)


def closed_loop(
    candidates: Candidates, concurrency: Floats, input_tokens: Floats, output_tokens: Floats, efficiencies: Efficiencies
) -> Run:
    """Returns the steady state with `concurrency` requests in flight, queued ones included.

    Requests of like length started together stay together: `cohort_share` of the batch prefills at once, and waits for
    half of it on average.
    Of C in flight, C x TTFT / (TTFT + (o - 1) TPOT) wait or prefill (Little's law), the rest decode; two passes.
    """
    c, e = candidates, efficiencies
    fit = capacity(c, input_tokens, output_tokens, e)
    attended = attended_contexts(c, input_tokens)
    contexts = middle_contexts(c, input_tokens, output_tokens)
    alone = prefill_of(c, input_tokens, attended, np.ones(()), e).total_s
    decode_steps = np.maximum(output_tokens - 1, 1.0)
    batch = np.minimum(concurrency, fit)
    for _ in range(2):
        step = decode(c, batch, contexts, e, 1.0)
        occupancy = prefill_occupancy_s(c, batch, input_tokens, attended, e)
        tpot = step.total_s + batch * occupancy / decode_steps
        wait = queue_wait_s(batch * occupancy / (decode_steps * tpot), occupancy)
        cohort = e.cohort_share * np.maximum(batch - 1, 0.0) / 2 * occupancy
        ttft = step.total_s * (0.5 + (concurrency > 1)) + alone + wait + cohort
        share = decode_steps * tpot / (ttft + decode_steps * tpot)
        batch = np.minimum(np.maximum(concurrency * share, np.minimum(concurrency, 1.0)), fit)
    queued = np.maximum(concurrency - fit, 0.0)
    ttft = ttft + queued / np.maximum(batch, 1.0) * (decode_steps * tpot)
    rate = batch / (decode_steps * tpot) * output_tokens / c.accelerators
    return Run(rate, ttft, tpot, batch, step, alone)


def static_batch(
    candidates: Candidates, batch: Floats, input_tokens: Floats, output_tokens: Floats, efficiencies: Efficiencies
) -> Run:
    """Returns one batch from its prefill to its last token; batches beyond memory run in waves."""
    c, e = candidates, efficiencies
    fit = capacity(c, input_tokens, output_tokens, e)
    waves = np.ceil(batch / fit)
    size = batch / waves
    ttft = prefill_of(c, input_tokens, attended_contexts(c, input_tokens), size / c.dp, e).total_s
    step = decode(c, size, middle_contexts(c, input_tokens, output_tokens), e, 1.0)
    total = waves * (ttft + np.maximum(output_tokens - 1, 0.0) * step.total_s)
    rate = batch * output_tokens / total / c.accelerators
    return Run(rate, ttft, step.total_s, size, step, ttft)


def first_token(candidates: Candidates, batch: Floats, input_tokens: Floats, efficiencies: Efficiencies) -> Run:
    """Returns the time to the first token of `batch` prompts sent together."""
    c, e = candidates, efficiencies
    alone = prefill_of(c, input_tokens, attended_contexts(c, input_tokens), batch / c.dp, e)
    fit = capacity(c, input_tokens, np.ones(()), e)
    ttft = np.where(fit >= 1, alone.total_s, np.nan)
    return Run(batch / ttft / c.accelerators, ttft, alone.total_s, batch, alone, alone.total_s)


def offline_requests(input_tokens: Floats, output_tokens: Floats) -> Floats:
    """Returns how many requests published offline tables run: 3000, or 1500 where a request exceeds 2500 tokens."""
    return np.where(input_tokens + output_tokens > 2500, 1500.0, 3000.0)


def offline(
    candidates: Candidates, requests: Floats, input_tokens: Floats, output_tokens: Floats, efficiencies: Efficiencies
) -> Run:
    """Returns a queue of `requests` all present at the start: filling, steady flow, draining.

    Steady flow finishes B requests per cycle (o - 1) step + B p; while the pool fills and drains it is half full, which
    costs half a fill (B p) and half a drain ((o - 1) step at half batch).
    """
    c, e = candidates, efficiencies
    fit = capacity(c, input_tokens, output_tokens, e)
    batch = np.minimum(fit, requests)
    attended = attended_contexts(c, input_tokens)
    contexts = middle_contexts(c, input_tokens, output_tokens)
    decode_steps = np.maximum(output_tokens - 1, 1.0)
    step = decode(c, batch, contexts, e, 1.0)
    half = decode(c, batch / 2, contexts, e, 1.0)
    occupancy = prefill_occupancy_s(c, batch, input_tokens, attended, e)
    cycle = decode_steps * step.total_s + batch * occupancy
    total = requests / batch * cycle + e.ramp_share * (batch * occupancy + decode_steps * half.total_s) / 2
    rate = requests * output_tokens / total / c.accelerators
    alone = prefill_of(c, input_tokens, attended, np.ones(()), e).total_s
    return Run(rate, total / 2, cycle / decode_steps, batch, step, alone)


def open_loop(
    candidates: Candidates, requests_per_s: Floats, input_tokens: Floats, output_tokens: Floats, efficiencies: Efficiencies
) -> Run:
    """Returns the mean state under Poisson arrivals of `requests_per_s` a replica: the batch whose flow equals them.

    Bisection on the batch, whose flow B / cycle(B) grows with B; beyond capacity the replica saturates at its full batch
    and TTFT, which then grows without end, is infinite. Fluctuations of the batch are not modelled.
    """
    c, e = candidates, efficiencies
    attended = attended_contexts(c, input_tokens)
    contexts = middle_contexts(c, input_tokens, output_tokens)
    decode_steps = np.maximum(output_tokens - 1, 1.0)

    def cycle_s(batch: Floats) -> tuple[Step, Floats, Floats]:
        step = decode(c, batch, contexts, e, 1.0)
        occupancy = prefill_occupancy_s(c, batch, input_tokens, attended, e)
        return step, occupancy, decode_steps * step.total_s + batch * occupancy

    low = np.zeros(len(c))
    fit = capacity(c, input_tokens, output_tokens, e)
    high = fit + np.zeros(len(c))
    for _ in range(OPEN_LOOP_HALVINGS):
        middle = (low + high) / 2
        is_short = middle / cycle_s(middle)[2] < requests_per_s
        low, high = np.where(is_short, middle, low), np.where(is_short, high, middle)
    batch = high
    step, occupancy, cycle = cycle_s(batch)
    rate = np.minimum(batch / cycle, requests_per_s)
    is_saturated = batch >= fit * (1 - 1e-6)
    alone = prefill_of(c, input_tokens, attended, np.ones(()), e).total_s
    ttft = step.total_s + alone + queue_wait_s(batch * occupancy / cycle, occupancy)
    ttft = np.where(is_saturated, np.inf, ttft)
    return Run(rate * output_tokens / c.accelerators, ttft, cycle / decode_steps, batch, step, alone)
