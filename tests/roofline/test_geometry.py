"""Parameters, cache bytes and FLOP against hand counts and published totals."""

import pytest

from planner.roofline.geometry import attention_bits, geometry, kv_elements_per_layer, parameters_total
from tests.roofline.machines import shipped

CATALOG = shipped()
OTHER_BLOCKS = {"qwen3.5-27b", "qwen3.6-27b", "gemma-3-4b", "gemma-3-12b"}
"""Linear mixers narrower than the rule, and vision towers that serve no text."""


@pytest.mark.parametrize("name", sorted(set(CATALOG.models) - OTHER_BLOCKS))
def test_counted_parameters_are_within_3_percent_of_the_published_total(name: str) -> None:
    model = CATALOG.models[name]

    assert parameters_total(model) == pytest.approx(model.params_total_billion * 1e9, rel=0.03)


def test_llama_70b_keeps_320_kib_of_16_bit_cache_a_token_and_an_eighth_of_it_on_eight_ranks() -> None:
    model, precision = CATALOG.models["llama-3.1-70b"], CATALOG.precisions["bf16"]

    assert geometry(model, precision, 16, 1, 1).kv_bytes_full == 80 * 2 * 8 * 128 * 2
    assert geometry(model, precision, 16, 8, 1).kv_bytes_full == 80 * 2 * 1 * 128 * 2


def test_kv_heads_are_replicated_where_tp_exceeds_them() -> None:
    model = CATALOG.models["qwen2-7b"]

    assert model.kv_heads == 4
    assert kv_elements_per_layer(model, 8) == kv_elements_per_layer(model, 4) == 2 * model.head_dim


def test_the_mla_latent_is_whole_on_every_rank() -> None:
    model = CATALOG.models["deepseek-r1"]

    assert kv_elements_per_layer(model, 8) == kv_elements_per_layer(model, 1) == 512 + 64


def test_four_bit_mixtures_leave_attention_in_16_bit_save_nvfp4_without_mla() -> None:
    bits = {
        (name, fmt): attention_bits(CATALOG.models[name], CATALOG.precisions[fmt])
        for name, fmt in [
            ("gpt-oss-120b", "mxfp4"),
            ("deepseek-r1", "nvfp4"),
            ("qwen3-235b-a22b", "nvfp4"),
            ("llama-3.1-70b", "nvfp4"),
        ]
    }

    assert bits == {
        ("gpt-oss-120b", "mxfp4"): 16,
        ("deepseek-r1", "nvfp4"): 16,
        ("qwen3-235b-a22b", "nvfp4"): 4.5,
        ("llama-3.1-70b", "nvfp4"): 4.5,
    }


def test_mla_decodes_absorbed_and_prefills_expanded() -> None:
    share = geometry(CATALOG.models["deepseek-r1"], CATALOG.precisions["fp8"], 8, 1, 1)

    assert share.decode_flop_per_context_full == 61 * 2 * 128 * (512 + 64 + 512)
    assert share.prefill_flop_per_context_full == 61 * 2 * 128 * (128 + 64 + 128)
