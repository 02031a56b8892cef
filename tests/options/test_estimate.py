"""Predictions of setups: blind, complete, in range, and told in words."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.errors import InputError, UnrunnableError, UnsatisfiableError
from planner.options.estimate import OUTPUT_COLUMNS, estimate_file, estimate_one, estimate_points
from tests.roofline.machines import shipped

FACTS = Path(__file__).parents[2] / ".." / "shared" / "facts" / "measured"
MEASURED = ["output_tok_s_per_gpu", "ttft_ms", "tpot_ms"]
needs_facts = pytest.mark.skipif(not FACTS.is_dir(), reason="measured facts are not beside the repository")


NAMES = ("mode", "model", "accelerator", "tp", "precision_weights", "concurrency", "qps", "engine_family")
ROWS = [
    ("closed_loop", "llama3.1-70b", "H100-SXM-80GB", 4, "fp8", 16, None, "vllm"),
    ("static_batch", "llama2-7b", "A100-SXM-40GB", 1, "fp16", 8, None, "trtllm"),
    ("offline_max", "qwen3-235b-a22b", "B200-SXM-180GB", 8, "fp4", None, None, "nim"),
    ("first_token", "falcon-180b", "GH200-96GB", 4, "fp8", 1, None, None),
    ("poisson", "llama3.1-8b", "L40S", 1, "fp8", None, 2.0, "sglang"),
    ("poisson", "llama3.1-8b", "L40S", 1, "fp8", None, 2000.0, None),
    ("closed_loop", "kimi-k2.5", "MI355X", 8, "fp4", 16, None, "atom"),
    ("closed_loop", "nobody-7b", "H100", 1, "fp8", 1, None, None),
    ("closed_loop", "llama3.1-405b", "H100", 1, "bf16", 1, None, None),
    ("closed_loop", "llama3.1-8b", "H100", 1, "bf16", None, None, None),
    ("juggling", "llama3.1-8b", "H100", 1, "bf16", 1, None, None),
    ("closed_loop", "llama3.1-8b", "TPU-v5e", 1, "nvfp4", 1, None, None),
]


def points() -> pd.DataFrame:
    frame = pd.DataFrame(ROWS, columns=list(NAMES))
    frame.insert(0, "row_id", [f"p{i}" for i in range(len(frame))])
    return frame.assign(input_tokens_mean=1000, output_tokens_mean=500, date="2026-01", tpot_ms=7.7, ttft_ms=70.0)


def test_every_row_is_predicted_or_refused_with_a_reason_in_order() -> None:
    table = estimate_points(points(), shipped())

    assert list(table.columns) == list(OUTPUT_COLUMNS)
    assert table["row_id"].tolist() == [f"p{i}" for i in range(12)]
    assert (table["reason"][:7] == "").all()
    assert (table["reason"][7:] != "").all()
    assert table.loc[7:, ["tpot_ms", "output_tok_s_per_gpu", "ttft_ms"]].isna().all(axis=None)
    assert "nobody-7b" in table["reason"][7]
    assert "memory" in table["reason"][8]
    assert "concurrency" in table["reason"][9]


def test_ranges_surround_predictions() -> None:
    table = estimate_points(points(), shipped())[:7]
    for stem, unit in (("tpot", "_ms"), ("ttft", "_ms"), ("output_tok_s_per_gpu", "")):
        value, low, high = (table[f"{stem}{part}{unit}"] for part in ("", "_low", "_high"))

        assert ((low < value) & (value < high))[value.notna()].all()
        assert (low.isna() == value.isna()).all()


def test_a_saturated_replica_has_a_rate_and_no_first_token_time() -> None:
    table = estimate_points(points(), shipped())

    assert np.isfinite(table["output_tok_s_per_gpu"][5])
    assert np.isnan(table["ttft_ms"][5])


def test_blank_measurements_give_the_same_bytes(tmp_path: Path) -> None:
    points().to_csv(tmp_path / "full.csv", index=False)
    points().assign(**dict.fromkeys(MEASURED, "")).to_csv(tmp_path / "blank.csv", index=False)
    told = [estimate_file(tmp_path / f"{name}.csv", tmp_path / f"{name}.out", shipped()) for name in ("full", "blank")]

    assert told[0] == told[1] == {"rows": 12, "predicted": 7, "refused": 5}
    assert (tmp_path / "full.out").read_bytes() == (tmp_path / "blank.out").read_bytes()


@needs_facts
def test_blank_measurements_of_the_facts_give_the_same_bytes_and_few_refusals(tmp_path: Path) -> None:
    frame = pd.read_csv(FACTS / "serving_points.csv", low_memory=False)
    frame.drop(columns=MEASURED).to_csv(tmp_path / "blank.csv", index=False)
    told = estimate_file(FACTS / "serving_points.csv", tmp_path / "full.out", shipped())
    estimate_file(tmp_path / "blank.csv", tmp_path / "blank.out", shipped())

    assert told["refused"] < 0.02 * told["rows"]
    assert (tmp_path / "full.out").read_bytes() == (tmp_path / "blank.out").read_bytes()


@needs_facts
def test_the_score_on_the_facts_stays_where_it_was_reached() -> None:
    frame = pd.read_csv(FACTS / "serving_points.csv", low_memory=False)
    table = estimate_points(frame, shipped())
    quantity = frame["mode"].map(
        {"closed_loop": "tpot_ms", "static_batch": "output_tok_s_per_gpu", "offline_max": "output_tok_s_per_gpu"}
    )
    rows = quantity.notna()
    measured = np.array([frame.loc[i, q] for i, q in quantity[rows].items()])
    predicted = np.array([table.loc[i, q] for i, q in quantity[rows].items()])
    cells = frame.loc[rows, ["mode", "model", "accelerator", "precision_weights", "engine_family"]].assign(
        error=np.abs(predicted / measured - 1)
    )
    grouped = cells.groupby(list(cells.columns[:-1]), dropna=False)["error"].agg(["size", "median"])
    counted = grouped[grouped["size"] >= 4]["median"]

    assert counted.median() <= 0.09
    assert counted.quantile(0.9) <= 0.27


@needs_facts
def test_every_model_precision_and_accelerator_that_can_exist_yields_a_prediction() -> None:
    names = pd.read_csv(FACTS / "names.csv").groupby("kind")["name"].apply(list)
    triples = list(itertools.product(names["model"], names["precision_weights"], names["accelerator"]))
    rows = pd.DataFrame(triples, columns=["model", "precision_weights", "accelerator"])
    rows.insert(0, "row_id", rows["model"] + "/" + rows["precision_weights"] + "/" + rows["accelerator"])
    rows = rows.assign(mode="closed_loop", tp=8, concurrency=8, input_tokens_mean=500, output_tokens_mean=200)
    table = estimate_points(rows, shipped())
    refused = table[table["reason"] != ""]
    does_not_fit = refused["reason"].str.contains("memory")

    assert len(table) == len(rows)
    assert refused[~does_not_fit]["reason"].str.contains("does not run").all()
    assert set(refused[~does_not_fit]["row_id"].str.split("/").str[1]) <= {"fp4", "int4", "mxfp4"}
    assert table.loc[table["reason"] == "", ["tpot_ms", "ttft_ms", "output_tok_s_per_gpu"]].gt(0).all(axis=None)


def test_permuting_rows_permutes_predictions() -> None:
    frame = points()
    order = [6, 0, 9, 3, 11, 1, 2, 8, 7, 5, 4, 10]
    moved = estimate_points(frame.iloc[order].reset_index(drop=True), shipped())

    pd.testing.assert_frame_equal(moved, estimate_points(frame, shipped()).iloc[order].reset_index(drop=True))


def test_missing_columns_are_named(tmp_path: Path) -> None:
    points().drop(columns=["model"]).to_csv(tmp_path / "bad.csv", index=False)
    with pytest.raises(InputError, match="model"):
        estimate_file(tmp_path / "bad.csv", tmp_path / "out.csv", shipped())
    with pytest.raises(InputError, match="readable CSV"):
        estimate_file(tmp_path / "none.csv", tmp_path / "out.csv", shipped())


def test_one_setup_is_told_with_its_breakdown() -> None:
    setup = {"model": "llama-3.1-70b", "accelerator": "H100", "precision_weights": "fp8", "tp": 8, "concurrency": 32,
             "input_tokens_mean": 1024, "output_tokens_mean": 256, "engine_family": "vllm"}  # fmt: skip
    one = estimate_one(setup, shipped())

    assert sum(one.parts_ms.values()) == pytest.approx(one.step_ms)
    assert one.weights_gib == pytest.approx(8.5, abs=0.2)
    assert one.batch_max > 1000
    assert one.row["source"] == "calibrated"
    assert any("at most" in line for line in one.lines)


def test_a_setup_that_cannot_run_says_why() -> None:
    setup = {
        "model": "llama-3.1-405b",
        "accelerator": "H100",
        "precision_weights": "bf16",
        "tp": 1,
        "input_tokens_mean": 10,
        "output_tokens_mean": 10,
    }
    with pytest.raises(UnsatisfiableError, match="memory"):
        estimate_one(setup, shipped())


REFUSED = {
    "tp": (1.5, "tp 1.5 is no whole number above 0"),
    "pp": (0, "pp 0 is no whole number above 0"),
    "ep": ("x", "ep x is no whole number above 0"),
    "n_accelerators": (-8, "n_accelerators -8 is no whole number above 0"),
    "concurrency": (1e9, "concurrency 1e+09 is more than any engine keeps in flight (1e+06)"),
    "input_tokens_mean": (
        10_240_000,
        "10240256 tokens a request are more than 4 times the longest context of llama-3.1-8b (131072 tokens)",
    ),
    "output_tokens_mean": (float("inf"), "output_tokens_mean is missing or no number above 0"),
    "precision_weights": ("", "precision_weights missing"),
    "model": (None, "model missing"),
    "attention_dp": (2.5, "attention_dp 2.5 is no whole number above 0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_with_its_reason_and_its_neighbours_are_not(name: str) -> None:
    value, reason = REFUSED[name]
    row = {
        "row_id": "a", "mode": "closed_loop", "model": "llama-3.1-8b", "accelerator": "H100-SXM", "precision_weights": "fp8",
        "input_tokens_mean": 1024, "output_tokens_mean": 256, "concurrency": 32,
    }  # fmt: skip
    table = estimate_points(pd.DataFrame([row, {**row, name: value}]), shipped())

    assert table["reason"].iloc[0] == ""
    assert reason in table["reason"].iloc[1]
    assert table.loc[1, ["tpot_ms", "ttft_ms", "ttft_high_ms", "output_tok_s_per_gpu"]].isna().all()
    assert (table["bound"].iloc[1], table["source"].iloc[1]) == ("", "")


def test_more_tensor_ranks_than_heads_and_a_long_queue_are_told_of_one_setup() -> None:
    one = {"model": "llama-3.1-8b", "accelerator": "H100-SXM", "precision_weights": "fp8", "input_tokens_mean": 1024.0}
    for more, reason in (
        ({"tp": 64, "n_accelerators": 64}, "32 attention heads"),
        ({"concurrency": 5e5}, "first tokens after more than 60 minutes"),
    ):
        with pytest.raises(UnrunnableError, match=f"why this setup cannot run:\n.*{reason}"):
            estimate_one({**one, "output_tokens_mean": 256.0, **more}, shipped())
