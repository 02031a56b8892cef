"""Candidates before their operating point: what runs where, with which KV cache."""

import pytest

from planner.options.enumeration import Place, enumerate_places, with_drafts
from planner.options.variants import candidate_variants
from tests.small_instances import shipped_catalog, small_instance

CATALOG = shipped_catalog()


def places(folder, candidates, node_types, **wishes) -> list[Place]:
    """Returns the places of candidate models on node types."""
    changes = {"candidates": candidates, **{f"deployment.{name}": value for name, value in wishes.items()}}
    instance = small_instance(folder, changes)
    return enumerate_places(instance, CATALOG, candidate_variants(instance, CATALOG), node_types)


def test_every_legal_layout_of_every_variant_on_every_node_type(tmp_path):
    found = places(tmp_path, [{"model": "llama-3.1-8b", "precisions": ["bf16", "fp8"]}], ["1xH100-SXM", "8xH100-SXM"])

    assert [p.name for p in found] == [
        f"llama-3.1-8b@{precision}/{place}"
        for precision in ("bf16", "fp8")
        for place in ("1xH100-SXM/tp1", "8xH100-SXM/tp1", "8xH100-SXM/tp2", "8xH100-SXM/tp4", "8xH100-SXM/tp8")
    ]


def test_a_precision_that_the_accelerator_does_not_run_has_no_place(tmp_path):
    pairs = CATALOG.precision_support
    missing = [(a, p) for a in CATALOG.accelerators for p in CATALOG.precisions if (a, p) not in pairs]
    assert missing, "some pair does not run"
    accelerator, precision = next((a, p) for a, p in missing if f"8x{a}" in CATALOG.node_types)
    found = places(tmp_path, [{"model": "llama-3.1-8b", "precisions": [precision, "bf16"]}], [f"8x{accelerator}"])

    assert {p.variant.precision.precision for p in found} == {"bf16"}


def test_arithmetic_runs_at_the_supported_rate(tmp_path):
    found = places(tmp_path, [{"model": "llama-3.1-8b", "precisions": ["bf16", "fp8", "int4-awq"]}], ["1xH100-SXM"])
    rates = {p.variant.precision.precision: p.row.rate_flop_per_s for p in found}

    assert rates["fp8"] == pytest.approx(2 * rates["bf16"], rel=0.01)
    assert rates["int4-awq"] == rates["bf16"] == pytest.approx(989e12), "weight-only formats compute at 16 bit"


@pytest.mark.parametrize(
    ("asked", "precision", "node_type", "kv"),
    [
        ("auto", "bf16", "1xH100-SXM", "bf16"),
        ("auto", "fp8", "1xH100-SXM", "fp8"),
        ("auto", "int4-awq", "1xH100-SXM", "fp8"),
        ("auto", "int4-awq", "1xA100-80GB-SXM", "bf16"),
        ("fp8", "bf16", "1xH100-SXM", "fp8"),
        ("fp8", "bf16", "1xA100-80GB-SXM", "bf16"),
        ("bf16", "fp8", "1xH100-SXM", "bf16"),
    ],
)
def test_the_kv_cache_is_as_asked_or_follows_the_weights(tmp_path, asked, precision, node_type, kv):
    """8 bit needs FP8 units: an A100 keeps a 16-bit cache whatever is asked."""
    found = places(tmp_path, [{"model": "llama-3.1-8b", "precisions": [precision]}], [node_type], kv_precision=asked)

    assert [(p.kv_precision, p.row.kv_bits) for p in found] == [(kv, 8.0 if kv == "fp8" else 16.0)]


def test_replicas_over_nodes_count_whole_nodes(tmp_path):
    found = places(
        tmp_path, [{"model": "llama-3.1-405b", "precisions": ["fp8"]}], ["8xH100-SXM"], pp_max=2, nodes_per_replica_max=2
    )
    spans = {p.layout.gpus: p.nodes_per_replica for p in found}

    assert spans[16] == 2
    assert {spans[size] for size in spans if size <= 8} == {1}


def test_twins_by_speculative_decoding_stand_beside_the_plain_places_of_models_with_a_draft(tmp_path):
    """llama-3.1-8b has a row of drafts, qwen3-8b none; a pipeline does not draft."""
    candidates = [{"model": name, "precisions": ["fp8"]} for name in ("llama-3.1-8b", "qwen3-8b")]
    changes = {"candidates": candidates, "deployment.pp_max": 2}
    plain = small_instance(tmp_path / "plain", changes)
    asked = small_instance(tmp_path / "asked", {**changes, "deployment.speculative": True})
    found = enumerate_places(plain, CATALOG, candidate_variants(plain, CATALOG), ["2xH100-SXM"])

    assert with_drafts(plain, CATALOG, found) == found
    assert with_drafts(asked, CATALOG, found)[: len(found)] == found
    assert [p.name for p in with_drafts(asked, CATALOG, found)[len(found) :]] == [
        f"llama-3.1-8b@fp8/2xH100-SXM/{layout}+eagle3x3" for layout in ("tp1", "tp2")
    ]
