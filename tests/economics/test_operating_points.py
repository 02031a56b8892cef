"""Operating points from harness files and tables: throughput, setups, repeated runs, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from planner.economics.operating_points import operating_points, read_operating_points
from planner.errors import InputError


def row(**stated: Any) -> dict[str, Any]:
    base = {"row_id": "r", "mode": "closed_loop", "model": "m", "accelerator": "H100-SXM", "n_accelerators": 2,
            "concurrency": 8, "input_tokens_mean": 1000, "output_tokens_mean": 101, "ttft_ms": 1e3, "tpot_ms": 10.0}  # fmt: skip
    return {**base, **stated}


def found(*rows: dict[str, Any]) -> pd.DataFrame:
    return operating_points(pd.DataFrame(list(rows)))


def vllm(concurrency: int, tokens: int = 25600) -> dict[str, Any]:
    return {
        "date": "20260412-101500", "model_id": "meta-llama/Llama-3.1-8B", "completed": 100, "num_prompts": 100,
        "request_rate": "inf", "max_concurrency": concurrency, "total_input_tokens": 102400, "total_output_tokens": tokens,
        "mean_ttft_ms": 80.0, "mean_tpot_ms": 9.0, "request_throughput": concurrency / 3.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("stated", "rate", "way"),
    [
        ({}, 8 / 2.0, "Little's law on stated latency"),
        ({"output_tok_s_per_gpu": 505.0}, 10.0, "stated tokens/s"),
        ({"output_tok_s": 505.0, "output_tok_s_per_gpu": 505.0}, 5.0, "stated tokens/s"),
        ({"requests_per_s": 3.0, "output_tok_s": 505.0}, 3.0, "stated requests/s"),
        ({"mode": "poisson", "qps": 2.5, "concurrency": None}, 2.5, "offered requests/s"),
    ],
)
def test_throughput_is_taken_as_measured_before_it_is_derived(stated: dict[str, Any], rate: float, way: str) -> None:
    point = found(row(**stated)).iloc[0]

    assert point["requests_per_s"] == pytest.approx(rate)
    assert point["throughput_from"] == way
    assert point["request_s"] == pytest.approx(2.0)


def test_an_offered_rate_has_the_concurrency_of_littles_law() -> None:
    assert found(row(mode="poisson", qps=2.5, concurrency=None))["concurrency"].tolist() == [5.0]


def test_setups_are_named_by_what_tells_them_apart() -> None:
    names = found(row(tp=2), row(tp=1), row(tp=1, model="n"))["setup"].tolist()

    assert names == ["m, 2 x H100-SXM, TP2", "m, 2 x H100-SXM, TP1", "n, 2 x H100-SXM, TP1"]


def test_a_name_given_is_kept() -> None:
    assert found(row(setup="mine", tp=2), row(setup="mine", tp=1, concurrency=16))["setup"].tolist() == ["mine", "mine"]


def test_lengths_drawn_anew_are_one_setup_and_other_lengths_another() -> None:
    points = found(row(concurrency=4), row(concurrency=8, input_tokens_mean=1080), row(concurrency=16, input_tokens_mean=4000))

    assert points["setup"].nunique() == 2
    assert points.groupby("setup", sort=False).size().tolist() == [2, 1]


def test_repeated_runs_are_a_mean_with_its_range() -> None:
    point = found(row(requests_per_s=3.0), row(requests_per_s=5.0)).iloc[0]

    assert (point["requests_per_s"], point["requests_per_s_low"], point["requests_per_s_high"], point["runs"]) == (4, 3, 5, 2)


def test_rows_come_out_by_setup_as_read_and_rising_concurrency() -> None:
    points = found(row(model="z", concurrency=8), row(model="a", concurrency=8), row(model="z", concurrency=4))

    assert points[["model", "concurrency"]].to_numpy().tolist() == [["z", 4.0], ["z", 8.0], ["a", 8.0]]


def test_every_row_that_says_too_little_is_told() -> None:
    with pytest.raises(InputError) as told:
        found(row(row_id="a", mode="offline_max"), row(row_id="b", model=None),
              row(row_id="d", concurrency=-1), row(row_id="e", output_tokens_mean="many"))  # fmt: skip

    places = {fault.where.split(",")[0] for fault in told.value.faults}
    assert places == {"a", "b", "d", "e"}


@pytest.mark.parametrize(
    ("name", "value"), [("requests_per_s", -3.0), ("tpot_ms", "fast"), ("score", "high"), ("usd_per_hour", float("inf"))]
)
def test_a_cell_that_is_no_number_is_told_and_never_passed_over(name: str, value: object) -> None:
    """Throughput could be derived from other columns here: a bad cell is a fault all the same."""
    with pytest.raises(InputError, match=f"column {name}"):
        found(row(**{name: value}))


def test_no_rows_are_told() -> None:
    with pytest.raises(InputError, match="at least one row"):
        operating_points(pd.DataFrame([row()]).head(0))


def test_vllm_results_are_read_with_their_throughput(tmp_path: Path) -> None:
    for concurrency in (4, 8):
        (tmp_path / f"{concurrency}.json").write_text(json.dumps(vllm(concurrency)))
    points = read_operating_points([tmp_path / "4.json", tmp_path / "8.json"], {"accelerator": "H100-SXM", "score": 61.0})

    assert points["requests_per_s"].tolist() == pytest.approx([4 / 3, 8 / 3])
    assert len(set(points["setup"])) == 1
    assert (points["score"] == 61.0).all()
    assert (points["accelerators"] == 1).all()


def test_guidellm_and_aiperf_throughput_is_read(tmp_path: Path) -> None:
    def mean(value: float) -> dict[str, Any]:
        return {"successful": {"mean": value}}

    guide = {"benchmarks": [{"metrics": {
        "request_concurrency": mean(7.8), "prompt_token_count": mean(512), "output_token_count": mean(128),
        "time_to_first_token_ms": mean(50), "inter_token_latency_ms": mean(8.5), "requests_per_second": mean(6.5)}}]}  # fmt: skip
    aiperf = {
        "input_config": {"loadgen": {"concurrency": 8}, "endpoint": {"model_names": ["m"]}},
        "input_sequence_length": {"avg": 512}, "output_sequence_length": {"avg": 128},
        "time_to_first_token": {"avg": 50}, "inter_token_latency": {"avg": 8.5}, "request_throughput": {"avg": 6.6},
    }  # fmt: skip
    for name, document in (("g", guide), ("a", aiperf)):
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    points = read_operating_points([tmp_path / "g.json", tmp_path / "a.json"], {"model": "m", "accelerator": "H100-SXM"})

    assert points["requests_per_s"].tolist() == [6.5, 6.6]


def test_unreadable_files_are_all_told(tmp_path: Path) -> None:
    with pytest.raises(InputError) as told:
        read_operating_points([tmp_path / "none.csv", tmp_path / "none.json"])
    assert len(told.value.faults) == 2
    with pytest.raises(InputError, match="at least one results file"):
        read_operating_points([])
