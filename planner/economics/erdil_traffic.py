"""Bytes that a matrix product moves through memory, with re-reads of activations across tensor-parallel ranks."""

import numpy as np

from planner.economics.erdil_models import ErdilModel, FloatArray


def product_bytes(model: ErdilModel, out_width: float, in_width: float, tokens: FloatArray, degree: FloatArray) -> FloatArray:
    """Returns the bytes of an (out x in) weight times `tokens` vectors, split over `degree` devices (v2).

    rw(m, k, n; tp) = m k w + t1 k n b + t2 m n b, with t1 = clip(sqrt(m tp / k), 1, tp) and t2 = tp / t1: inputs are
    read by t1 devices, outputs written by t2, weights once.
    """
    input_reads = np.clip(np.sqrt(out_width * degree / in_width), 1, degree)
    output_writes = degree / input_reads
    activation = input_reads * (in_width * model.activation_bytes)
    activation = activation + output_writes * (out_width * model.activation_bytes)
    return np.asarray(activation * tokens + out_width * in_width * model.weight_bytes)


def expert_coverage(model: ErdilModel, tokens: FloatArray) -> FloatArray:
    """Returns the expected share of experts that some token meets, 1 - (1 - 1/s)^tokens (uniform routing)."""
    return np.asarray(1 - (1 - 1 / model.sparsity) ** np.asarray(tokens, dtype=float))


def ff_bytes_per_layer(model: ErdilModel, tokens: FloatArray, degree: FloatArray) -> FloatArray:
    """Returns the bytes of a layer's feed-forward networks: coverage E (m1 + m2) rw(d, f, T/s; tp)."""
    product = product_bytes(model, model.hidden, model.intermediate, tokens / model.sparsity, degree)
    return np.asarray(expert_coverage(model, tokens) * (model.experts * model.ff_matrices) * product)


def attention_bytes_per_layer(model: ErdilModel, tokens: FloatArray, degree: FloatArray) -> FloatArray:
    """Returns the bytes of a layer's attention projections, rw(A, d) + rw(d, h e), KV cache apart.

    With MLA rw(r_kv + r_q, d) + rw(A, r_kv + r_q) + rw(d, h e) (quirk 2: a dense A x (r_kv + r_q) matrix).
    """
    heads_width = model.head_dim * model.query_heads
    output = product_bytes(model, model.hidden, heads_width, tokens, degree)
    if not model.has_latent_attention:
        return product_bytes(model, model.attention_width, model.hidden, tokens, degree) + output
    latent_width = model.mla_kv_dim + model.mla_query_dim
    down = product_bytes(model, latent_width, model.hidden, tokens, degree)
    up = product_bytes(model, model.attention_width, latent_width, tokens, degree)
    return down + up + output
