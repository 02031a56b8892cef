"""The layouts that a frontier tries: tensor, pipeline and expert parallelism from one accelerator to several nodes.

A frontier asks what hardware can do, so it tries more than a fleet may: every power of two and every whole node, tensor
parallelism as wide as the scale-up fabric, experts spread over all ranks with attention split any way engines run.
"""

from collections.abc import Iterator

from planner.inputs.catalog import Catalog
from planner.inputs.hardware import Accelerator, NodeType
from planner.inputs.models import LanguageModel, Precision
from planner.options.layouts import Layout, is_tp_legal
from planner.roofline.candidates import Row
from planner.units import FLOP_PER_TFLOP

NODES_MAX = 4
"""Nodes that a replica may span, where they have a scale-out fabric."""
STAGES_MAX = 16
EIGHT_BIT, SIXTEEN_BIT = 8.0, 16.0


def widest_node(catalog: Catalog, accelerator: str) -> NodeType:
    """Returns the node type with most of an accelerator (the first by name where several have as many)."""
    nodes = [node for node in catalog.node_types.values() if node.accelerator == accelerator]
    return min(nodes, key=lambda node: (-node.accelerators, node.node_type))


def kv_bits(precision: Precision, accelerator: Accelerator) -> float:
    """Returns the bits of a KV element: 8 where weights have fewer than 16 and the accelerator has FP8, else 16.

    The rule of instances whose `kv_precision` is auto.
    """
    return EIGHT_BIT if precision.weight_bits < SIXTEEN_BIT and accelerator.fp8_tflops is not None else SIXTEEN_BIT


def sizes(node: NodeType) -> list[int]:
    """Returns the accelerators a replica may have: powers of two within a node, then whole nodes.

    >>> from planner.inputs.catalog import load_catalog
    >>> sizes(load_catalog().node_types["72xGB200"])
    [1, 2, 4, 8, 16, 32, 64, 72, 144, 216, 288]
    """
    inside = [2**power for power in range(node.accelerators.bit_length()) if 2**power < node.accelerators]
    nodes = NODES_MAX if node.scale_out_gb_per_s else 1
    return inside + [node.accelerators * count for count in range(1, nodes + 1)]


def layouts(model: LanguageModel, node: NodeType) -> Iterator[Layout]:
    """Yields the layouts of a model on a node type: TP x PP, and for experts TP x data-parallel attention with EP over all."""
    domain = node.accelerators if node.scale_up_kind == "pcie" else max(1, min(node.scale_up_domain, node.accelerators))
    for size in sizes(node):
        for tp in range(1, min(size, domain) + 1):
            if size % tp or not is_tp_legal(model, tp, domain):
                continue
            if size // tp <= min(STAGES_MAX, model.layers):
                yield Layout(tp, size // tp)
            if model.experts and size > 1 and model.experts % size == 0:
                yield Layout(tp, dp=size // tp, ep=size)


def layout_rows(catalog: Catalog, model: LanguageModel, precision: Precision, accelerator: str) -> list[Row]:
    """Returns the layouts of a model at a precision on the widest node of an accelerator; none where it cannot run."""
    rate_tflops = catalog.precision_support.get((accelerator, precision.precision))
    if rate_tflops is None:
        return []
    node, device = widest_node(catalog, accelerator), catalog.accelerators[accelerator]
    return [
        Row(
            model, precision, kv_bits(precision, device), node, device, rate_tflops * FLOP_PER_TFLOP,
            layout.tp, layout.pp, layout.ep, layout.dp,
        )
        for layout in layouts(model, node)
    ]  # fmt: skip
