"""Time of one decode step and of one prefill, by operation class: sum over classes of joined memory and compute time.

t(class) = (m^p + c^p)^(1/p), m = bytes / (bandwidth x share), c = FLOP / (rate x share); collectives and overheads add.
Worked (ideal, p = infinity): Llama-3.1-8B bf16 at batch 1 reads 16.06 GB - 1.05 GB of embeddings; at 3.35 TB/s that is
4.5 ms a token, whatever the FLOP (16 GFLOP at 989 TFLOP/s = 0.016 ms).
"""

from dataclasses import dataclass

import numpy as np

from planner.roofline.calibration import Efficiencies, Values
from planner.roofline.candidates import Candidates, Floats, Integers
from planner.roofline.lengths import Contexts, causal_context
from planner.roofline.links import all_reduce_s, all_to_all_s, point_to_point_s

BOUNDS = ("memory", "compute", "network", "overhead")
"""What takes most of a step, by code."""
ACTIVATION_BYTES = 2.0
LOGIT_BYTES = 8.0
"""fp32 logits written once and read once by the sampler."""


@dataclass(frozen=True)
class Step:
    """Seconds of one pass by class, arrays over candidates; `bound` indexes BOUNDS."""

    attention_projection_s: Floats
    attention_s: Floats
    ffn_s: Floats
    expert_s: Floats
    head_s: Floats
    activation_s: Floats
    collective_s: Floats
    overhead_s: Floats
    total_s: Floats
    memory_s: Floats
    compute_s: Floats
    bound: Integers


def decode_step(
    candidates: Candidates, batch: Floats | float, context_tokens: Floats | float, efficiencies: Efficiencies
) -> Step:
    """Returns one decode step of `batch` sequences a replica with mean `context_tokens` each."""
    context = np.asarray(context_tokens, dtype=np.float64)
    window = np.where(candidates.window_tokens > 0, np.minimum(context, candidates.window_tokens), context)
    sparse = np.where(candidates.sparse_tokens > 0, np.minimum(context, candidates.sparse_tokens), context)
    return decode(candidates, np.asarray(batch, dtype=np.float64), Contexts(context, window, sparse), efficiencies, 1.0)


def decode(
    candidates: Candidates, batch: Floats, contexts: Contexts, efficiencies: Efficiencies, queries: Floats | float
) -> Step:
    """Returns one decode step with `queries` tokens verified per sequence (1 without speculation).

    A pipeline of pp stages runs batch / pp sequences in each of pp micro-batches, so a token's step is all layers at
    those rows; a data-parallel attention group holds batch / (pp dp).
    """
    c, e = candidates, efficiencies
    sequences = batch / (c.pp * c.dp)
    rows = sequences * queries
    rate_16bit = c.rate_16bit_flop_per_s
    stream = c.memory_byte_per_s * e.memory_share
    share = np.where(c.attention_is_16bit > 0, e.compute_share_16bit, e.compute_share)
    projection = (c.attention_bytes / stream, 2 * c.attention_params * rows / (c.attention_rate_flop_per_s * share))
    kv_bytes = c.kv_bytes_full * contexts.sparse + c.kv_bytes_window * contexts.window
    kv_bytes = (kv_bytes + c.kv_bytes_index * contexts.full + 2 * c.state_bytes) * sequences
    flop = c.decode_flop_per_context_full * contexts.sparse + c.decode_flop_per_context_window * contexts.window
    flop = (flop + c.index_flop_per_context * contexts.full) * rows
    attention = (kv_bytes / (c.memory_byte_per_s * e.kv_memory_share), flop / (rate_16bit * e.attention_compute_share))
    ffn = (c.ffn_bytes / stream, 2 * c.ffn_params * rows / (c.rate_flop_per_s * e.compute_share))
    expert = _expert_times(c, rows * c.dp, e)
    logits = rows * c.head_params / c.hidden * LOGIT_BYTES
    head = ((c.head_bytes + logits) / stream, 2 * c.head_params * rows / (rate_16bit * e.compute_share_16bit))
    activation = c.activation_bytes_per_token * rows / (c.memory_byte_per_s * e.activation_share)
    return _joined(
        (projection, attention, ffn, expert, head),
        activation,
        collectives_s(c, rows, e),
        overhead_s(c, sequences, e),
        e,
    )


def prefill(
    candidates: Candidates, input_tokens: Floats | float, cached_share: Floats | float, efficiencies: Efficiencies
) -> Step:
    """Returns the pass over one prompt a data-parallel group, of which `cached_share` is read from the prefix cache.

    Prompts beyond the engine's chunk run in ceil(s / chunk) passes that each stream the weights and pay the overheads.
    """
    size = np.asarray(input_tokens, dtype=np.float64)
    cached = size * np.asarray(cached_share, dtype=np.float64)
    cap = (np.zeros(()), candidates.window_tokens, candidates.sparse_tokens)
    attended = [causal_context(size, one) - causal_context(cached, one) for one in cap]
    return prefill_of(candidates, size - cached, Contexts(*attended), np.ones(()), efficiencies)


def prefill_of(candidates: Candidates, tokens: Floats, attended: Contexts, prompts: Floats, efficiencies: Efficiencies) -> Step:
    """Returns the prefill of `prompts` equal prompts of `tokens` new tokens each, run together in every group.

    `attended` holds one prompt's summed contexts (token x context pairs).
    """
    c, e = candidates, efficiencies
    rows = tokens * prompts
    passes = np.maximum(np.ceil(rows / e.chunk_tokens), 1.0)
    computing = prefill_times(c, rows, attended, prompts, e)
    stream = c.memory_byte_per_s * e.memory_share
    projection = (passes * c.attention_bytes / stream, computing[0])
    attention = (np.zeros_like(computing[1]), computing[1])
    ffn = (passes * c.ffn_bytes / stream, computing[2])
    covered = passes * _coverage(c, rows * c.dp / passes, e) * c.expert_bytes
    experts = (covered / (c.memory_byte_per_s * e.moe_memory_share), computing[3])
    head = (c.head_bytes / stream, 2 * c.head_params * prompts / (c.rate_16bit_flop_per_s * e.compute_share_16bit))
    activation = c.activation_bytes_per_token * rows / (c.memory_byte_per_s * e.activation_share)
    collective = passes * collectives_s(c, rows / passes, e)
    overhead = passes * overhead_s(c, prompts, e) + e.prefill_overhead_s
    return _joined((projection, attention, ffn, experts, head), activation, collective, overhead, e)


def prefill_times(
    candidates: Candidates, rows: Floats, attended: Contexts, prompts: Floats, efficiencies: Efficiencies
) -> tuple[Floats, Floats, Floats, Floats]:
    """Returns compute seconds of projections, attention, dense FFN and experts for `rows` new prompt tokens a group."""
    c, e = candidates, efficiencies
    share = np.where(c.attention_is_16bit > 0, e.compute_share_16bit, e.compute_share)
    projection = 2 * c.attention_params * rows / (c.attention_rate_flop_per_s * share)
    flop = c.prefill_flop_per_context_full * attended.sparse + c.prefill_flop_per_context_window * attended.window
    flop = (flop + c.index_flop_per_context * attended.full) * prompts
    attention = flop / (c.rate_16bit_flop_per_s * e.attention_compute_share)
    ffn = 2 * c.ffn_params * rows / (c.rate_flop_per_s * e.compute_share)
    expert = _expert_compute_s(c, rows * c.dp, np.ones(()), e)
    return projection, attention, ffn, expert


def prefill_marginal_s(
    candidates: Candidates, tokens: Floats, attended: Contexts, covered: Floats, efficiencies: Efficiencies
) -> Floats:
    """Returns what one prompt adds to steps that already stream the weights for decoding: its compute and traffic.

    `covered` is the share of experts the decode batch reads anyway; the chunk reads the rest.
    """
    c, e = candidates, efficiencies
    projection, attention, ffn, expert = prefill_times(c, tokens, attended, np.ones(()), e)
    passes = tokens / e.chunk_tokens
    rest = np.maximum(_coverage(c, tokens * c.dp, e) - covered, 0.0) * np.maximum(passes, 1.0)
    memory = rest * c.expert_bytes / (c.memory_byte_per_s * e.moe_memory_share)
    expert = _joint(memory, expert, e.overlap_exponent)
    activation = c.activation_bytes_per_token * tokens / (c.memory_byte_per_s * e.activation_share)
    chunk = np.minimum(tokens, e.chunk_tokens)
    collective = collectives_s(c, chunk, e) * np.maximum(passes, 1.0)
    return projection + attention + ffn + expert + activation + collective + e.request_overhead_s


def decode_coverage(candidates: Candidates, batch: Floats, efficiencies: Efficiencies) -> Floats:
    """Share of the routed experts that a decode batch touches; 0 for dense models."""
    return _coverage(candidates, batch / candidates.pp, efficiencies)


def _coverage(c: Candidates, tokens: Floats, e: Efficiencies) -> Floats:
    """Share of experts that `tokens` touch: 1 - (1 - k/E)^n with n = 1 + coverage_share (tokens - 1).

    A coverage share of 1 routes every token at random; below it tokens of a batch like the same experts.
    """
    chosen = np.minimum(c.experts_per_token / np.maximum(c.experts, 1.0), 1 - 1e-12)
    different = np.maximum(1 + e.coverage_share * (tokens - 1), 0.0)
    return np.asarray(-np.expm1(different * np.log1p(-chosen)) * (c.experts > 0))


def _imbalance(c: Candidates, e: Efficiencies) -> Floats:
    """Load of the busiest expert group over the mean: 1 at one group, growing with the logarithm of their count."""
    return 1 + e.expert_imbalance * np.log2(c.ep) / 3


def _expert_times(c: Candidates, tokens: Floats, e: Efficiencies) -> tuple[Floats, Floats]:
    covered = _coverage(c, tokens, e)
    read = np.minimum(covered * _imbalance(c, e), 1.0) * c.expert_bytes
    return read / (c.memory_byte_per_s * e.moe_memory_share), _expert_compute_s(c, tokens, covered, e)


def _expert_compute_s(c: Candidates, tokens: Floats, covered: Floats, e: Efficiencies) -> Floats:
    rows = tokens * c.experts_per_token + covered * c.experts * e.expert_padding_rows
    flop = 2 * c.expert_params_per_token * rows / np.maximum(c.experts_per_token, 1.0)
    narrow = 1 + e.shard_width_half / c.expert_width
    return flop * narrow * _imbalance(c, e) / (c.rate_flop_per_s * e.compute_share * e.moe_compute_share)


def collectives_s(candidates: Candidates, rows: Floats, efficiencies: Efficiencies) -> Floats:
    """Returns seconds of all collectives of a pass with `rows` tokens a group.

    Two all-reduces a layer over the tensor group; with data-parallel attention a mixture layer dispatches (8-bit) and
    combines (16-bit) its tokens by all-to-all instead of the second; pp - 1 hops hand over the residual stream.
    """
    c, e = candidates, efficiencies
    message = rows * c.hidden * ACTIVATION_BYTES
    is_spread = (c.dp > 1) & (c.moe_layers > 0)
    reduces = c.kernel_layers + c.layers - np.where(is_spread, c.moe_layers, 0.0)
    time = reduces * all_reduce_s(c, c.tp, message, e) + (c.pp - 1) * point_to_point_s(c, message, e)
    if np.any(is_spread):
        ranks = c.tp * c.dp
        copies = np.minimum(c.experts_per_token, ranks) * message / ACTIVATION_BYTES / c.tp
        exchange = all_to_all_s(c, ranks, copies, e) + all_to_all_s(c, ranks, copies * ACTIVATION_BYTES, e)
        time = time + np.where(is_spread, c.moe_layers * exchange, 0.0)
    return time


def overhead_s(candidates: Candidates, sequences: Floats, efficiencies: Efficiencies) -> Floats:
    """Returns launch gaps of all layers and the host's time per step and per sequence."""
    c, e = candidates, efficiencies
    layers = c.layers * (e.layer_overhead_s + np.where(c.tp * c.dp > 1, e.tp_layer_overhead_s, 0.0))
    layers = layers + c.moe_layers * e.moe_layer_overhead_s + c.linear_layers * e.linear_layer_overhead_s
    layers = layers + c.is_mla * c.layers * e.mla_layer_overhead_s
    return layers + e.step_overhead_s + sequences * e.sequence_overhead_s


def _joint(memory: Floats, compute: Floats, exponent: Values) -> Floats:
    """(m^p + c^p)^(1/p), scaled so that no power overflows or underflows."""
    larger = np.maximum(memory, compute)
    ratio = np.minimum(memory, compute) / np.maximum(larger, 1e-300)
    return np.asarray(larger * (1 + ratio**exponent) ** (1 / exponent))


def _joined(
    pairs: tuple[tuple[Floats, Floats], ...], activation: Floats, collective: Floats, overhead: Floats, e: Efficiencies
) -> Step:
    """Returns the step of five (memory, compute) classes; a class's time counts to the larger of its two."""
    times = [_joint(memory, compute, e.overlap_exponent) for memory, compute in pairs]
    memory, compute = activation, np.zeros_like(times[0])
    for (m, k), time in zip(pairs, times, strict=True):
        is_memory = m >= k
        memory = memory + np.where(is_memory, time, 0.0)
        compute = compute + np.where(is_memory, 0.0, time)
    total = memory + compute + collective + overhead
    bound = np.argmax(np.stack(np.broadcast_arrays(memory, compute, collective, overhead)), axis=0).astype(np.int64)
    projection, attention, ffn, expert, head = times
    return Step(
        projection, attention, ffn, expert, head, activation, collective, overhead + 0 * total, total, memory, compute, bound
    )
