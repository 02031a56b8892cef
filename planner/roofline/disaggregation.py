"""Prefill-only and decode-only replicas, and the KV cache's way from one to the other.

A prefill replica packs prompts into chunks and streams the weights once a chunk; a decode replica never sees a prompt, so
TPOT = step. Between them each rank sends its share of the sequence's cache over the scale-out fabric.
"""

from dataclasses import dataclass

import numpy as np

from planner.roofline.calibration import Efficiencies, Values
from planner.roofline.candidates import Candidates, Floats
from planner.roofline.lengths import Lengths
from planner.roofline.links import pipelined_s
from planner.roofline.memory import sequence_bytes
from planner.roofline.service import queue_wait_s
from planner.roofline.speculation import Drafts, drafted_decode
from planner.roofline.steps import prefill, prefill_of


def kv_transfer_s(candidates: Candidates, input_tokens: Values, efficiencies: Efficiencies) -> Floats:
    """Returns seconds to move the cache of one prompt from a prefill replica to a decode replica of the same layout.

    Every rank of the sequence's group sends its own share over its own port: time = (sqrt(a) + sqrt(b / bandwidth))^2.
    Infinite without a scale-out fabric.
    """
    return pipelined_s(efficiencies.scale_out_latency_s, kv_wire_s(candidates, input_tokens, efficiencies))


def kv_share_bytes(candidates: Candidates, input_tokens: Values) -> Floats:
    """Returns the bytes of one prompt's cache that a rank of the sequence's group sends or receives.

    The latent of MLA is the same on every tensor rank and is split over them; a pipeline stage holds its own layers.
    """
    c = candidates
    share = sequence_bytes(c, np.asarray(input_tokens, dtype=np.float64)) / c.pp
    return np.where(c.is_mla > 0, share / c.tp, share)


def kv_wire_s(candidates: Candidates, input_tokens: Values, efficiencies: Efficiencies) -> Floats:
    """Returns seconds that one prompt's cache keeps the ports of a sequence's group busy; infinite without a fabric."""
    bandwidth = candidates.scale_out_byte_per_s * efficiencies.scale_out_share
    share = kv_share_bytes(candidates, input_tokens)
    return np.asarray(np.where(bandwidth > 0, share / np.maximum(bandwidth, 1.0), np.inf))


@dataclass(frozen=True)
class PromptPasses:
    """A prefill-only replica under a stream of prompts: prompts a pass, requests/s at full load, seconds of a pass and alone."""

    prompts: Floats
    requests_per_s: Floats
    pass_s: Floats
    alone_s: Floats

    def ttft_s(self, load_share: float, wait_quantile: float | None, slots: Floats) -> Floats:
        """Returns seconds until a prompt's pass is over at a load: its own pass, and the wait for the one before it.

        Where prompts share passes a prompt takes a whole pass. The wait is M/D/1's over passes, one server for each of a
        group's `slots` pipeline stages; at a quantile q its tail is taken as exponential, x -ln(1 - q).
        """
        own = np.where(self.prompts > 1, np.maximum(self.pass_s, self.alone_s), self.alone_s)
        tail = 1.0 if wait_quantile is None or wait_quantile <= 0.5 else -np.log1p(-wait_quantile)
        return own + tail * queue_wait_s(np.asarray(load_share), self.pass_s / slots)


def prompt_passes(
    candidates: Candidates,
    lengths: Lengths,
    efficiencies: Efficiencies,
    cached_share: float = 0.0,
    ttft_quantile: float | None = None,
    drafts: Drafts | None = None,
) -> PromptPasses:
    """Returns how prefill-only replicas work off prompts; a prompt alone is taken at a quantile of the input length.

    Prompts shorter than the engine's chunk share a pass. With drafts the draft reads the prompt too.
    """
    c, e = candidates, efficiencies
    new = lengths.mean_input * (1 - cached_share)
    attended = lengths.prefill_contexts(c.window_tokens, c.sparse_tokens, cached_share)
    prompts = np.maximum(np.floor(np.asarray(e.chunk_tokens / max(new, 1.0))), 1.0) + np.zeros(len(c))
    factor = 1.0 if drafts is None else drafts.memory_factor
    packed = prefill_of(c, np.asarray(new), attended, prompts, e).total_s * factor
    tail = lengths.mean_input if ttft_quantile is None else lengths.input_quantile(ttft_quantile)
    alone = prefill(c, tail, cached_share, e).total_s * factor
    return PromptPasses(prompts, prompts * c.dp * c.pp / packed, packed, alone)


def decode_steps(
    candidates: Candidates, batch: Floats, lengths: Lengths, efficiencies: Efficiencies, drafts: Drafts | None = None
) -> tuple[Floats, Floats]:
    """Returns (seconds a step, seconds a token) of decode-only replicas with `batch` sequences each."""
    c = candidates
    contexts = lengths.resident_contexts(c.window_tokens, c.sparse_tokens)
    _, step_s, token_s = drafted_decode(c, batch, contexts, drafts, efficiencies)
    return step_s, token_s
