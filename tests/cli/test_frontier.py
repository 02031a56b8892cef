"""`planner frontier` on the command line."""

import io
import json
import time

import pandas as pd

from planner.cli.frontier import split_names
from tests.command_line import planner

COLUMNS = [
    "model", "accelerator", "precision", "tok_s_per_request", "usd_per_mtok", "batch", "accelerators", "tp", "pp", "ep",
    "bound", "source",
]  # fmt: skip
FOUR = ("--accelerator", "H100", "--accelerator", "H200", "--accelerator", "B200", "--accelerator", "MI300X")


def test_csv_has_exactly_the_fixed_columns():
    said = planner("frontier", "--model", "llama-3.1-70b", *FOUR, "--format", "csv")
    frame = pd.read_csv(io.StringIO(said.out))

    assert said.code == 0
    assert frame.columns.tolist() == COLUMNS
    assert frame["accelerator"].nunique() == 4
    assert frame["source"].str.contains("/on_demand, 20").all()


def test_json_has_the_points_the_curves_and_the_prices():
    said = planner("frontier", "--model", "llama-3.1-70b", "--accelerator", "H100", "--format", "json")
    record = json.loads(said.out)

    assert list(record["points"][0]) == COLUMNS
    assert record["curves"][0]["offer"] in record["points"][0]["source"]
    assert record["context_tokens"] == 1024
    assert record["refused"] == []


def test_names_without_a_flag_and_lists_are_understood():
    loose = planner("frontier", "--model", "llama-3.1-70b", "--accelerator", "H100", "H200", "llama-3.1-8b", "--format", "csv")
    listed = planner("frontier", "--model", "llama-3.1-70b,llama-3.1-8b", "--accelerator", "H100,H200", "--format", "csv")

    assert loose.out == listed.out
    assert split_names(["a, b", "c"]) == ("a", "b", "c")


def test_wide_adds_columns():
    said = planner("frontier", "--model", "llama-3.1-8b", "--accelerator", "L4", "--wide", "--format", "csv")
    frame = pd.read_csv(io.StringIO(said.out))

    assert frame.columns.tolist()[:12] == COLUMNS
    assert {"usd_per_mtok_input", "usd_per_mtok_output", "offer"} <= set(frame.columns)


def test_a_table_for_people_names_the_price():
    said = planner("frontier", "--model", "llama-3.1-8b", "--accelerator", "L4", "--usd-per-hour", "L4=0.5")

    assert said.code == 0
    assert "price of L4: 0.5 usd/h (given, user)" in said.out
    assert "preferred" in said.out


def test_the_papers_own_names_are_understood_without_a_flag():
    question = ("frontier", "GPT_4_4x", "V100", "--assumptions", "erdil", "--demand-cap", "10000", "--format", "csv")
    frame = pd.read_csv(io.StringIO(planner(*question).out))

    assert set(frame["model"]) == {"GPT_4_4x"}
    assert set(frame["accelerator"]) == {"V100"}


def test_erdil_refuses_what_the_paper_lacks():
    said = planner("frontier", "--model", "llama-3.1-70b", *FOUR, "--assumptions", "erdil", "--format", "csv")

    assert said.code == 2
    assert said.out == ""
    assert "B200-SXM" in said.err
    assert "MI300X" in said.err


def test_wrong_usage_is_exit_code_2_and_nothing_fits_is_3():
    assert planner("frontier", "--model", "llama-3.1-70b", "--format", "csv").code == 2
    assert planner("frontier", "--model", "llama-3.1-70b", "--accelerator", "H100", "--usd-per-hour", "H100").code == 2
    assert planner("frontier", "--model", "llama-3.1-70b", "--accelerator", "H100", "--assumptions", "dream").code == 2
    assert planner("frontier", "--model", "llama-3.1-8b", "--accelerator", "L4", "nobody").code == 2
    assert planner("frontier", "--model", "llama-3.1-8b", "--accelerator", "L4", "--plot", "x.gif").code == 2
    assert planner("frontier", "--model", "llama-3.1-405b", "--accelerator", "L4", "--format", "csv").code == 3


def test_one_picture_of_four_accelerators(tmp_path, capsys):
    began = time.perf_counter()
    said = planner("frontier", "--model", "llama-3.1-70b", *FOUR, "--plot", str(tmp_path / "frontier.png"), "--format", "csv")
    took = time.perf_counter() - began
    with capsys.disabled():
        print(f"\nplanner frontier of four accelerators with a picture: {took:.2f} s (asked: under 3 s)")

    assert said.code == 0
    assert (tmp_path / "frontier.png").read_bytes().startswith(b"\x89PNG")
