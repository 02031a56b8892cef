"""The shipped scores: one wide comparable benchmark, no mixed sources, recovery that can be traced."""

import pytest

from planner.inputs.catalog import Catalog, load_catalog
from planner.inputs.quality import LARGE_ABOVE_BILLION, SMALL_BELOW_BILLION

WIDEST = ("LMArena win rate", "LMArena")
REFERENCE = "llama-3.1-70b"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def test_one_benchmark_of_one_reporter_covers_the_models_a_plan_asks_for(catalog: Catalog) -> None:
    quality = catalog.quality
    covered = set(quality[(quality["benchmark"] == WIDEST[0]) & (quality["reported_by"] == WIDEST[1])]["model"])
    wanted = {"llama-3.1-8b", "llama-3.1-70b", "llama-3.1-405b", "llama-3.3-70b", "qwen3-32b", "qwen3-235b-a22b"}
    wanted |= {"qwen2.5-72b", "mistral-7b", "mixtral-8x7b", "gemma-3-27b", "gpt-oss-120b", "deepseek-r1", "phi-4"}

    assert len(covered) >= 25
    assert wanted <= covered


def test_win_rate_is_the_elo_formula_against_the_reference(catalog: Catalog) -> None:
    quality = catalog.quality
    rows = quality[(quality["benchmark"] == WIDEST[0]) & (quality["reported_by"] == WIDEST[1])].set_index("model")
    elo = rows["note"].str.extract(r"Elo ([\d.]+) ")[0].astype(float)
    expected = 100 / (1 + 10 ** ((elo[REFERENCE] - elo) / 400))

    assert rows.loc[REFERENCE, "score"] == 50
    assert rows["score"].to_numpy() == pytest.approx(expected.to_numpy(), abs=0.01)


def test_vendors_own_claims_say_so(catalog: Catalog) -> None:
    rows = catalog.quality[catalog.quality["reported_by"] == "vendors"]

    assert rows["note"].str.contains("each vendor's own harness").all()


def test_a_variant_of_a_benchmark_is_another_benchmark(catalog: Catalog) -> None:
    names = set(catalog.quality["benchmark"])

    assert {"GPQA", "GPQA Diamond", "MATH", "MATH-500", "MMLU-Pro", "MMLU-Pro, CoT"} <= names
    assert len(names) == len({name.casefold() for name in names})
    assert not [name for name in names if name.endswith(")")]


def test_recovery_is_the_ratio_of_the_two_scores(catalog: Catalog) -> None:
    rows = catalog.quantization.dropna(subset=["baseline_score", "quantized_score"])

    assert len(rows) > 150
    assert (rows["recovery_share"] - rows["quantized_score"] / rows["baseline_score"]).abs().max() < 0.003


def test_defaults_are_the_medians_of_the_measurements(catalog: Catalog) -> None:
    rows = catalog.quantization
    size = rows["model"].map({name: model.params_total_billion for name, model in catalog.models.items()})
    noisy = rows["note"].str.contains("near chance") | rows["benchmark"].str.contains("worst case")
    medium = rows[(rows["precision"] == "int8") & size.between(SMALL_BELOW_BILLION, LARGE_ABOVE_BILLION) & ~noisy]
    defaults = catalog.quantization_defaults.set_index(["precision", "size_class"])

    assert defaults.loc[("int8", "medium"), "recovery_share"] == pytest.approx(medium["recovery_share"].median(), abs=1e-4)
    assert defaults.loc[("int8", "medium"), "points"] == len(medium)


def test_defaults_cover_every_precision_and_size_and_fewer_bits_keep_less(catalog: Catalog) -> None:
    defaults = catalog.quantization_defaults
    share = defaults.set_index(["precision", "size_class"])["recovery_share"]

    assert len(defaults) == 3 * len(catalog.precisions)
    assert (defaults["recovery_low"] <= defaults["recovery_share"]).all()
    assert (defaults["recovery_share"] <= defaults["recovery_high"]).all()
    assert share["bf16", "small"] == 1 > share["fp8", "small"] > share["int4-awq", "small"] > share["nvfp4", "small"]
