"""Accelerators, the machines that hold them, and the precisions that each can run.

Peaks are dense (no sparsity), link rates are one direction of one accelerator, memory is what software reports.
"""

from dataclasses import dataclass

from planner.inputs.provenance import PROVENANCE
from planner.tables import Column, Table

VENDORS = ("NVIDIA", "AMD", "Google", "AWS")
SCALE_UP_KINDS = ("nvlink", "xgmi", "pcie", "ici", "neuronlink")
RATE_COLUMNS = ("bf16_tflops", "fp8_tflops", "fp4_tflops", "int8_tops")


@dataclass(frozen=True)
class Accelerator:
    """One accelerator as software sees it; None: the unit or the link does not exist or is not published."""

    accelerator: str
    vendor: str
    generation: str
    memory_kind: str
    memory_gib: float
    memory_gb_per_s: float
    bf16_tflops: float
    fp8_tflops: float | None
    fp4_tflops: float | None
    int8_tops: float | None
    scale_up_gb_per_s: float
    scale_up_domain: int
    scale_up_kind: str
    scale_out_gb_per_s: float | None
    tdp_kw: float | None
    released_on: str


@dataclass(frozen=True)
class NodeType:
    """A machine one can rent or buy: n accelerators, their links and its power."""

    node_type: str
    accelerator: str
    accelerators: int
    scale_up_domain: int
    scale_up_gb_per_s: float
    scale_up_kind: str
    scale_out_gb_per_s: float | None
    power_kw: float
    is_rack_scale: bool


def _peak(name: str, unit: str, meaning: str) -> Column:
    return Column(name, "float", unit, f"{meaning}, dense; empty: no such unit", nullable=True, is_positive=True)


_SCALE_UP_KIND = Column("scale_up_kind", "str", "", "kind of link inside the domain", choices=SCALE_UP_KINDS)

ACCELERATORS = Table(
    "accelerators",
    (
        Column("accelerator", "str", "", "name, with form factor where several exist"),
        Column("vendor", "str", "", "maker", choices=VENDORS),
        Column("generation", "str", "", "architecture: ampere, hopper, cdna3, tpu_v6, ..."),
        Column("memory_kind", "str", "", "gddr6, hbm3e, ..."),
        Column("memory_gib", "float", "GiB", "memory that software reports, 2^30 bytes", is_positive=True),
        Column("memory_gb_per_s", "float", "GB/s", "peak memory bandwidth, 1e9 bytes", is_positive=True),
        Column("bf16_tflops", "float", "TFLOPS", "16-bit matrix peak, dense", is_positive=True),
        _peak("fp8_tflops", "TFLOPS", "8-bit float matrix peak"),
        _peak("fp4_tflops", "TFLOPS", "4-bit float matrix peak"),
        _peak("int8_tops", "TOPS", "8-bit integer matrix peak"),
        Column("scale_up_gb_per_s", "float", "GB/s", "one direction, all links of one accelerator", is_positive=True),
        Column("scale_up_domain", "int", "", "accelerators that one scale-up fabric can join", minimum=1),
        _SCALE_UP_KIND,
        Column("scale_out_gb_per_s", "float", "GB/s", "usual network card, one direction", nullable=True, minimum=0),
        Column("tdp_kw", "float", "kW", "board power; empty: not published", nullable=True, is_positive=True),
        Column("released_on", "date", "", "announcement or general availability"),
        *PROVENANCE,
    ),
    key=("accelerator",),
    description="Accelerators: dense peaks, memory as software reports it, one-directional links.",
)

NODE_TYPES = Table(
    "node_types",
    (
        Column("node_type", "str", "", "name: count x accelerator"),
        Column("accelerator", "str", "", "key of accelerators"),
        Column("accelerators", "int", "", "accelerators in the node", minimum=1),
        Column("scale_up_domain", "int", "", "of them share one scale-up fabric; 1: none beyond PCIe", minimum=1),
        Column("scale_up_gb_per_s", "float", "GB/s", "one direction, one accelerator", is_positive=True),
        _SCALE_UP_KIND,
        Column(
            "scale_out_gb_per_s",
            "float",
            "GB/s",
            "one direction, one accelerator; empty: no fabric, so no replica spans nodes",
            nullable=True,
            is_positive=True,
        ),
        Column("power_kw", "float", "kW", "node at full load with its host, before PUE", is_positive=True),
        Column("is_rack_scale", "bool", "", "the node is a rack bought and placed as one"),
        *PROVENANCE,
    ),
    key=("node_type",),
    description="Machines as rented or bought: one accelerator to a rack of 72.",
)

PRECISION_SUPPORT = Table(
    "precision_support",
    (
        Column("accelerator", "str", "", "key of accelerators"),
        Column("precision", "str", "", "key of precisions"),
        Column("rate_tflops", "float", "TFLOPS", "dense arithmetic rate that engines use", is_positive=True),
        Column("rate_column", "str", "", "column of accelerators that the rate is", choices=RATE_COLUMNS),
        *PROVENANCE,
    ),
    key=("accelerator", "precision"),
    description="Which precision runs on which accelerator, and at which arithmetic rate; a missing pair does not run.",
)
