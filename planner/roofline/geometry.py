"""Parameters, KV bytes and attention FLOP of one model as one accelerator of a layout holds and computes them.

Counts follow the published block shapes: GQA attention (2 q + 2 kv heads), multi-head latent attention (down and up
projections, latent KV), gated FFN (three matrices), routed and shared experts, linear-attention mixers.
"""

from dataclasses import dataclass, fields

from planner.inputs.models import LanguageModel, Precision
from planner.units import BITS_PER_BYTE, PARAMETERS_PER_BILLION

SIXTEEN_BIT = 16.0
LINEAR_MIXER_HIDDEN_SQUARES = 7.0
"""Parameters of a linear-attention mixer over hidden^2: Qwen3-Next 8.2, Qwen3.5-397B 7.0, Mamba-2 d_inner=2h about 6."""
LINEAR_STATE_PER_HIDDEN = 256.0
"""Recurrent state elements per hidden unit: value width 2h x key width 128 (Qwen3-Next: 32 x 128 x 128 at h = 2048)."""
INDEXER_HEADS = 64.0
INDEXER_WIDTH = 128.0
"""DeepSeek sparse attention indexer: 64 heads of 128 over one 128-wide key per token (DeepSeek-V3.2 configuration)."""


@dataclass(frozen=True)
class Geometry:
    """One accelerator's share of a model, all its layers (before the pipeline split); bytes, parameters, FLOP."""

    layers: float
    moe_layers: float
    hidden: float
    attention_params: float
    attention_bytes: float
    attention_is_16bit: float
    ffn_params: float
    ffn_bytes: float
    expert_params_per_token: float
    expert_bytes: float
    experts: float
    experts_per_token: float
    head_params: float
    head_bytes: float
    embedding_bytes: float
    activation_bytes_per_token: float
    kv_bytes_full: float
    kv_bytes_window: float
    kv_bytes_index: float
    window_tokens: float
    sparse_tokens: float
    state_bytes: float
    decode_flop_per_context_full: float
    decode_flop_per_context_window: float
    prefill_flop_per_context_full: float
    prefill_flop_per_context_window: float
    index_flop_per_context: float
    is_mla: float
    linear_layers: float
    kernel_layers: float


GEOMETRY_FIELDS = tuple(field.name for field in fields(Geometry))


def attention_bits(model: LanguageModel, precision: Precision) -> float:
    """Weight bits of the attention projections: 4-bit checkpoints of MoE models quantise the experts and leave these.

    Sources: openai/gpt-oss (MXFP4 experts only), moonshotai/Kimi-K2.5 (INT4 experts only), nvidia/DeepSeek-R1-FP4
    (attention excluded); dense NVFP4 and INT4 checkpoints quantise every linear layer but the head.
    """
    is_four_bit_moe = model.experts > 0 and precision.weight_bits < 6
    if is_four_bit_moe and (precision.precision != "nvfp4" or model.kv_lora_rank > 0):
        return SIXTEEN_BIT
    return float(precision.weight_bits)


def attention_params(model: LanguageModel, tp: int) -> float:
    """Attention parameters of one layer on one of `tp` ranks; KV heads are replicated where tp exceeds them."""
    if model.kv_lora_rank:
        heads = model.q_heads / tp
        qk = model.qk_nope_head_dim + model.qk_rope_head_dim
        query_in = model.q_lora_rank or model.hidden
        down = model.hidden * (model.q_lora_rank + model.kv_lora_rank + model.qk_rope_head_dim)
        up = heads * (query_in * qk + model.kv_lora_rank * (model.qk_nope_head_dim + model.v_head_dim))
        return float(down + up + heads * model.v_head_dim * model.hidden)
    kv_heads = max(model.kv_heads, tp) / tp
    return float(2 * model.hidden * model.head_dim * (model.q_heads / tp + kv_heads))


def kv_elements_per_layer(model: LanguageModel, tp: int) -> float:
    """KV cache elements per token and layer on one of `tp` ranks; the latent of MLA is whole on every rank."""
    if model.kv_lora_rank:
        return float(model.kv_lora_rank + model.qk_rope_head_dim)
    return 2.0 * max(model.kv_heads, tp) / tp * model.head_dim


def attention_flop_per_context(model: LanguageModel, tp: int) -> tuple[float, float]:
    """(decode, prefill) FLOP per query token, context token and layer on one rank: QK^T and PV, two FLOP a product.

    MLA decodes in the absorbed form (latent + rope against latent) and prefills in the expanded one.
    """
    heads = model.q_heads / tp
    if model.kv_lora_rank:
        absorbed = 2 * heads * (2 * model.kv_lora_rank + model.qk_rope_head_dim)
        expanded = 2 * heads * (model.qk_nope_head_dim + model.qk_rope_head_dim + model.v_head_dim)
        return absorbed, expanded
    flop = 4.0 * heads * model.head_dim
    return flop, flop


def geometry(model: LanguageModel, precision: Precision, kv_bits: float, tp: int, dp: int) -> Geometry:
    """One rank's share of `model` under tensor parallel `tp` and `dp` attention groups; experts spread over tp x dp."""
    head = model.hidden * model.vocab / tp
    width = model.intermediate if not model.moe_layers else model.experts_per_token * model.expert_intermediate
    return Geometry(
        layers=float(model.layers),
        moe_layers=float(model.moe_layers),
        hidden=float(model.hidden),
        experts=float(model.experts),
        experts_per_token=float(model.experts_per_token),
        head_params=head,
        head_bytes=2 * head,
        embedding_bytes=0.0 if model.is_tied_embeddings else 2 * head,
        activation_bytes_per_token=2.0 * model.layers * (10 * model.hidden + 4 * (width + model.shared_intermediate) / tp),
        is_mla=float(model.kv_lora_rank > 0),
        linear_layers=float(model.linear_layers),
        kernel_layers=float(model.full_attention_layers + model.window_layers + model.linear_layers),
        **_mixer(model, precision, tp),
        **_feed_forward(model, precision, tp, dp),
        **_contexts(model, kv_bits, tp),
    )


def _mixer(model: LanguageModel, precision: Precision, tp: int) -> dict[str, float]:
    """Attention projections and linear mixers of one rank."""
    attention_byte = attention_bits(model, precision) / BITS_PER_BYTE
    mixer = (model.full_attention_layers + model.window_layers) * attention_params(model, tp)
    mixer += model.linear_layers * LINEAR_MIXER_HIDDEN_SQUARES * model.hidden**2 / tp
    return {
        "attention_params": mixer,
        "attention_bytes": mixer * attention_byte,
        "attention_is_16bit": float(attention_byte >= 2),
    }


def _feed_forward(model: LanguageModel, precision: Precision, tp: int, dp: int) -> dict[str, float]:
    """Dense layers, shared experts, router and routed experts of one rank."""
    weight_byte = precision.weight_bits / BITS_PER_BYTE
    dense_layers = max(model.layers - model.moe_layers, 0) if model.intermediate else 0
    matrices = model.ffn_matrices or 3
    dense = dense_layers * matrices * model.hidden * model.intermediate / tp
    dense += model.moe_layers * matrices * model.hidden * model.shared_intermediate / tp
    expert = matrices * model.hidden * model.expert_intermediate
    router = model.moe_layers * model.hidden * model.experts
    return {
        "ffn_params": dense + router,
        "ffn_bytes": dense * shared_byte(model, precision) + router * 2.0,
        "expert_params_per_token": model.moe_layers * model.experts_per_token * expert / (tp * dp),
        "expert_bytes": model.moe_layers * model.experts * expert * weight_byte / (tp * dp),
    }


def _contexts(model: LanguageModel, kv_bits: float, tp: int) -> dict[str, float]:
    """KV cache and attention over it: bytes and FLOP a context token, by kind of layer."""
    kv_layer_bytes = kv_elements_per_layer(model, tp) * kv_bits / BITS_PER_BYTE
    decode_flop, prefill_flop = attention_flop_per_context(model, tp)
    full, window = model.full_attention_layers, model.window_layers
    indexed = full if model.sparse_attention_tokens else 0
    return {
        "kv_bytes_full": full * kv_layer_bytes,
        "kv_bytes_window": window * kv_layer_bytes,
        "kv_bytes_index": indexed * INDEXER_WIDTH * 1.0,
        "window_tokens": float(model.window_tokens or 0),
        "sparse_tokens": float(model.sparse_attention_tokens or 0),
        "state_bytes": model.linear_layers * LINEAR_STATE_PER_HIDDEN * model.hidden * 2.0 / tp,
        "decode_flop_per_context_full": full * decode_flop,
        "decode_flop_per_context_window": window * decode_flop,
        "prefill_flop_per_context_full": full * prefill_flop,
        "prefill_flop_per_context_window": window * prefill_flop,
        "index_flop_per_context": indexed * 2 * INDEXER_HEADS * INDEXER_WIDTH / tp,
    }


def shared_byte(model: LanguageModel, precision: Precision) -> float:
    """Bytes a parameter of dense FFN layers and shared experts: quantised with the weights, save in experts-only formats."""
    if model.experts > 0 and precision.weight_bits < 6 and precision.precision != "nvfp4":
        return SIXTEEN_BIT / BITS_PER_BYTE
    return precision.weight_bits / BITS_PER_BYTE


def parameters_total(model: LanguageModel) -> float:
    """Parameters the geometry counts, for checks against the published total; billions x 1e9."""
    matrices = model.ffn_matrices or 3
    softmax_layers = model.full_attention_layers + model.window_layers
    dense_layers = max(model.layers - model.moe_layers, 0) if model.intermediate else 0
    total = softmax_layers * attention_params(model, 1)
    total += model.linear_layers * LINEAR_MIXER_HIDDEN_SQUARES * model.hidden**2
    total += dense_layers * matrices * model.hidden * model.intermediate
    routed = model.experts * (matrices * model.hidden * model.expert_intermediate + model.hidden)
    total += model.moe_layers * (routed + matrices * model.hidden * model.shared_intermediate)
    total += model.hidden * model.vocab * (1 if model.is_tied_embeddings else 2)
    return float(total) / PARAMETERS_PER_BILLION * PARAMETERS_PER_BILLION
