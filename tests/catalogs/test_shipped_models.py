"""The geometry of every shipped model reproduces its published parameter count."""

from pathlib import Path

import pytest

from planner.inputs.catalog import Catalog, load_catalog
from planner.inputs.models import LanguageModel
from planner.units import PARAMETERS_PER_BILLION

TOLERANCE = 0.015
TOLERANCE_HYBRID = 0.15
"""Linear layers are counted as if they were attention layers: their own projections are not columns."""
EXCEPTIONS = {
    "gemma-3-4b": (0.10, "published total has a vision tower of 0.42 billion"),
    "gemma-3-12b": (0.04, "published total has a vision tower of 0.42 billion"),
    "gemma-4-31b": (0.02, "global layers have wider heads and shared keys and values"),
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def parameters(model: LanguageModel) -> float:
    """Parameters of embeddings, attention and feed-forward blocks; norms, biases and prediction heads are left out."""
    heads = model.q_heads
    if model.kv_lora_rank:
        key = model.qk_nope_head_dim + model.qk_rope_head_dim
        down_q = model.hidden * model.q_lora_rank + model.q_lora_rank * heads * key
        query = down_q if model.q_lora_rank else model.hidden * heads * key
        latent = model.hidden * (model.kv_lora_rank + model.qk_rope_head_dim)
        up = model.kv_lora_rank * heads * (model.qk_nope_head_dim + model.v_head_dim)
        attention = query + latent + up + heads * model.v_head_dim * model.hidden
    else:
        attention = 2 * model.hidden * model.head_dim * (heads + model.kv_heads)
    dense = model.ffn_matrices * model.hidden * model.intermediate
    width = model.experts * model.expert_intermediate + model.shared_intermediate
    moe = model.ffn_matrices * model.hidden * width + model.hidden * model.experts
    embeddings = model.vocab * model.hidden * (1 if model.is_tied_embeddings else 2)
    return model.layers * attention + (model.layers - model.moe_layers) * dense + model.moe_layers * moe + embeddings


def test_count_of_llama_2_7b_by_hand(catalog: Catalog) -> None:
    layer = 4 * 4096 * 4096 + 3 * 4096 * 11008

    assert parameters(catalog.models["llama-2-7b"]) == 32 * layer + 2 * 32000 * 4096


def test_every_model_reproduces_its_published_total(catalog: Catalog) -> None:
    wrong = {}
    for name, model in catalog.models.items():
        tolerance = EXCEPTIONS[name][0] if name in EXCEPTIONS else TOLERANCE_HYBRID if model.linear_layers else TOLERANCE
        error = parameters(model) / PARAMETERS_PER_BILLION / model.params_total_billion - 1
        if abs(error) > tolerance:
            wrong[name] = round(error, 4)

    assert not wrong


def test_every_exception_is_needed(catalog: Catalog) -> None:
    errors = {
        n: parameters(catalog.models[n]) / PARAMETERS_PER_BILLION / catalog.models[n].params_total_billion - 1 for n in EXCEPTIONS
    }

    assert all(abs(error) > TOLERANCE for error in errors.values())


def test_a_dense_model_uses_all_its_parameters_but_a_vision_tower(catalog: Catalog) -> None:
    dense = [
        model for model in catalog.models.values() if model.architecture == "dense" and not model.model.startswith("gemma-3")
    ]

    assert all(model.params_active_billion == model.params_total_billion for model in dense)


def test_compressed_keys_name_their_parts(catalog: Catalog) -> None:
    latent = [model for model in catalog.models.values() if model.kv_lora_rank]

    assert len(latent) >= 8
    assert all(model.head_dim == model.qk_nope_head_dim + model.qk_rope_head_dim for model in latent)


def test_every_kind_of_architecture_is_there(catalog: Catalog) -> None:
    models = catalog.models.values()

    assert len(catalog.models) >= 45
    assert sum(model.architecture == "moe" for model in models) >= 15
    assert sum(model.window_layers > 0 for model in models) >= 8
    assert sum(model.linear_layers > 0 for model in models) >= 4
    assert {model.linear_kind for model in models} >= {"gated-deltanet", "mamba-2"}
    assert sum(model.sparse_attention_tokens > 0 for model in models) >= 2


def test_falcon_and_gptj_have_plain_feed_forward_blocks(catalog: Catalog) -> None:
    falcon, gptj = catalog.models["falcon-180b"], catalog.models["gptj-6b"]

    assert (falcon.layers, falcon.hidden, falcon.q_heads, falcon.kv_heads, falcon.head_dim) == (80, 14848, 232, 8, 64)
    assert (gptj.layers, gptj.hidden, gptj.q_heads, gptj.kv_heads, gptj.head_dim) == (28, 4096, 16, 16, 256)
    assert falcon.ffn_matrices == gptj.ffn_matrices == 2


def test_every_hugging_face_name_resolves_to_its_model(catalog: Catalog) -> None:
    for model in catalog.models.values():
        assert catalog.resolve("model", model.huggingface_id) == model.model
        assert catalog.resolve("model", Path(model.huggingface_id).name) == model.model
