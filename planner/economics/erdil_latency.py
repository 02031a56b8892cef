"""Latency of one decoding step, v2: the code as of the paper, with expert parallelism, caps and attention shrink.

    t = t_kernel + t_net + max(t_mem, t_flop)

G devices in P pipeline stages of X = G/P devices; B sequences in P micro-batches of mu = B/P; q tokens a sequence and
pass; T = mu q. Attention runs on X/sigma devices, feed-forward on X/N_EP per expert group. All degrees are real-valued
(quirk 8), launches and collectives never overlap, and the roofline max is over the whole pass (quirk 7).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from planner.economics.erdil_collectives import CollectiveTime, collective_time
from planner.economics.erdil_devices import ErdilDevice
from planner.economics.erdil_models import ErdilModel, FloatArray
from planner.economics.erdil_traffic import attention_bytes_per_layer, ff_bytes_per_layer

BoolArray = npt.NDArray[np.bool_]

SERIAL_PRODUCTS_PER_LAYER = 4
"""Matrix products that wait for each other in a layer, whatever the architecture (quirk 16)."""
EXPERT_SATURATION = 2.0
"""Expert parallelism is off while mu < 2 s (quirk 10: a hard threshold, so cost is not monotone)."""


@dataclass(frozen=True)
class Workload:
    """What is decoded: `batch` sequences in flight with `context` tokens each, `query_tokens` a sequence and pass."""

    gpus: FloatArray
    batch: FloatArray
    context: float | FloatArray
    query_tokens: float | FloatArray = 1.0


@dataclass(frozen=True)
class Layout:
    """How the instance is split: stages P, attention shrink sigma, 2D or 1D tensor parallelism."""

    stages: FloatArray
    attention_shrink: FloatArray
    is_two_dimensional: bool


class TensorGroup(NamedTuple):
    """Ranks R of one reduce, parallel reduces, and nodes n, of a tensor-parallel group."""

    ranks: FloatArray
    parallel_reduces: FloatArray
    nodes: FloatArray


@dataclass(frozen=True)
class Split:
    """The degrees a layout gives rise to: devices of a stage X, expert groups, degrees of both tensor groups, tokens."""

    stage_gpus: FloatArray
    micro_batch: FloatArray
    tokens: FloatArray
    expert_groups: FloatArray
    ff_degree: FloatArray
    attention_degree: FloatArray


@dataclass(frozen=True)
class RooflineParts:
    """Seconds of reading and of computing in a step; arrays that broadcast, each in its smallest shape."""

    kv_read_s: FloatArray
    ff_read_s: FloatArray
    attention_read_s: FloatArray
    unembedding_read_s: FloatArray
    ff_flop_s: FloatArray
    attention_flop_s: FloatArray
    projection_flop_s: FloatArray

    @property
    def memory_s(self) -> FloatArray:
        """All reads and writes of the pass."""
        return np.asarray(self.attention_read_s + (self.kv_read_s + self.ff_read_s + self.unembedding_read_s))

    @property
    def arithmetic_s(self) -> FloatArray:
        """All FLOP of the pass."""
        return np.asarray(self.projection_flop_s + (self.ff_flop_s + self.attention_flop_s))

    @property
    def total_s(self) -> FloatArray:
        """max(memory, arithmetic): they overlap perfectly over the whole pass."""
        return np.maximum(self.memory_s, self.arithmetic_s)


@dataclass(frozen=True)
class NetworkParts:
    """Seconds of every kind of communication in a step; arrays that broadcast, each in its smallest shape."""

    attention: CollectiveTime
    ff: CollectiveTime
    expert_s: FloatArray
    pipeline_s: FloatArray

    @property
    def total_s(self) -> FloatArray:
        """All collectives and stage hand-overs, one after another."""
        return np.asarray(self.attention.total_s + (self.ff.total_s + self.expert_s + self.pipeline_s))


def tensor_group(degree: FloatArray, is_two_dimensional: bool, node_size: int) -> TensorGroup:
    """Returns (tp, 1, ceil(tp/8)) for 1D and (sqrt tp, sqrt tp, sqrt ceil(tp/8)) for 2D (quirk 9: a mean field)."""
    if not is_two_dimensional:
        return TensorGroup(degree, np.ones_like(degree), np.ceil(degree / node_size))
    ranks = np.sqrt(degree)
    return TensorGroup(ranks, degree / ranks, np.ceil(degree / node_size) ** 0.5)


def expert_groups(model: ErdilModel, stage_gpus: FloatArray, micro_batch: FloatArray) -> FloatArray:
    """Returns N_EP: as many expert groups as fit, min(X, E), or 1 while mu < 2 s (quirk 10)."""
    largest = np.minimum(stage_gpus, model.experts)
    return np.where(micro_batch < EXPERT_SATURATION * model.sparsity, 1.0, largest)


def fits_micro_batch(model: ErdilModel, device: ErdilDevice, load: Workload, stages: FloatArray | float) -> BoolArray:
    """Whether weights and KV cache fit the instance's memory, as v2 tests it.

    Quirk 5: the cache of one micro-batch (B/P sequences) is charged, not of all B. Quirk 6: only the sum over the
    instance counts, and all memory is usable.
    """
    cache_bytes = model.kv_bytes_per_token * load.context * (load.batch / stages)
    return np.asarray(load.gpus * device.hbm_bytes >= cache_bytes + model.weights_bytes)


def fits_all_sequences(model: ErdilModel, device: ErdilDevice, load: Workload) -> BoolArray:
    """Whether weights and the KV cache of all B sequences fit the instance's memory: v1, and the right test."""
    cache_bytes = model.kv_bytes_per_token * load.context * load.batch
    return np.asarray(load.gpus * device.hbm_bytes >= cache_bytes + model.weights_bytes)


def can_pipeline(load: Workload, stages: FloatArray) -> BoolArray:
    """Whether every stage has a device and every micro-batch a sequence: P <= min(G, B)."""
    return np.asarray(stages <= np.minimum(load.gpus, load.batch))


def kernel_s(model: ErdilModel, device: ErdilDevice) -> float:
    """Returns the launches that wait for each other: 4 L tau."""
    return SERIAL_PRODUCTS_PER_LAYER * model.layers * device.kernel_launch_s


def split(model: ErdilModel, load: Workload, stages: FloatArray, attention_shrink: FloatArray) -> Split:
    """Returns the degrees of P stages and shrink sigma: X = G/P, mu = B/P, T = mu q, tp_ff = max(1, X/N_EP), X/sigma."""
    stage_gpus = load.gpus / stages
    micro_batch = load.batch / stages
    groups = expert_groups(model, stage_gpus, micro_batch)
    return Split(
        stage_gpus=stage_gpus,
        micro_batch=micro_batch,
        tokens=micro_batch * load.query_tokens,
        expert_groups=groups,
        ff_degree=np.maximum(1, stage_gpus / np.maximum(1, groups)),
        attention_degree=stage_gpus / attention_shrink,
    )


def roofline_parts(
    model: ErdilModel, device: ErdilDevice, load: Workload, stages: FloatArray, attention_shrink: FloatArray
) -> RooflineParts:
    """Returns reading and computing of a step, which 1D and 2D layouts share.

    A token visits P stages in turn, each holding L/P layers on G/P devices: hence the factor P on all reads. Shrunk
    attention reads and computes on X/sigma devices, but the KV cache on all (quirk 12).

    Raises
    ------
    InputError
        Where the device has no arithmetic rate for the model's weight bits.
    """
    parts = split(model, load, stages, attention_shrink)
    byte_s = stages / (load.gpus * device.reachable_bytes_per_s)
    layer_byte_s = model.layers * byte_s
    flop_s = 1 / (load.gpus * device.reachable_flop_per_s(model.weight_bits))
    all_tokens = load.batch * load.query_tokens
    attention_bytes = attention_bytes_per_layer(model, parts.tokens, parts.attention_degree)
    return RooflineParts(
        kv_read_s=np.asarray(model.kv_bytes_per_token * load.context * parts.micro_batch * byte_s),
        ff_read_s=np.asarray(ff_bytes_per_layer(model, parts.tokens, parts.ff_degree) * layer_byte_s),
        attention_read_s=np.asarray(attention_bytes * (attention_shrink * layer_byte_s)),
        unembedding_read_s=np.asarray(model.unembedding_bytes * byte_s),
        ff_flop_s=model.ff_flop(all_tokens) * flop_s,
        attention_flop_s=model.attention_flop(load.context, all_tokens) * flop_s,
        projection_flop_s=attention_shrink * (model.projection_flop(load.context, all_tokens) * flop_s),
    )


def network_parts(model: ErdilModel, device: ErdilDevice, load: Workload, layout: Layout) -> NetworkParts:
    """Returns the communication of a step under 1D or 2D tensor parallelism."""
    parts = split(model, load, layout.stages, layout.attention_shrink)
    return NetworkParts(
        attention=_attention_collective(model, device, layout, parts),
        ff=_ff_collective(model, device, layout, parts),
        expert_s=_expert_s(model, device, parts),
        pipeline_s=_pipeline_s(model, device, layout.stages, parts),
    )


def latency_s(model: ErdilModel, device: ErdilDevice, load: Workload, layout: Layout) -> FloatArray:
    """Returns the step's latency, kernel + network + max(memory, arithmetic), capacity aside."""
    roofline = roofline_parts(model, device, load, layout.stages, layout.attention_shrink)
    network = network_parts(model, device, load, layout)
    return np.asarray(kernel_s(model, device) + network.total_s + roofline.total_s)


def _reduces(model: ErdilModel, device: ErdilDevice, group: TensorGroup, payloads_bytes: list[FloatArray]) -> CollectiveTime:
    """All-reduces of these payloads, one of each in every layer."""
    times = [
        collective_time(device, "allreduce", group.ranks, group.nodes, payload, is_overlapped=True) for payload in payloads_bytes
    ]
    latency = np.asarray(sum(time.latency_s for time in times))
    bandwidth = np.asarray(sum(time.bandwidth_s for time in times))
    return CollectiveTime(model.layers * latency, model.layers * bandwidth)


def _attention_collective(model: ErdilModel, device: ErdilDevice, layout: Layout, parts: Split) -> CollectiveTime:
    """One all-reduce of width d (1D), or of d and of A, each over sqrt(tp) reduces at once (2D)."""
    group = tensor_group(parts.attention_degree, layout.is_two_dimensional, device.node_size)
    widths = [model.hidden, model.attention_width] if layout.is_two_dimensional else [model.hidden]
    vector_bytes = parts.tokens * model.activation_bytes / group.parallel_reduces
    return _reduces(model, device, group, [width * vector_bytes for width in widths])


def _ff_collective(model: ErdilModel, device: ErdilDevice, layout: Layout, parts: Split) -> CollectiveTime:
    """All-reduces of width a m2 d, in 2D also of a m1 f (quirk 9), spread over X / R reduces at once."""
    group = tensor_group(parts.ff_degree, layout.is_two_dimensional, device.node_size)
    widths = [model.ff_out_matrices * model.hidden]
    if layout.is_two_dimensional:
        widths = [model.ff_in_matrices * model.intermediate, *widths]
    element_bytes = model.active_experts * model.activation_bytes
    vector_bytes = element_bytes * parts.tokens / (parts.stage_gpus / group.ranks)
    return _reduces(model, device, group, [width * vector_bytes for width in widths])


def _expert_s(model: ErdilModel, device: ErdilDevice, parts: Split) -> FloatArray:
    """Two all-to-alls a layer among r = min(a, N_EP) ranks (quirk 11: the fan-out, not N_EP)."""
    if model.experts == 1:
        return np.zeros(())
    fan_out = np.minimum(model.active_experts, parts.expert_groups)
    nodes = np.ceil(fan_out / device.node_size)
    payload_bytes = model.hidden * parts.tokens * fan_out * model.activation_bytes / parts.stage_gpus
    time = collective_time(device, "all-to-all", fan_out, nodes, payload_bytes, is_overlapped=True)
    return np.asarray(2 * model.layers * time.total_s)


def _pipeline_s(model: ErdilModel, device: ErdilDevice, stages: FloatArray, parts: Split) -> FloatArray:
    """P - 1 hand-overs between two nodes; no bubble, for P micro-batches are always in flight."""
    payload_bytes = model.hidden * parts.tokens * model.activation_bytes / parts.stage_gpus
    pair = np.asarray(2.0)
    time = collective_time(device, "p2p", pair, pair, payload_bytes, is_overlapped=True)
    return np.asarray((stages - 1) * time.total_s)
