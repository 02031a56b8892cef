"""The paper's two closed forms: the toy model of section 2.2 with its optimum, and section 3.6 (2D tensor parallel)."""

import math
from dataclasses import dataclass

import numpy as np

from planner.economics.erdil_collectives import collective_time
from planner.economics.erdil_constants import Version
from planner.economics.erdil_devices import ErdilDevice
from planner.economics.erdil_latency import Workload, fits_all_sequences, kernel_s, tensor_group
from planner.economics.erdil_latency_v1 import memory_bytes_v1, reduced_widths
from planner.economics.erdil_models import ErdilModel, FloatArray
from planner.economics.erdil_traffic import attention_bytes_per_layer, ff_bytes_per_layer

TOY_HOP_S = 2e-6
"""Latency per hop of the toy reduce as coded; the paper's equations 5 and 8 have 1 us."""
TOY_BASE_S = 6e-6
"""Base latency of the toy reduce as coded; absent in the paper's equations."""


@dataclass(frozen=True)
class ClosedForm:
    """Components of section 3.6, seconds; `network_s` and `total_s` are infinite where memory does not suffice."""

    kernel_s: float
    network_s: FloatArray
    memory_bytes: FloatArray
    flop: FloatArray
    memory_s: FloatArray
    arithmetic_s: FloatArray
    total_s: FloatArray


@dataclass(frozen=True)
class ToyOptimum:
    """The fastest point of the toy model at one sequence: devices, seconds per token, cost over arithmetic-only cost."""

    gpus: float
    latency_s: float


def reduces_per_layer(model: ErdilModel) -> int:
    """Returns the toy model's serial all-reduces of a layer: 4, or 2 with parallel attention."""
    return 2 if model.is_parallel_attention else 4


def toy_latency_s(model: ErdilModel, device: ErdilDevice, load: Workload) -> FloatArray:
    """Returns t = L n_red (2 us max(sqrt G - 1, 0) + 6 us) + max(w N / (G BW), 2 N B / (G C)); inf where too small.

    All parameters are read and used, experts included; there is no network bandwidth.
    """
    reduce_s = TOY_HOP_S * np.maximum(np.sqrt(load.gpus) - 1, 0) + TOY_BASE_S
    read_s = model.weights_bytes / (load.gpus * device.reachable_bytes_per_s)
    flop_s = 2 * model.parameters * load.batch / (load.gpus * device.reachable_flop_per_s(model.weight_bits))
    total_s = model.layers * reduces_per_layer(model) * reduce_s + np.maximum(read_s, flop_s)
    return np.where(fits_all_sequences(model, device, load), total_s, np.inf)


def toy_optimum(serial_s: float, read_s: float) -> ToyOptimum:
    """Returns the analytic optimum of t(G) = a (sqrt G - 1) 2 + rho / G (paper equations 12 to 18).

    Parameters
    ----------
    serial_s
        a = L n_red t_hop: the growth of latency per unit of sqrt G, halved.
    read_s
        rho = w N / BW: one device's time to read all weights.

    Returns
    -------
    ToyOptimum
        G* = max(rho / a, 1)^(2/3) and t = 3 a^(2/3) rho^(1/3) - 2 a, or rho on one device where rho <= a.

    Examples
    --------
    >>> optimum = toy_optimum(serial_s=1e-3, read_s=8e-3)
    >>> round(optimum.gpus, 9), round(optimum.latency_s, 9)
    (4.0, 0.004)
    """
    gpus = max(read_s / serial_s, 1.0) ** (2 / 3)
    if read_s <= serial_s:
        return ToyOptimum(gpus, read_s)
    return ToyOptimum(gpus, 3 * serial_s ** (2 / 3) * read_s ** (1 / 3) - 2 * serial_s)


def closed_form(model: ErdilModel, device: ErdilDevice, load: Workload, version: Version = "v2") -> ClosedForm:
    """Returns section 3.6 as coded: 2D tensor parallelism over all G devices, no stages, no experts apart.

    t = 4 L tau + L sum_4 collective(sqrt G, sqrt ceil(G/8), width B q b / sqrt G) + max(bytes / (G BW), FLOP / (G C)).
    The paper's text has the latency of the LL protocol only; the code takes the best of three protocols.
    """
    group = tensor_group(load.gpus, True, device.node_size)
    vector_bytes = load.batch * load.query_tokens * model.activation_bytes / group.parallel_reduces
    network_s = model.layers * np.asarray(
        sum(
            collective_time(device, "allreduce", group.ranks, group.nodes, width * vector_bytes, version == "v2").total_s
            for width in reduced_widths(model, True)
        )
    )
    memory_bytes = _memory_bytes(model, load, version)
    flop = model.flop(load.context, load.batch * load.query_tokens)
    launch_s = kernel_s(model, device)
    memory_s = np.asarray(memory_bytes / (load.gpus * device.reachable_bytes_per_s))
    arithmetic_s = np.asarray(flop / (load.gpus * device.reachable_flop_per_s(model.weight_bits)))
    is_held = fits_all_sequences(model, device, load)
    total_s = launch_s + network_s + np.maximum(memory_s, arithmetic_s)
    return ClosedForm(
        kernel_s=launch_s,
        network_s=np.where(is_held, network_s, math.inf),
        memory_bytes=memory_bytes,
        flop=flop,
        memory_s=memory_s,
        arithmetic_s=arithmetic_s,
        total_s=np.where(is_held, total_s, math.inf),
    )


def _memory_bytes(model: ErdilModel, load: Workload, version: Version) -> FloatArray:
    """Bytes of a pass over all devices as one tensor-parallel group, by the traffic rule of the version."""
    if version == "v1":
        return memory_bytes_v1(model, load.context, load.batch, load.query_tokens, load.gpus, True)
    tokens = load.batch * load.query_tokens
    layer_bytes = ff_bytes_per_layer(model, tokens, load.gpus) + attention_bytes_per_layer(model, tokens, load.gpus)
    cache_bytes = model.kv_bytes_per_token * load.context * load.batch
    return np.asarray(cache_bytes + model.layers * layer_bytes + model.unembedding_bytes)
