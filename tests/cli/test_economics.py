"""`planner economics` as a person runs it, on the stand-in that ships with the documentation."""

import json
from pathlib import Path

import pytest

from tests.command_line import faults, planner

STANDIN = Path(__file__).parents[2] / "docs" / "economics" / "standin_2xA100.csv"
BASE = ("economics", STANDIN, "--usd-per-hour", "0.79", "--requests", "2993", "--tpot-max", "50")


def test_json_has_curves_zones_and_the_frontier() -> None:
    said = planner(*BASE, "--score", "Qwen3-32B=70", "--score", "Qwen3-8B=50", "--format", "json")
    setups = {one["model"]: one for one in said.json["setups"]}

    assert said.code == 0
    assert setups["Qwen3-32B"]["best_concurrency"] == 32
    assert setups["Qwen3-8B"]["best_job_usd"] == pytest.approx(0.168, abs=5e-4)
    assert [row["is_on_frontier"] for row in said.json["quality"]] == [True, True]
    assert said.json["prices"] == {"A100-80GB-SXM": "0.79 usd/h (given, user)"}
    assert said.json["warnings"] == []


def test_the_table_tells_intervals_and_prices() -> None:
    said = planner(*BASE)

    assert "128 to 192 (begins after 96, ends before 256)" in said.out
    assert "(16, 192]" in said.out
    assert "price of A100-80GB-SXM: 0.79 usd/h" in said.out


def test_without_a_price_the_cheapest_dated_offer_is_taken_and_named() -> None:
    said = planner("economics", STANDIN, "--format", "json")

    assert said.code == 0
    assert "on_demand" in said.json["prices"]["A100-80GB-SXM"]


def test_an_owned_accelerator_is_priced_by_its_parts() -> None:
    own = ["price_usd=8760", "life_years=4", "utilisation_share=0.5", "power_kw=0.4", "pue=1.5", "electricity_usd_per_kwh=0.1"]
    flags = [word for text in own for word in ("--own", text)]
    said = planner("economics", STANDIN, *flags, "--load-share", "0.6", "--format", "json")

    assert said.json["setups"][0]["usd_per_hour"] == pytest.approx(2 * 0.56)
    assert "depreciation 0.5 + power 0.06" in said.json["prices"]["A100-80GB-SXM"]
    assert "utilisation is counted twice" in said.json["warnings"][0]
    assert "utilisation is counted twice" in said.err


def test_verbose_models_cost_more() -> None:
    plain, verbose = (planner(*BASE, *more, "--format", "json").json["setups"][2]["points"][0]["job_usd"]
                      for more in ((), ("--verbosity", "Qwen3-8B=3", "--tokeniser", "Qwen3-8B=2")))  # fmt: skip

    assert verbose == pytest.approx(6 * plain)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".html"])
def test_a_picture_is_written(suffix: str, tmp_path: Path) -> None:
    target = tmp_path / f"a{suffix}"

    assert planner(*BASE, "--plot", target).code == 0
    assert target.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("more", "place"),
    [
        (("--plot", "a.pdf"), "plot file a.pdf"),
        (("--score", "70"), "--score"),
        (("--score", "Qwen3-8B=high"), "--score"),
        (("--own", "price_usd=1"), "--own"),
        (("--score", "GPT=1"), "--score"),
        (("--score", "Qwen3-8B=nan"), "--score"),
        (("--verbosity", "Qwen3-8B=2", "--verbosity", "Qwen3-8B=3"), "--verbosity"),
        (("--usd-per-hour", "H100=1"), "--usd-per-hour"),
        (("--verbosity", "GPT=2"), "token factor"),
        (("--setup", "colour=red"), "setup colour"),
        (("--within", "-1"), "within"),
        (("--load-share", "0"), "derated_share"),
    ],
)
def test_wrong_usage_is_told_with_exit_2(more: tuple[str, ...], place: str) -> None:
    said = planner(*BASE, *more)

    assert said.code == 2
    assert any(place in fault for fault in faults(said))
    assert said.out == ""


def test_own_needs_price_and_life_and_knows_its_names() -> None:
    said = planner("economics", STANDIN, "--own", "colour=1")

    assert said.code == 2
    assert len(faults(said)) == 3


def test_harness_results_take_what_they_do_not_say_from_flags(tmp_path: Path) -> None:
    result = {"model_id": "m", "completed": 10, "max_concurrency": 4, "total_input_tokens": 1000, "total_output_tokens": 1000,
              "mean_ttft_ms": 50.0, "mean_tpot_ms": 10.0, "request_throughput": 3.6, "request_rate": "inf"}  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps(result))
    more = ("--setup", "accelerator=H100-SXM", "--usd-per-hour", "3.6", "--format", "json")
    said = planner("economics", tmp_path / "a.json", *more)

    assert said.json["setups"][0]["best_job_usd"] == pytest.approx(3.6 * 1000 / 3600 / 3.6)


def test_a_machine_without_a_name_needs_a_price(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("model,concurrency,output_tokens_mean,tpot_ms\nm,4,100,10\n")

    assert "--setup accelerator=NAME" in planner("economics", tmp_path / "a.csv").err
    assert planner("economics", tmp_path / "a.csv", "--usd-per-hour", "2").code == 0


@pytest.mark.parametrize(
    "document",
    [[1, 2], "x", {"mean_tpot_ms": 5}, {"benchmarks": [{}]}, {"benchmarks": []}, {"benchmarks": [{"metrics": {"a": 1}}]},
     {"inter_token_latency": 5}, {"mean_tpot_ms": 5, "completed": 0}, {"mean_tpot_ms": 5, "total_input_tokens": "many"}],
)  # fmt: skip
def test_half_a_result_is_told_without_a_traceback(document: object, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(document))
    said = planner("economics", tmp_path / "a.json", "--usd-per-hour", "2")

    assert said.code == 2
    assert faults(said)


def test_no_file_no_answer() -> None:
    assert planner("economics", "none.csv").code == 2
