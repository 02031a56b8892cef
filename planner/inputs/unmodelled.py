"""What the user knows and the catalog does not: models without geometry, machines without physics.

Nothing is modelled of either; only rows of the instance's rates table say what they do together.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from planner.inputs.hardware import Accelerator, NodeType
from planner.inputs.models import LanguageModel, Precision

if TYPE_CHECKING:
    from planner.inputs.catalog import Catalog
    from planner.inputs.instance import Instance

UNSTATED = "unstated"
_BLANK: Mapping[str, Any] = {"str": "", "int": 0, "float": 0.0, "bool": False}


def unmodelled_model(name: str, precision: str) -> LanguageModel:
    """Returns a model of which only the name is known: every count 0, native at the precision it is served at."""
    found: LanguageModel = _blank(LanguageModel, model=name, native_precision=precision)
    return found


def unmodelled_precision(name: str) -> Precision:
    """Returns a format of weights of which only the name is known."""
    found: Precision = _blank(Precision, precision=name)
    return found


def unmodelled_node(offer: Mapping[str, Any]) -> tuple[NodeType, Accelerator]:
    """Returns the machine of a row of the instance's offers table and its accelerator: names and counts, no physics."""
    count = int(offer["accelerators"])
    node = _blank(NodeType, node_type=offer["node_type"], accelerator=offer["accelerator"], accelerators=count)
    return node, _blank(Accelerator, accelerator=offer["accelerator"], vendor=offer["vendor"])


def unmodelled_models(instance: "Instance") -> set[str]:
    """Returns the candidates that are not modelled, by name."""
    return {candidate.model for candidate in instance.settings.candidates if not candidate.is_modelled}


def model_name(instance: "Instance", catalog: "Catalog", name: str) -> str:
    """Returns the canonical name of a model of the catalog, or the name of a candidate that is not modelled as it is."""
    return name if name in unmodelled_models(instance) else catalog.resolve("model", name)


def precision_name(instance: "Instance", catalog: "Catalog", model: str, precision: str) -> str:
    """Returns the canonical precision; that of a candidate that is not modelled as it is."""
    return precision if model in unmodelled_models(instance) else catalog.resolve("precision", precision)


def _blank(made: type[Any], **known: Any) -> Any:
    """Returns a dataclass with the fields known and every other one blank by its type."""
    blank = {}
    for item in fields(made):
        kind = str(getattr(item.type, "__name__", item.type))
        blank[item.name] = None if "None" in kind else _BLANK[kind]
    return made(**{**blank, **known})
