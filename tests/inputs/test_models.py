"""Declarations of models, precisions and aliases."""

from dataclasses import fields

import pandas as pd
import pytest

from planner.errors import InputError
from planner.inputs.catalog_rows import built
from planner.inputs.models import MODELS, PRECISIONS, LanguageModel, Precision
from planner.inputs.provenance import PROVENANCE_NAMES
from planner.tables import Table

ROW: dict[str, object] = {
    "model": "tiny",
    "organisation": "nobody",
    "huggingface_id": "nobody/tiny",
    "architecture": "dense",
    "params_total_billion": 0.001,
    "params_active_billion": 0.001,
    "layers": 2,
    "hidden": 64,
    "intermediate": 256,
    "ffn_matrices": 3,
    "q_heads": 4,
    "kv_heads": 2,
    "head_dim": 16,
    "vocab": 1000,
    "full_attention_layers": 2,
    "is_tied_embeddings": "true",
    "native_precision": "bf16",
    "max_context_tokens": 2048,
    "licence": "mit",
    "source": "a page",
    "source_kind": "configuration",
    "retrieved_on": "2026-11-21",
}
EMPTY = {column.name: "" for column in MODELS.columns if column.nullable and column.name not in (*ROW, *PROVENANCE_NAMES)}


@pytest.mark.parametrize(("kind", "table"), [(LanguageModel, MODELS), (Precision, PRECISIONS)])
def test_fields_are_the_columns_without_provenance(kind: type, table: Table) -> None:
    assert tuple(field.name for field in fields(kind)) == tuple(name for name in table.names if name not in PROVENANCE_NAMES)


def test_a_block_that_does_not_exist_counts_nought() -> None:
    model = built(LanguageModel, MODELS.check(pd.DataFrame([{**ROW, **EMPTY}]), "models"))["tiny"]

    assert (model.experts, model.kv_lora_rank, model.window_tokens, model.linear_kind) == (0, 0, 0, "")
    assert model.is_tied_embeddings is True
    assert model.released_on == ""


def test_a_count_is_whole_and_a_feed_forward_block_has_two_or_three_matrices() -> None:
    with pytest.raises(InputError) as caught:
        MODELS.check(pd.DataFrame([{**ROW, **EMPTY, "layers": 1.5, "ffn_matrices": 4}]), "models")

    assert {fault.expected for fault in caught.value.faults} == {"a whole number", "a number <= 3"}
