"""Places that only the user's own rates speak of: a model or a machine that the catalog does not have."""

from collections.abc import Iterable

import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.catalog import Catalog
from planner.inputs.hardware import Accelerator, NodeType
from planner.inputs.instance import Instance
from planner.inputs.unmodelled import UNSTATED, model_name, precision_name, unmodelled_models, unmodelled_node
from planner.options.enumeration import Place
from planner.options.layouts import Layout, replica_sizes
from planner.options.variants import Variant
from planner.roofline.candidates import Row
from planner.tables import records


def is_modelled(instance: Instance, variant: Variant) -> bool:
    """Says whether the catalog has the variant's geometry."""
    return variant.model.model not in unmodelled_models(instance)


def unmodelled_places(instance: Instance, catalog: Catalog, variants: Iterable[Variant], offers: pd.DataFrame) -> list[Place]:
    """Returns the places of rates rows whose model or machine the catalog lacks, each once; no roofline applies to them.

    The layout is the user's; its accelerators must be a size of which whole replicas fill the node (1, 2, 4, ... or the
    node), as for modelled layouts: then the aggregate row `cover` is an exact statement of packing. Raises InputError.
    """
    by_name = {variant.name: variant for variant in variants}
    machines = _machines(instance, catalog, offers)
    places: dict[str, Place] = {}
    faults = []
    for line, row in enumerate(records(instance.tables["rates"]), start=2):
        model, _, precision = str(row["variant"]).rpartition("@")
        name = f"{model_name(instance, catalog, model)}@{precision_name(instance, catalog, model, precision)}"
        node_type = str(row["node_type"])
        if name not in by_name or node_type not in machines:
            continue  # told where rates become points
        if is_modelled(instance, by_name[name]) and node_type in catalog.node_types:
            continue
        layout = Layout(*(int(row[degree]) for degree in ("tp", "pp", "ep", "dp")))
        node, accelerator = machines[node_type]
        sizes = replica_sizes(node)
        if layout.gpus not in sizes:
            where = f"{instance.settings.tables.rates}, line {line}"
            faults.append(
                Fault(where, f"a replica of {', '.join(map(str, sizes))} accelerators on {node_type}", str(layout.gpus))
            )
            continue
        place = Place(by_name[name], node_type, layout, UNSTATED, _row(by_name[name], node, accelerator, layout))
        places[place.name] = place
    if faults:
        raise InputError(faults)
    return list(places.values())


def _machines(instance: Instance, catalog: Catalog, offers: pd.DataFrame) -> dict[str, tuple[NodeType, Accelerator]]:
    """Returns the offered machines by node type, the user's own without physics."""
    own = {str(row["node_type"]): unmodelled_node(row) for row in records(instance.tables["offers"])}
    nodes = {name: catalog.node_types[name] for name in set(offers["node_type"]) if name in catalog.node_types}
    return own | {name: (node, catalog.accelerators[node.accelerator]) for name, node in nodes.items()}


def _row(variant: Variant, node: NodeType, accelerator: Accelerator, layout: Layout) -> Row:
    """Returns the names that an option row needs; nothing in it is ever evaluated."""
    degrees = (layout.tp, layout.pp, layout.ep, layout.dp)
    return Row(variant.model, variant.precision, 0.0, node, accelerator, 0.0, *degrees)
