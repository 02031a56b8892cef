"""Declarations of accelerators, node types and precision support."""

from dataclasses import fields

import pandas as pd
import pytest

from planner.errors import InputError
from planner.inputs.catalog_rows import built
from planner.inputs.hardware import ACCELERATORS, NODE_TYPES, Accelerator, NodeType
from planner.inputs.provenance import PROVENANCE_NAMES
from planner.tables import Table

ROW: dict[str, object] = {
    "accelerator": "X",
    "vendor": "NVIDIA",
    "generation": "ampere",
    "memory_kind": "hbm2e",
    "memory_gib": 80,
    "memory_gb_per_s": 2039,
    "bf16_tflops": 312,
    "fp8_tflops": "",
    "fp4_tflops": "",
    "int8_tops": 624,
    "scale_up_gb_per_s": 300,
    "scale_up_domain": 8,
    "scale_up_kind": "nvlink",
    "scale_out_gb_per_s": "",
    "tdp_kw": 0.4,
    "released_on": "2020-11-16",
    "source": "a page",
    "source_kind": "datasheet",
    "retrieved_on": "2026-11-21",
}


@pytest.mark.parametrize(("kind", "table"), [(Accelerator, ACCELERATORS), (NodeType, NODE_TYPES)])
def test_fields_are_the_columns_without_provenance(kind: type, table: Table) -> None:
    assert tuple(field.name for field in fields(kind)) == tuple(name for name in table.names if name not in PROVENANCE_NAMES)


def test_an_absent_unit_becomes_none_and_counts_stay_whole() -> None:
    row = built(Accelerator, ACCELERATORS.check(pd.DataFrame([ROW]), "accelerators"))["X"]

    assert row.fp8_tflops is None
    assert row.scale_out_gb_per_s is None
    assert (row.int8_tops, row.scale_up_domain) == (624.0, 8)
    assert isinstance(row.scale_up_domain, int)


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("memory_gib", 0, "a number > 0"),
        ("scale_up_kind", "ethernet", "one of nvlink, xgmi"),
        ("source_kind", "guess", "one of datasheet"),
        ("released_on", "2020", "a date YYYY-MM-DD"),
        ("source", "", "a str"),
    ],
)
def test_a_bad_cell_is_named(column: str, value: object, expected: str) -> None:
    with pytest.raises(InputError, match=f"column {column}: expected {expected}"):
        ACCELERATORS.check(pd.DataFrame([{**ROW, column: value}]), "accelerators")
