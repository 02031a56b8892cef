"""Every variant on every node type at every legal layout: the candidates, as roofline rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.inputs.models import Draft
from planner.options.layouts import Layout, legal_layouts
from planner.options.variants import Variant
from planner.roofline.candidates import Row
from planner.tables import records
from planner.units import FLOP_PER_TFLOP

KV_BITS = {"bf16": 16.0, "fp8": 8.0}


@dataclass(frozen=True)
class Place:
    """A candidate before its operating point: variant x node type x layout, and how tokens are drafted."""

    variant: Variant
    node_type: str
    layout: Layout
    kv_precision: str
    row: Row
    draft: Draft | None = None
    """Scheme of speculative decoding; None: one token a step."""
    role: str = "aggregated"
    """`prefill` or `decode` where a replica does one of both only."""

    @property
    def name(self) -> str:
        """variant/node type/layout, with +role where it has one, +draft where tokens are drafted; an option adds its batch."""
        parts = [
            self.layout.name,
            *([self.role] if self.role != "aggregated" else []),
            *([self.draft.name] if self.draft else []),
        ]
        return f"{self.variant.name}/{self.node_type}/{'+'.join(parts)}"

    @property
    def nodes_per_replica(self) -> int:
        """Whole nodes of a replica over several nodes; 1 inside one node."""
        return max(1, self.layout.gpus // self.row.node.accelerators)


def enumerate_places(instance: Instance, catalog: Catalog, variants: Iterable[Variant], node_types: Sequence[str]) -> list[Place]:
    """Returns all legal (variant, node type, layout) whose arithmetic the accelerator runs; memory is judged later."""
    places = []
    for variant in variants:
        for node_type in node_types:
            node = catalog.node_types[node_type]
            rate_tflops = catalog.precision_support.get((node.accelerator, variant.precision.precision))
            if rate_tflops is None:
                continue
            kv_precision = _kv_precision(instance, catalog, variant, node.accelerator)
            for layout in legal_layouts(variant.model, node, instance.settings.deployment):
                row = Row(
                    variant.model, variant.precision, KV_BITS[kv_precision], node,
                    catalog.accelerators[node.accelerator], rate_tflops * FLOP_PER_TFLOP,
                    layout.tp, layout.pp, layout.ep, layout.dp,
                )  # fmt: skip
                places.append(Place(variant, node_type, layout, kv_precision, row))
    return places


def _kv_precision(instance: Instance, catalog: Catalog, variant: Variant, accelerator: str) -> str:
    """Returns the KV cache format: as asked, else 8 bit where weights are 8 bit or less and the accelerator has FP8."""
    asked = instance.settings.deployment.kv_precision
    has_fp8 = catalog.accelerators[accelerator].fp8_tflops is not None
    if asked != "auto":
        return asked if asked == "bf16" or has_fp8 else "bf16"
    return "fp8" if variant.precision.weight_bits < 16 and has_fp8 else "bf16"


def with_drafts(instance: Instance, catalog: Catalog, places: Sequence[Place]) -> list[Place]:
    """Returns the places, and beside each one its twins by speculative decoding where the instance asks for them.

    A twin for every row that the catalog has of the model; models without a row decode plainly. Pipelines do not draft:
    engines refuse the two together.
    """
    if not instance.settings.deployment.speculative:
        return list(places)
    names = ("model", "draft", "draft_tokens", "acceptance", "draft_layers", "source")
    known: dict[str, list[Draft]] = {}
    for row in records(catalog.drafts[list(names)]):
        known.setdefault(str(row["model"]), []).append(Draft(**{name: row[name] for name in names}))
    twins = [
        replace(place, draft=draft)
        for place in places
        if place.layout.pp == 1
        for draft in known.get(place.variant.model.model, ())
    ]
    return [*places, *twins]
