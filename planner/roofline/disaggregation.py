"""Prefill-only and decode-only replicas, and the KV cache's way from one to the other.

A prefill replica packs prompts into chunks and streams the weights once a chunk; a decode replica never sees a prompt, so
TPOT = step. Between them each rank sends its share of the sequence's cache over the scale-out fabric.
"""

from dataclasses import dataclass

import numpy as np

from planner.roofline.calibration import Efficiencies, Values
from planner.roofline.candidates import Candidates, Floats
from planner.roofline.lengths import Contexts, Lengths
from planner.roofline.links import pipelined_s
from planner.roofline.memory import sequence_bytes
from planner.roofline.service import queue_wait_s
from planner.roofline.steps import decode, prefill, prefill_of


@dataclass(frozen=True)
class PrefillRole:
    """What a prefill-only replica does at a share of its capacity: requests/s and mean TTFT, s."""

    requests_per_s: Floats
    ttft_s: Floats


@dataclass(frozen=True)
class DecodeRole:
    """What a decode-only replica does with a batch: requests/s and TPOT, s."""

    requests_per_s: Floats
    tpot_s: Floats


def prefill_role(
    candidates: Candidates, lengths: Lengths, efficiencies: Efficiencies, utilisation: Values = 0.7, cached_share: float = 0.0
) -> PrefillRole:
    """Returns rate and TTFT of a prefill-only replica kept `utilisation` busy (waits are M/D/1's).

    Prompts shorter than the engine's chunk share a pass. Capacity = groups x pp x prompts / pass.
    """
    c, e = candidates, efficiencies
    new = lengths.mean_input * (1 - cached_share)
    attended = lengths.prefill_contexts(c.window_tokens, c.sparse_tokens)
    kept = 1 - cached_share**2
    attended = Contexts(attended.full * kept, attended.window * kept, attended.sparse * kept)
    prompts = np.maximum(np.asarray(e.chunk_tokens / max(new, 1.0)), 1.0)
    packed = prefill_of(c, np.asarray(new), attended, prompts, e).total_s
    service = packed / (prompts * c.dp * c.pp)
    alone = prefill(c, lengths.mean_input, cached_share, e).total_s
    return PrefillRole(np.asarray(utilisation / service), alone + queue_wait_s(np.asarray(utilisation), service))


def decode_role(candidates: Candidates, batch: Values, lengths: Lengths, efficiencies: Efficiencies) -> DecodeRole:
    """Returns rate and TPOT of a decode-only replica with `batch` sequences: rate = B / ((o - 1) step)."""
    c = candidates
    contexts = lengths.resident_contexts(c.window_tokens, c.sparse_tokens)
    count = np.broadcast_to(np.asarray(batch, dtype=np.float64), (len(c),))
    step = decode(c, count, contexts, efficiencies, 1.0).total_s
    return DecodeRole(count / (max(lengths.mean_output - 1.0, 1.0) * step), step)


def kv_transfer_s(candidates: Candidates, input_tokens: Values, efficiencies: Efficiencies) -> Floats:
    """Returns seconds to move the cache of one prompt from a prefill replica to a decode replica of the same layout.

    Every rank of the sequence's group sends its own share over its own port: time = (sqrt(a) + sqrt(b / bandwidth))^2;
    the latent of MLA is the same on every rank and is split over them. Infinite without a scale-out fabric.
    """
    c, e = candidates, efficiencies
    share = sequence_bytes(c, np.asarray(input_tokens, dtype=np.float64)) / c.pp
    share = np.where(c.is_mla > 0, share / c.tp, share)
    bandwidth = c.scale_out_byte_per_s * e.scale_out_share
    wire = np.where(bandwidth > 0, share / np.maximum(bandwidth, 1.0), np.inf)
    return pipelined_s(e.scale_out_latency_s, wire)
