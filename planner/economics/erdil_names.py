"""Finds the paper's object for a name of the catalog, and writes a frontier of the paper's model as a table."""

from functools import cache

import numpy as np
import pandas as pd

from planner.economics.erdil_constants import PROVENANCE, Version, constants_folder
from planner.economics.erdil_devices import ErdilDevice, find_device, load_devices
from planner.economics.erdil_latency import Workload
from planner.economics.erdil_layouts import best_layouts
from planner.economics.erdil_models import ErdilModel, find_model, load_models
from planner.economics.erdil_search import Question, fits_all, frontier
from planner.errors import InputError
from planner.tables import Column, Table

NAMES = Table(
    "erdil/names",
    (
        Column("kind", "str", description="what is named", choices=("model", "accelerator")),
        Column("name", "str", description="name in the catalog"),
        Column("precision", "str", nullable=True, description="precision in the catalog (models)"),
        Column("object", "str", description="the object's name in the notebook"),
        *PROVENANCE,
    ),
    key=("kind", "name", "precision"),
    description="Catalog names of what the paper's notebook defines.",
)

PRECISION_OF_BYTES = {2.0: "bf16", 1.0: "fp8", 0.5: "int4-awq"}
"""What the planner calls a weight of so many bytes."""


@cache
def _objects() -> dict[tuple[str, str, str], str]:
    frame = NAMES.read(constants_folder() / "names.csv")
    keys = zip(frame["kind"], frame["name"], frame["precision"], strict=True)
    return dict(zip(keys, frame["object"], strict=True))


def paper_model(name: str, precision: str | None = None, version: Version = "v2") -> ErdilModel:
    """Returns the paper's model for a catalog name and precision, or for an object's own name.

    Without a precision the widest weights that the paper has for the name are taken.

    Raises
    ------
    InputError
        Where the paper's constants lack the model or the model at this precision.
    """
    if name in load_models(version):
        model = find_model(name, version)
        if precision in (None, PRECISION_OF_BYTES.get(model.weight_bytes)):
            return model
    found = {key[2]: text for key, text in _objects().items() if key[:2] == ("model", name)}
    for candidate in (precision,) if precision else PRECISION_OF_BYTES.values():
        if candidate in found:
            return find_model(found[candidate], version)
    named = [f"{key[1]}@{key[2]}" for key in _objects() if key[0] == "model"]
    expected = "one of the paper's models: " + ", ".join([*named, *load_models(version)])
    raise InputError.single("--model with the erdil assumptions", expected, f"{name}@{precision or 'any precision'}")


def paper_device(name: str, version: Version = "v2") -> ErdilDevice:
    """Returns the paper's device for a catalog accelerator, or for an object's own name; else raises InputError."""
    if name in load_devices(version):
        return find_device(name, version)
    found = _objects().get(("accelerator", name, ""))
    if found is not None:
        return find_device(found, version)
    known = [key[1] for key in _objects() if key[0] == "accelerator"]
    expected = "one of the paper's devices: " + ", ".join([*known, *load_devices(version)])
    raise InputError.single("--accelerator with the erdil assumptions", expected, repr(name))


def frontier_table(question: Question) -> pd.DataFrame:
    """Returns a frontier with the columns of `planner frontier`, slowest first, and what the paper's layout adds.

    `accelerators`, `batch`, `tp` (of attention), `pp` and `ep` are real-valued, as in the paper, and are those of plain
    decoding where the question has a draft model; `fits_all_sequences`
    is false where a point passes only because v2 charges the KV cache of one micro-batch (quirk 5).
    """
    points = frontier(question)
    load = Workload(points.gpus, points.batch, question.context)
    layouts = best_layouts(question.version, question.model, question.device, load)
    weight_bytes = question.model.weight_bytes
    table = pd.DataFrame(
        {
            "model": question.model.model,
            "accelerator": question.device.device,
            "precision": PRECISION_OF_BYTES.get(weight_bytes, f"{8 * weight_bytes:g}-bit"),
            "tok_s_per_request": points.tok_s_per_request,
            "usd_per_mtok": points.usd_per_mtok,
            "batch": points.batch,
            "accelerators": points.gpus,
            "tp": layouts.attention_degree,
            "pp": layouts.stages,
            "ep": layouts.expert_groups,
            "bound": layouts.bound,
            "source": "modelled",
            "is_two_dimensional": layouts.is_two_dimensional,
            "drafted_tokens": points.drafted,
            "mfu_share": points.mfu,
            "fits_all_sequences": fits_all(question, points.gpus, points.batch),
        }
    )
    return table.iloc[np.argsort(table["tok_s_per_request"].to_numpy(), kind="stable")].reset_index(drop=True)
