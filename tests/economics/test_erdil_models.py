"""The paper's models: counts of every object against the author's own code, and the scaling helper."""

import csv
from pathlib import Path

import numpy as np
import pytest

from planner.economics.erdil_models import find_model, load_models, scaled_model
from planner.errors import InputError

FIGURES = Path(__file__).parent / "erdil_reference" / "models.csv"
CONSTANTS = Path(__file__).parents[2] / ".." / "shared" / "facts" / "erdil" / "reference" / "constants"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_every_model_has_the_parameters_cache_and_flop_that_the_notebook_counts():
    figures = rows(FIGURES)

    assert {row["object"] for row in figures} == set(load_models("v2"))
    for row in figures:
        model = find_model(row["object"])
        ours = {
            "total_params": model.parameters,
            "total_active_params": model.active_parameters,
            "attn_params_per_layer": model.attention_parameters_per_layer,
            "kv_bytes_per_token": model.kv_bytes_per_token,
            "flop_per_token_ctx0": model.flop(0, 1),
            "flop_per_token_ctx10000": model.flop(10000, 1),
        }
        for column, value in ours.items():
            assert float(value) == pytest.approx(float(row[column]), rel=1e-10), (row["object"], column)


def test_flop_splits_into_feed_forward_attention_and_projections():
    model = find_model("Mixtral_8x7B")

    parts = model.ff_flop(7) + model.attention_flop(100, 7) + model.projection_flop(100, 7)

    assert parts == pytest.approx(float(model.flop(100, 7)))


def test_v1_lacks_deepseek_and_the_scaled_models():
    assert set(load_models("v2")) - set(load_models("v1")) == {
        "DeepSeek_V3",
        "GPT_4_100T_param",
        *(f"GPT_4_{factor}x" for factor in (2, 4, 8, 16)),
        "Llama_3_gpt4_size",
        *(f"Llama_3_gpt4_size_{factor}x" for factor in (2, 4, 8, 16)),
    }


def test_scaling_keeps_the_number_of_kv_heads_and_about_multiplies_parameters():
    base = find_model("Llama_3_70B")

    small = scaled_model(base, "quarter", 1 / 4)

    assert small.query_heads / small.group_size == pytest.approx(8)
    assert small.layers == 50
    assert small.parameters / base.parameters == pytest.approx(0.25, rel=0.05)


def test_an_unknown_model_names_those_that_exist():
    with pytest.raises(InputError, match="Llama_3_70B"):
        find_model("Llama_9_7B")


@pytest.mark.skipif(not CONSTANTS.is_dir(), reason="the published tables of constants are not beside the repository")
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_every_dimension_is_the_notebooks(version):
    names = {
        "d_model": "hidden",
        "d_ff": "intermediate",
        "layers": "layers",
        "n_experts": "experts",
        "n_active_experts": "active_experts",
        "num_query_heads": "query_heads",
        "group_size": "group_size",
        "d_head": "head_dim",
        "vocab_size": "vocab",
        "weight_precision_bytes": "weight_bytes",
        "activation_precision_bytes": "activation_bytes",
        "ff_in_matrices": "ff_in_matrices",
        "ff_out_matrices": "ff_out_matrices",
        "sparsity_floor": "sparsity",
        "num_k_plus_v_heads": "kv_heads_both",
        "ff_params_per_layer_per_expert": "ff_parameters_per_expert",
        "embedding_params_counted": "embedding_parameters",
    }
    table = rows(CONSTANTS / f"models_{version}.csv")

    assert [row["object"] for row in table if row["object"] not in load_models(version)] == []
    assert len(table) == len(load_models(version))
    for row in table:
        model = find_model(row["object"], version)
        differences = [name for name, ours in names.items() if not np.isclose(float(row[name]), getattr(model, ours), 1e-10)]
        assert differences == [], row["object"]
        assert model.has_latent_attention == (row["mla"] == "True")
        assert model.is_parallel_attention == (row["parallel_attention"] == "True")
