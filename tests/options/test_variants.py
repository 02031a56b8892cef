"""Variants and their quality: scores of one reporter, recovery after quantisation, floors that admit or not."""

import dataclasses

import pandas as pd
import pytest

from planner.errors import UnsatisfiableError
from planner.inputs.catalog import Catalog
from planner.options.variants import candidate_variants, eligible_variants, recovery, score_table
from tests.small_instances import second_workload, shipped_catalog, small_instance

SHIPPED = shipped_catalog()
MODEL = "llama-3.1-8b"
TWO = {
    "candidates": [
        {"model": "Llama-3.1-8B-Instruct", "precisions": ["bf16", "FP8", "int4"]},
        {"model": "qwen3-8b", "precisions": ["bf16"]},
    ]
}
FLOOR = {"benchmark": "Bench", "reported_by": "me", "floor": 60}


def catalog(scores: list[tuple[str, str, str, float]], measured: list[tuple[str, str, str, float]] = ()) -> Catalog:
    """Returns the shipped catalog with these scores (model, benchmark, reporter, score) and recoveries instead of its own."""
    provenance = {"source": "s", "source_kind": "paper", "retrieved_on": "2026-01-01", "note": ""}
    quality = pd.DataFrame(scores, columns=["model", "benchmark", "reported_by", "score"]).assign(**provenance)
    columns = ["model", "precision", "benchmark", "recovery_share"]
    quantization = pd.DataFrame(list(measured), columns=columns).assign(
        scheme="x", baseline_score=50.0, quantized_score=50.0, **provenance
    )
    return dataclasses.replace(SHIPPED, tables={**SHIPPED.tables, "quality": quality, "quantization": quantization})


def scores_of(instance, one: Catalog) -> dict[str, tuple[float, str]]:
    """Returns (score, source) by variant."""
    return {row["variant"]: (row["score"], row["source"]) for row in score_table(instance, one).to_dict("records")}


def test_candidates_keep_their_order_and_lose_their_aliases(tmp_path):
    names = [variant.name for variant in candidate_variants(small_instance(tmp_path, TWO), SHIPPED)]

    assert names == [f"{MODEL}@bf16", f"{MODEL}@fp8", f"{MODEL}@int4-awq", "qwen3-8b@bf16"]


def test_a_score_shrinks_by_the_share_that_the_precision_keeps(tmp_path):
    """fp8 of this model was measured at 0.98 on the benchmark; int4 was not measured: the class median, an estimate."""
    one = catalog([(MODEL, "Bench", "me", 70.0)], [(MODEL, "fp8", "Bench", 0.98), (MODEL, "fp8", "Other", 0.5)])
    found = scores_of(small_instance(tmp_path, {**TWO, "workloads.0.quality": {**FLOOR, "floor": 0}}), one)
    defaults = SHIPPED.quantization_defaults.set_index(["precision", "size_class"])["recovery_share"]

    assert found[f"{MODEL}@bf16"] == (70.0, "paper")
    assert found[f"{MODEL}@fp8"] == (pytest.approx(68.6), "paper")
    assert found[f"{MODEL}@int4-awq"] == (pytest.approx(70.0 * min(1.0, defaults["int4-awq", "small"])), "estimate")
    assert "qwen3-8b@bf16" not in found, "nobody scored it"


def test_recovery_of_another_benchmark_stands_in_as_a_median(tmp_path):
    one = catalog([], [(MODEL, "fp8", "A", 0.9), (MODEL, "fp8", "B", 0.94), (MODEL, "fp8", "C", 0.98)])
    instance = small_instance(tmp_path, TWO)
    fp8 = next(v for v in candidate_variants(instance, one) if v.name == f"{MODEL}@fp8")

    assert recovery(instance, one, fp8, "Bench") == (pytest.approx(0.94), "measured")
    assert recovery(instance, one, fp8, "A") == (pytest.approx(0.9), "measured")
    only_defaults = small_instance(tmp_path / "b", {**TWO, "quality.quantization": "default"})
    assert recovery(only_defaults, one, fp8, "A")[1] == "estimate"


def test_nothing_is_lost_at_16_bit_and_at_the_published_precision(tmp_path):
    instance = small_instance(
        tmp_path, {"candidates": [{"model": "gpt-oss-120b", "precisions": ["mxfp4"]}, {"model": MODEL, "precisions": ["bf16"]}]}
    )

    assert SHIPPED.models["gpt-oss-120b"].native_precision == "mxfp4"
    assert [recovery(instance, SHIPPED, v, "Bench")[0] for v in candidate_variants(instance, SHIPPED)] == [1.0, 1.0]


def test_recovery_never_raises_a_score(tmp_path):
    one = catalog([(MODEL, "Bench", "me", 70.0)], [(MODEL, "fp8", "Bench", 1.05)])
    found = scores_of(small_instance(tmp_path, {**TWO, "workloads.0.quality": {**FLOOR, "floor": 0}}), one)

    assert found[f"{MODEL}@fp8"][0] == 70.0


def test_the_floor_admits_what_keeps_it(tmp_path):
    one = catalog(
        [(MODEL, "Bench", "me", 61.0), ("qwen3-8b", "Bench", "me", 60.0)],
        [(MODEL, "fp8", "Bench", 0.98), (MODEL, "int4-awq", "Bench", 0.9837)],
    )
    instance = small_instance(tmp_path, {**TWO, "workloads.0.quality": FLOOR})
    eligible = eligible_variants(instance, one, score_table(instance, one))

    assert [v.name for v in eligible["chat"]] == [f"{MODEL}@bf16", f"{MODEL}@int4-awq", "qwen3-8b@bf16"]


def test_reporters_are_never_mixed(tmp_path):
    one = catalog([(MODEL, "Bench", "me", 50.0), (MODEL, "Bench", "you", 90.0)])
    instance = small_instance(tmp_path, {**TWO, "workloads.0.quality": FLOOR})

    assert scores_of(instance, one)[f"{MODEL}@bf16"] == (50.0, "paper")
    with pytest.raises(UnsatisfiableError, match=rf"Bench \(me\) >= 60 for chat.*{MODEL}@bf16 at 50.0"):
        eligible_variants(instance, one, score_table(instance, one))


def test_the_instances_reporter_counts_where_a_floor_names_none(tmp_path):
    one = catalog([(MODEL, "Bench", "me", 50.0), (MODEL, "Bench", "you", 90.0)])
    changes = {**TWO, "workloads.0.quality": {"benchmark": "Bench", "floor": 60}, "quality.reported_by": "you"}

    assert scores_of(small_instance(tmp_path, changes), one)[f"{MODEL}@bf16"][0] == 90.0


def test_own_scores_replace_the_catalogs_and_a_models_score_still_shrinks(tmp_path):
    one = catalog([(MODEL, "Bench", "me", 90.0)], [(MODEL, "fp8", "Bench", 0.5)])
    rows = f"variant,benchmark,score,source\n{MODEL},Bench,80,us\n{MODEL}@int4-awq,Bench,77,us\nqwen3-8b@bf16,Bench,61,us\n"
    changes = {**TWO, "workloads.0.quality": FLOOR, "tables.scores": "scores.csv"}
    found = scores_of(small_instance(tmp_path, changes, {"scores.csv": rows}), one)

    assert found == {
        f"{MODEL}@bf16": (80.0, "user"),
        f"{MODEL}@fp8": (40.0, "user"),
        f"{MODEL}@int4-awq": (77.0, "user"),
        "qwen3-8b@bf16": (61.0, "user"),
    }


def test_lists_admit_and_exclude_models_by_any_name(tmp_path):
    changes = {
        **TWO,
        "workloads.0.models_allow": ["meta-llama/Llama-3.1-8B-Instruct"],
        "workloads.1": second_workload(models_deny=["LLAMA-3.1-8B"]),
    }
    instance = small_instance(tmp_path, changes)
    eligible = eligible_variants(instance, SHIPPED, score_table(instance, SHIPPED))

    assert {v.model.model for v in eligible["chat"]} == {MODEL}
    assert [v.name for v in eligible["code"]] == ["qwen3-8b@bf16"]


def test_every_workload_without_a_model_is_told_at_once(tmp_path):
    changes = {**TWO, "workloads.0.quality": FLOOR, "workloads.1": second_workload(models_deny=[MODEL, "qwen3-8b"])}
    instance = small_instance(tmp_path, changes)
    one = catalog([])

    with pytest.raises(UnsatisfiableError) as caught:
        eligible_variants(instance, one, score_table(instance, one))

    assert len(caught.value.faults) == 2
    assert "no candidate has a score on it" in caught.value.faults[0].found
    assert "leave none" in caught.value.faults[1].found
