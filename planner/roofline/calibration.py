"""Efficiencies: the seam between ideal roofline and measured hardware; every field is a scalar or one value a candidate.

The defaults are physical priors: shares of the datasheet ceilings that operator measurements show (NVIDIA Hopper,
public aiconfigurator collector data), kernel gaps and collective latencies of the same order.
"""

from dataclasses import dataclass, fields

import numpy as np

from planner.roofline.candidates import Floats, Index

Values = Floats | float
"""One value for all candidates, or one each."""


@dataclass(frozen=True)
class Efficiencies:
    """What real kernels, links and engines reach; arrays of shape () or (candidates,).

    Shares are of the datasheet figure, times in seconds. `overlap_exponent` joins memory time m and compute time c of
    one operation as (m^p + c^p)^(1/p): 1 adds them, infinity overlaps them perfectly.
    """

    memory_share: Values = 0.80
    kv_memory_share: Values = 0.70
    compute_share: Values = 0.62
    compute_share_16bit: Values = 0.70
    attention_compute_share: Values = 0.45
    moe_compute_share: Values = 0.6
    moe_memory_share: Values = 0.75
    overlap_exponent: Values = 2.0
    activation_share: Values = 0.6
    layer_overhead_s: Values = 12e-6
    tp_layer_overhead_s: Values = 4e-6
    moe_layer_overhead_s: Values = 12e-6
    mla_layer_overhead_s: Values = 10e-6
    linear_layer_overhead_s: Values = 10e-6
    step_overhead_s: Values = 1.0e-3
    sequence_overhead_s: Values = 8e-6
    prefill_overhead_s: Values = 4e-3
    request_overhead_s: Values = 0.3e-3
    interference_share: Values = 1.0
    collective_latency_s: Values = 4e-6
    collective_latency_growth: Values = 0.3
    link_share: Values = 0.75
    scale_out_latency_s: Values = 20e-6
    scale_out_share: Values = 0.7
    expert_imbalance: Values = 0.15
    coverage_share: Values = 1.0
    expert_padding_rows: Values = 16.0
    shard_width_half: Values = 96.0
    usable_memory_share: Values = 0.90
    workspace_bytes: Values = 1.5e9
    reserve_share: Values = 1.0
    chunk_tokens: Values = 8192.0
    sequences_per_rank_max: Values = 1024.0
    ramp_share: Values = 1.0
    cohort_share: Values = 0.5

    def take(self, index: Index) -> "Efficiencies":
        """Returns the entries at `index`; scalars stay scalars."""
        picked = {name: value[index] if isinstance(value, np.ndarray) and value.ndim else value for name, value in self.items()}
        return Efficiencies(**picked)

    def items(self) -> list[tuple[str, Values]]:
        """Returns (field name, values) pairs in field order."""
        return [(one.name, getattr(self, one.name)) for one in fields(self)]


_WHOLE = (
    "memory_share", "kv_memory_share", "compute_share", "compute_share_16bit", "attention_compute_share",
    "moe_compute_share", "moe_memory_share", "activation_share", "link_share", "scale_out_share", "usable_memory_share",
    "interference_share", "reserve_share", "ramp_share",
)  # fmt: skip
_FREE = (
    "layer_overhead_s", "tp_layer_overhead_s", "moe_layer_overhead_s", "mla_layer_overhead_s", "linear_layer_overhead_s",
    "step_overhead_s", "sequence_overhead_s", "prefill_overhead_s", "request_overhead_s", "collective_latency_s",
    "collective_latency_growth", "scale_out_latency_s", "expert_imbalance", "expert_padding_rows", "shard_width_half",
    "workspace_bytes", "cohort_share", "coverage_share",
)  # fmt: skip
IDEAL = Efficiencies(**dict.fromkeys(_WHOLE, 1.0), **dict.fromkeys(_FREE, 0.0), overlap_exponent=64.0)
"""The datasheet roofline: nothing real is faster; the upper bound of every property test."""
