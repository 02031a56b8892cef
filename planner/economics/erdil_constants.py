"""Reads the constants of Erdil (2025) that ship under `catalogs/erdil`: the paper's models and devices, v1 and v2."""

from pathlib import Path
from typing import Literal

import pandas as pd

from planner.errors import InputError
from planner.inputs.catalog import shipped_folder
from planner.tables import Column, Table

Version = Literal["v1", "v2"]
"""v1: the notebook of September 2024; v2: the notebook as of the paper, May 2025."""

PROVENANCE = (
    Column("source", "str", description="what was read, and where"),
    Column("source_kind", "str", description="the kind of source", choices=("paper",)),
    Column("retrieved_on", "date", description="when it was read"),
    Column("note", "str", nullable=True, description="the quirk that is kept, if any"),
)

MODELS = Table(
    "erdil/models",
    (
        Column("model", "str", description="the object's name in the notebook"),
        Column("label", "str", description="the name the notebook prints"),
        Column("hidden", "float", is_positive=True, description="model width d"),
        Column("intermediate", "float", is_positive=True, description="feed-forward width f, per expert"),
        Column("layers", "int", is_positive=True, description="layers L"),
        Column("experts", "int", is_positive=True, description="routed experts E (1: dense)"),
        Column("active_experts", "int", is_positive=True, description="active experts a"),
        Column("query_heads", "float", is_positive=True, description="query heads h"),
        Column("group_size", "float", is_positive=True, description="query heads per KV head g"),
        Column("head_dim", "float", is_positive=True, description="head width e"),
        Column("vocab", "float", minimum=0, description="vocabulary V"),
        Column("weight_bytes", "float", "bytes", is_positive=True, description="bytes per weight w"),
        Column("activation_bytes", "float", "bytes", is_positive=True, description="bytes per activation, KV element"),
        Column("ff_in_matrices", "int", is_positive=True, description="matrices d to f (2: gated)"),
        Column("ff_out_matrices", "int", is_positive=True, description="matrices f to d"),
        Column("is_parallel_attention", "bool", description="attention beside feed-forward; used by section 2.2 only"),
        Column("mla_kv_dim", "float", minimum=0, description="latent KV width of MLA (0: no MLA)"),
        Column("mla_query_dim", "float", minimum=0, description="latent query width of MLA (0: no MLA)"),
        Column("is_in_v1", "bool", description="whether the notebook of 2024 defines it too"),
        *PROVENANCE,
    ),
    key=("model",),
    description="Language models as the paper's notebook defines them, errors included.",
)

SCALED_MODELS = Table(
    "erdil/scaled_models",
    (
        Column("model", "str", description="the object's name in the notebook"),
        Column("label", "str", description="the name the notebook prints"),
        Column("base_model", "str", description="the object that is scaled: a row of models, or an earlier row here"),
        Column("size_factor", "float", is_positive=True, description="wished ratio of parameters"),
        Column("depth_exponent", "float", minimum=0, maximum=1, description="layers grow as size_factor to this"),
        *PROVENANCE,
    ),
    key=("model",),
    description="Hypothetical models made by the notebook's scaling helper (v2 only).",
)

DEVICES = Table(
    "erdil/devices",
    (
        Column("device", "str", description="the object's name in the notebook"),
        Column("label", "str", description="the name the notebook prints"),
        Column("peak_16bit_flop_per_s", "float", "flop/s", is_positive=True, description="dense peak, 16-bit weights"),
        Column("peak_8bit_flop_per_s", "float", "flop/s", is_positive=True, description="peak used at 8-bit weights"),
        Column("peak_4bit_flop_per_s", "float", "flop/s", nullable=True, description="empty: undefined"),
        Column("hbm_bytes_per_s", "float", "bytes/s", is_positive=True, description="theoretical memory bandwidth"),
        Column("hbm_bytes", "float", "bytes", is_positive=True, description="memory, all of it usable"),
        Column("intranode_bytes_per_s", "float", "bytes/s", nullable=True, description="bidirectional NVLink / 4"),
        Column("internode_bytes_per_s", "float", "bytes/s", is_positive=True, description="full-duplex NIC / 2"),
        Column("node_size", "int", is_positive=True, description="devices in a node"),
        Column("usd_per_hour", "float", "usd/h", is_positive=True, description="price of one device"),
        Column("kernel_launch_s", "float", "s", minimum=0, description="launch latency of one matrix product"),
        Column("arithmetic_cap", "float", minimum=0, maximum=1, description="reachable share of peak arithmetic"),
        Column("memory_cap", "float", minimum=0, maximum=1, description="reachable share of memory bandwidth"),
        Column("collective", "str", choices=("nccl", "hops"), description="which collective time law it follows"),
        Column("ll_base_s", "float", "s", minimum=0, description="base latency of NCCL's LL protocol, tree"),
        Column("ll128_base_s", "float", "s", minimum=0, description="base latency of NCCL's LL128 protocol, tree"),
        *PROVENANCE,
    ),
    key=("device",),
    description="Accelerators as the paper's notebook defines them.",
)


def constants_folder() -> Path:
    """Returns the folder of the shipped constants of the paper."""
    return shipped_folder() / "erdil"


def read_models(version: Version) -> pd.DataFrame:
    """Returns the unscaled models that a version of the notebook defines."""
    frame = MODELS.read(constants_folder() / "models.csv")
    return frame[frame["is_in_v1"]] if version == "v1" else frame


def read_scaled_models(version: Version) -> pd.DataFrame:
    """Returns the scaling recipes that a version of the notebook defines: none in v1."""
    frame = SCALED_MODELS.read(constants_folder() / "scaled_models.csv")
    return frame.iloc[:0] if version == "v1" else frame


def read_devices(version: Version) -> pd.DataFrame:
    """Returns the devices that a version of the notebook defines."""
    return DEVICES.read(constants_folder() / f"devices_{version}.csv")


def as_version(text: str) -> Version:
    """Returns the version named by a text; raises InputError for anything but v1 and v2."""
    if text == "v1":
        return "v1"
    if text == "v2":
        return "v2"
    raise InputError.single("erdil version", "v1 or v2", repr(text))
