"""Candidates: every layout of every model on every accelerator as one struct of arrays in SI units.

`from_rows` is the only door from catalog units (GiB, GB/s, TFLOPS) to SI (bytes, byte/s, FLOP/s).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from planner.errors import Fault, InputError
from planner.inputs.hardware import Accelerator, NodeType
from planner.inputs.models import LanguageModel, Precision
from planner.roofline.geometry import GEOMETRY_FIELDS, geometry
from planner.units import BYTES_PER_GB, BYTES_PER_GIB, FLOP_PER_TFLOP

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Index = NDArray[np.intp] | NDArray[np.bool_] | slice
"""Which candidates: positions, a mask, or a slice."""

GENERATIONS = (
    "ampere",
    "ada",
    "hopper",
    "blackwell",
    "blackwell_ultra",
    "cdna3",
    "cdna4",
    "tpu_v5",
    "tpu_v6",
    "trainium2",
    "trainium3",
)
"""Accelerator generations by code; an unknown one has the code -1 and gets the priors of no generation."""
VENDORS = ("NVIDIA", "AMD", "Google", "AWS")
GRACE_PREFIXES = ("GH", "GB")
"""NVIDIA superchips whose host is a Grace CPU (Arm Neoverse V2): slower per core at the engine's host work."""
FABRICS = ("nvlink", "xgmi", "pcie", "ici", "neuronlink")
"""Scale-up fabrics by code; the code indexes the collective efficiencies."""


@dataclass(frozen=True)
class Row:
    """One candidate in catalog units: a model at a precision on a node type, split as tp x pp x dp with ep experts groups.

    `tp` shards attention, `dp` counts attention data-parallel groups, `ep` expert groups over the tp x dp ranks;
    accelerators = tp x pp x dp. `rate_flop_per_s` is the dense arithmetic rate of the precision, FLOP/s; weights below
    16 bit that are computed at the 16-bit rate are weight-only.
    """

    model: LanguageModel
    precision: Precision
    kv_bits: float
    node: NodeType
    accelerator: Accelerator
    rate_flop_per_s: float
    tp: int = 1
    pp: int = 1
    ep: int = 1
    dp: int = 1


@dataclass(frozen=True)
class Candidates:
    """Struct of arrays, one entry a candidate; geometry fields are one rank's share of all layers (see `geometry`)."""

    tp: Floats
    pp: Floats
    ep: Floats
    dp: Floats
    accelerators: Floats
    rate_flop_per_s: Floats
    rate_16bit_flop_per_s: Floats
    attention_rate_flop_per_s: Floats
    memory_bytes: Floats
    memory_byte_per_s: Floats
    scale_up_byte_per_s: Floats
    scale_up_domain: Floats
    scale_out_byte_per_s: Floats
    fabric: Integers
    generation: Integers
    vendor: Integers
    is_grace_host: Floats
    expert_width: Floats
    ffn_width: Floats
    is_weight_only: Floats
    weight_bits: Floats
    layers: Floats
    moe_layers: Floats
    hidden: Floats
    attention_params: Floats
    attention_bytes: Floats
    attention_is_16bit: Floats
    ffn_params: Floats
    ffn_bytes: Floats
    expert_params_per_token: Floats
    expert_bytes: Floats
    experts: Floats
    experts_per_token: Floats
    head_params: Floats
    head_bytes: Floats
    embedding_bytes: Floats
    activation_bytes_per_token: Floats
    kv_bytes_full: Floats
    kv_bytes_window: Floats
    kv_bytes_index: Floats
    window_tokens: Floats
    sparse_tokens: Floats
    state_bytes: Floats
    decode_flop_per_context_full: Floats
    decode_flop_per_context_window: Floats
    prefill_flop_per_context_full: Floats
    prefill_flop_per_context_window: Floats
    index_flop_per_context: Floats
    is_mla: Floats
    linear_layers: Floats
    kernel_layers: Floats

    def __len__(self) -> int:
        return int(self.tp.shape[0])

    def take(self, index: Index) -> "Candidates":
        """Returns the candidates at `index` (positions, a mask or a slice), in that order; a slice shares memory."""
        return Candidates(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


FIELDS = tuple(field.name for field in fields(Candidates))


def from_rows(rows: Sequence[Row]) -> Candidates:
    """Returns the rows as arrays in SI; equal shares of a model are computed once.

    Raises
    ------
    InputError
        Naming every row whose layout cannot exist: degrees below one, experts groups that do not divide the ranks,
        a replica over several nodes where the node has no scale-out fabric.
    """
    faults = [fault for position, row in enumerate(rows) for fault in _row_faults(position, row)]
    if faults:
        raise InputError(faults)
    seen: dict[tuple[int, int, float, int, int], tuple[float, ...]] = {}
    table = np.empty((len(rows), len(FIELDS)))
    for position, row in enumerate(rows):
        key = (id(row.model), id(row.precision), row.kv_bits, row.tp, row.dp)
        if key not in seen:
            share = geometry(row.model, row.precision, row.kv_bits, row.tp, row.dp)
            seen[key] = tuple(getattr(share, name) for name in GEOMETRY_FIELDS)
        values = dict(zip(GEOMETRY_FIELDS, seen[key], strict=True)) | _hardware(row)
        is_16bit = values["attention_is_16bit"]
        rate, rate_16bit = values["rate_flop_per_s"], values["rate_16bit_flop_per_s"]
        values["attention_rate_flop_per_s"] = min(rate, rate_16bit) if is_16bit else rate
        table[position] = [values[name] for name in FIELDS]
    columns = {name: np.ascontiguousarray(table[:, place]) for place, name in enumerate(FIELDS)}
    codes = {name: columns[name].astype(np.int64) for name in ("fabric", "generation", "vendor")}
    return Candidates(**(columns | codes))  # type: ignore[arg-type]


def _hardware(row: Row) -> dict[str, float]:
    """Returns the row's layout and machine in SI; a missing scale-out fabric is 0 byte/s."""
    node, accelerator = row.node, row.accelerator
    rate_16bit = (accelerator.bf16_tflops or 0.0) * FLOP_PER_TFLOP or row.rate_flop_per_s
    domain = max(node.scale_up_domain, 1)
    if node.scale_up_kind == "pcie":
        domain = max(node.accelerators, 1)
    return {
        "tp": row.tp,
        "pp": row.pp,
        "ep": row.ep,
        "dp": row.dp,
        "accelerators": row.tp * row.pp * row.dp,
        "rate_flop_per_s": row.rate_flop_per_s,
        "rate_16bit_flop_per_s": rate_16bit,
        "memory_bytes": accelerator.memory_gib * BYTES_PER_GIB,
        "memory_byte_per_s": accelerator.memory_gb_per_s * BYTES_PER_GB,
        "scale_up_byte_per_s": (node.scale_up_gb_per_s or 0.0) * BYTES_PER_GB,
        "scale_up_domain": domain,
        "scale_out_byte_per_s": (node.scale_out_gb_per_s or 0.0) * BYTES_PER_GB,
        "fabric": _code(FABRICS, node.scale_up_kind),
        "expert_width": row.model.expert_intermediate * row.ep / (row.tp * row.dp) or 1.0,
        "ffn_width": row.model.intermediate / row.tp or 1.0,
        "generation": _code(GENERATIONS, accelerator.generation),
        "vendor": _code(VENDORS, accelerator.vendor),
        "is_grace_host": float(accelerator.accelerator.startswith(GRACE_PREFIXES)),
        "is_weight_only": float(row.precision.weight_bits < 16 and row.rate_flop_per_s <= 1.2 * rate_16bit),
        "weight_bits": row.precision.weight_bits,
    }


def _code(names: tuple[str, ...], name: str) -> int:
    """Returns the place of `name` in `names`, -1 where it is not there."""
    return names.index(name) if name in names else -1


def _row_faults(position: int, row: Row) -> list[Fault]:
    """Returns what is impossible in one row's layout."""
    where = f"candidate {position} ({row.model.model} on {row.node.node_type})"
    faults = []
    if min(row.tp, row.pp, row.ep, row.dp) < 1:
        faults.append(Fault(where, "parallel degrees of at least 1", f"tp={row.tp} pp={row.pp} ep={row.ep} dp={row.dp}"))
    elif (row.tp * row.dp) % row.ep:
        faults.append(Fault(where, "expert groups that divide tp x dp", f"ep={row.ep} over {row.tp * row.dp} ranks"))
    if row.rate_flop_per_s <= 0:
        faults.append(Fault(where, "an arithmetic rate above 0 FLOP/s", str(row.rate_flop_per_s)))
    return faults
