"""Refits to a user's measurements: harness files, priors, and a planted machine that is found again."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.errors import InputError
from planner.options.calibrate import calibrate, read_measurements, write_calibration
from planner.options.calibrated import calibration_folder, load_calibration
from planner.options.estimate import estimate_points
from tests.roofline.machines import shipped

SETUP = {"model": "llama-3.1-8b", "accelerator": "MI300X", "precision_weights": "bf16", "tp": 1, "engine_family": "vllm"}


HEADER = "model,accelerator,precision_weights,input_tokens_mean,output_tokens_mean,concurrency\n"


def written(path: Path, document: object) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def vllm(concurrency: int | None = 16, rate: float | str = "inf") -> dict[str, object]:
    return {
        "date": "20260412-101500", "model_id": "meta-llama/Llama-3.1-8B-Instruct", "completed": 100, "num_prompts": 100,
        "request_rate": rate, "max_concurrency": concurrency, "total_input_tokens": 102400, "total_output_tokens": 25600,
        "mean_ttft_ms": 80.0, "mean_tpot_ms": 9.0,
    }  # fmt: skip


def test_a_vllm_result_becomes_one_closed_loop_row(tmp_path: Path) -> None:
    row = read_measurements(written(tmp_path / "a.json", vllm()), SETUP).iloc[0]

    assert (row["mode"], row["concurrency"], row["input_tokens_mean"], row["output_tokens_mean"]) == (
        "closed_loop",
        16,
        1024,
        256,
    )
    assert (row["tpot_ms"], row["ttft_ms"], row["date"], row["accelerator"]) == (9.0, 80.0, "2026-04-12", "MI300X")
    assert row["model"] == "meta-llama/Llama-3.1-8B-Instruct"


def test_a_request_rate_becomes_a_poisson_row(tmp_path: Path) -> None:
    row = read_measurements(written(tmp_path / "a.json", vllm(None, 2.5)), SETUP).iloc[0]

    assert (row["mode"], row["qps"]) == ("poisson", 2.5)


def test_appended_lines_are_several_rows(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("\n".join(json.dumps(vllm(c)) for c in (4, 8)), encoding="utf-8")

    assert read_measurements(tmp_path / "a.json", SETUP)["concurrency"].tolist() == [4, 8]


def test_guidellm_and_aiperf_are_read(tmp_path: Path) -> None:
    def mean(value: float) -> dict[str, object]:
        return {"successful": {"mean": value}}

    guide = {"benchmarks": [{"metrics": {
        "request_concurrency": mean(7.8), "prompt_token_count": mean(512), "output_token_count": mean(128),
        "time_to_first_token_ms": mean(50), "inter_token_latency_ms": mean(8.5)}}]}  # fmt: skip
    aiperf = {
        "input_config": {"loadgen": {"concurrency": 8}, "endpoint": {"model_names": ["llama-3.1-8b"]}},
        "input_sequence_length": {"avg": 512}, "output_sequence_length": {"avg": 128},
        "time_to_first_token": {"avg": 50, "unit": "ms"}, "inter_token_latency": {"avg": 8.5, "unit": "ms"},
    }  # fmt: skip
    first = read_measurements(written(tmp_path / "g.json", guide), SETUP).iloc[0]
    second = read_measurements(written(tmp_path / "p.json", aiperf), SETUP).iloc[0]

    for row in (first, second):
        assert (row["input_tokens_mean"], row["output_tokens_mean"], row["ttft_ms"], row["tpot_ms"]) == (512, 128, 50, 8.5)
    assert (first["concurrency"], second["concurrency"]) == (7.8, 8)


def planted(factor: float) -> pd.DataFrame:
    frame = pd.DataFrame([(c, i) for c in (1, 4, 16, 64) for i in (200, 2000)], columns=["concurrency", "input_tokens_mean"])
    frame = frame.assign(**SETUP, mode="closed_loop", date="2026-01", output_tokens_mean=300)
    frame.insert(0, "row_id", [f"r{i}" for i in range(len(frame))])
    return frame.assign(tpot_ms=estimate_points(frame, shipped())["tpot_ms"] * factor)


def test_a_slower_machine_is_found_and_nothing_else_moves(tmp_path: Path) -> None:
    planted(1.4).to_csv(tmp_path / "mine.csv", index=False)
    result = calibrate([tmp_path / "mine.csv"], shipped())
    write_calibration(result, calibration_folder(), tmp_path / "new")
    before, after = load_calibration(), load_calibration(tmp_path / "new")
    untouched = result.table["scope"].str.contains("sglang")

    assert result.error_before == pytest.approx(1 - 1 / 1.4, abs=0.01)
    assert result.error_after < 0.12
    assert after.source("MI300X") == "calibrated" != before.source("MI300X")
    assert np.allclose(result.table["value"][untouched], result.table["prior_value"][untouched], rtol=1e-4)
    assert result.lines()[0].startswith("8 measurements")


def test_agreeing_measurements_move_nothing(tmp_path: Path) -> None:
    planted(1.0).to_csv(tmp_path / "mine.csv", index=False)
    result = calibrate([tmp_path / "mine.csv"], shipped())

    assert np.allclose(result.table["value"], result.table["prior_value"], rtol=0.02)


def test_a_wrong_file_is_told_in_few_lines_by_its_own_line_numbers(tmp_path: Path) -> None:
    (tmp_path / "wrong.csv").write_text("a,b\n" + "1,2\n" * 48)
    (tmp_path / "half.csv").write_text("model,accelerator,precision_weights\n" + "x,y,fp8\n" * 48)
    with pytest.raises(InputError) as caught:
        calibrate([tmp_path / "wrong.csv", tmp_path / "half.csv"], shipped())
    assert [f.expected.partition(" (")[0] for f in caught.value.faults] == [
        "values of model, accelerator, precision_weights, input_tokens_mean, output_tokens_mean",
        "values of input_tokens_mean, output_tokens_mean",
    ]

    rows = "".join(f"{'x' if i % 2 else 'y'},H100-SXM,fp8,100,100,8\n" for i in range(48))
    (tmp_path / "names.csv").write_text(
        "model,accelerator,precision_weights,input_tokens_mean,output_tokens_mean,concurrency\n" + rows
    )
    with pytest.raises(InputError) as caught:
        calibrate([tmp_path / "names.csv"], shipped())
    assert [f.where for f in caught.value.faults] == [
        "names.csv:2, names.csv:4, names.csv:6 and 21 more rows", "names.csv:3, names.csv:5, names.csv:7 and 21 more rows",
    ]  # fmt: skip


def test_many_reasons_are_counted(tmp_path: Path) -> None:
    rows = "".join(f"nobody-{i},H100-SXM,fp8,100,100,8\n" for i in range(40))
    (tmp_path / "many.csv").write_text(
        "model,accelerator,precision_weights,input_tokens_mean,output_tokens_mean,concurrency\n" + rows
    )
    with pytest.raises(InputError) as caught:
        calibrate([tmp_path / "many.csv"], shipped())
    assert [f.found for f in caught.value.faults][-1] == "34 more rows with 34 more reasons"


def test_unreadable_and_unplaceable_measurements_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mean_tpot_ms"):
        read_measurements(written(tmp_path / "x.json", {"hello": 1}), SETUP)
    with pytest.raises(InputError, match="can run"):
        calibrate([written(tmp_path / "y.json", vllm())], shipped(), {**SETUP, "accelerator": "abacus"})
    with pytest.raises(InputError, match="setup colour"):
        read_measurements(written(tmp_path / "z.json", vllm()), {"colour": "red"})
