"""Latency of one decoding step, v1: the notebook of September 2024; no expert parallelism, no MLA, no caps.

    t = t_kernel + t_net + max(t_mem, t_flop)

P pipeline stages of tp = G/P devices, B sequences in P micro-batches; one tensor-parallel degree for attention and
feed-forward. Against v2: links inside and between nodes add up, activation re-reads do not depend on the shape of the
matrix, the query-key-value output is counted as bytes without its element size, and KV capacity holds all B sequences.
"""

from dataclasses import dataclass

import numpy as np

from planner.economics.erdil_collectives import CollectiveTime, collective_time
from planner.economics.erdil_devices import ErdilDevice
from planner.economics.erdil_latency import TensorGroup, Workload, kernel_s, tensor_group
from planner.economics.erdil_models import ErdilModel, FloatArray
from planner.economics.erdil_traffic import expert_coverage

QKV_OUTPUT_ELEMENT_BYTES = 1.0
"""The bytes factor that the query-key-value output lacks in v1 (quirk kept)."""


@dataclass(frozen=True)
class LayoutV1:
    """How the instance is split: stages P, and 2D or 1D tensor parallelism."""

    stages: FloatArray
    is_two_dimensional: bool


@dataclass(frozen=True)
class LatencyPartsV1:
    """Components of a step, seconds, with the bytes and FLOP behind two of them."""

    group: TensorGroup
    kernel_s: float
    collective: CollectiveTime
    pipeline_s: FloatArray
    memory_bytes: FloatArray
    flop: FloatArray
    memory_s: FloatArray
    arithmetic_s: FloatArray

    @property
    def network_s(self) -> FloatArray:
        """All-reduces and stage hand-overs."""
        return np.asarray(self.collective.total_s + self.pipeline_s)

    @property
    def total_s(self) -> FloatArray:
        """The step: kernel + network + max(memory, arithmetic)."""
        return np.asarray(self.kernel_s + self.network_s + np.maximum(self.memory_s, self.arithmetic_s))


def memory_bytes_v1(
    model: ErdilModel,
    context: float | FloatArray,
    batch: FloatArray,
    query_tokens: float | FloatArray,
    degree: FloatArray,
    is_two_dimensional: bool,
) -> FloatArray:
    """Returns the bytes one pass over `batch` sequences moves through memory.

    Inputs are read and outputs written (sqrt tp, sqrt tp) times in 2D; in 1D (tp, 1) times, but (1, tp) times for the
    query-key-value product.
    """
    tokens = batch * query_tokens
    if is_two_dimensional:
        reads = writes = qkv_reads = qkv_writes = np.sqrt(degree)
    else:
        reads = qkv_writes = degree
        writes = qkv_reads = np.ones_like(degree)
    activation = model.activation_bytes
    ff = _product_bytes(model, model.hidden, model.intermediate, tokens / model.sparsity, reads, writes, activation)
    coverage = expert_coverage(model, tokens) * (model.experts * model.ff_matrices)
    heads_width = model.head_dim * model.query_heads
    output = _product_bytes(model, model.hidden, heads_width, tokens, reads, writes, activation)
    qkv = _product_bytes(model, model.attention_width, model.hidden, tokens, qkv_reads, qkv_writes, QKV_OUTPUT_ELEMENT_BYTES)
    cache_bytes = model.kv_bytes_per_token * context * batch
    return np.asarray(cache_bytes + model.layers * (coverage * ff + qkv + output) + model.unembedding_bytes)


def _product_bytes(
    model: ErdilModel,
    out_width: float,
    in_width: float,
    tokens: FloatArray,
    reads: FloatArray,
    writes: FloatArray,
    output_element_bytes: float,
) -> FloatArray:
    """Bytes of weights, of inputs read `reads` times and of outputs written `writes` times."""
    weights = out_width * in_width * model.weight_bytes
    inputs = reads * (in_width * model.activation_bytes) * tokens
    return np.asarray(weights + inputs + writes * (out_width * output_element_bytes) * tokens)


def reduced_widths(model: ErdilModel, is_two_dimensional: bool) -> list[float]:
    """Returns the widths reduced in a layer: {A, d, a m1 f, a m2 d} in 2D, {d, a m2 d} in 1D."""
    down = model.active_experts * model.ff_out_matrices * model.hidden
    if not is_two_dimensional:
        return [model.hidden, down]
    up = model.active_experts * model.ff_in_matrices * model.intermediate
    return [model.attention_width, model.hidden, up, down]


def latency_parts_v1(model: ErdilModel, device: ErdilDevice, load: Workload, layout: LayoutV1) -> LatencyPartsV1:
    """Returns the components of a step for arrays of workloads and layouts, capacity aside.

    Raises
    ------
    InputError
        Where the device has no arithmetic rate for the model's weight bits.
    """
    degree = load.gpus / layout.stages
    micro_batch = load.batch / layout.stages
    tokens = micro_batch * load.query_tokens
    group = tensor_group(degree, layout.is_two_dimensional, device.node_size)
    vector_bytes = tokens * model.activation_bytes / group.parallel_reduces
    times = [
        collective_time(device, "allreduce", group.ranks, group.nodes, width * vector_bytes, is_overlapped=False)
        for width in reduced_widths(model, layout.is_two_dimensional)
    ]
    latency_s = np.asarray(sum(time.latency_s for time in times))
    bandwidth_s = np.asarray(sum(time.bandwidth_s for time in times))
    pair = np.asarray(2.0)
    hand_over = collective_time(
        device, "p2p", pair, pair, model.hidden * tokens * model.activation_bytes / degree, is_overlapped=False
    )
    memory_bytes = layout.stages * memory_bytes_v1(
        model, load.context, micro_batch, load.query_tokens, degree, layout.is_two_dimensional
    )
    flop = model.flop(load.context, load.batch * load.query_tokens)
    return LatencyPartsV1(
        group=group,
        kernel_s=kernel_s(model, device),
        collective=CollectiveTime(model.layers * latency_s, model.layers * bandwidth_s),
        pipeline_s=np.asarray((layout.stages - 1) * hand_over.total_s),
        memory_bytes=memory_bytes,
        flop=flop,
        memory_s=np.asarray(memory_bytes / (load.gpus * device.reachable_bytes_per_s)),
        arithmetic_s=np.asarray(flop / (load.gpus * device.reachable_flop_per_s(model.weight_bits))),
    )
