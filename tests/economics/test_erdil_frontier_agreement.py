"""Frontiers against the author's search: shipped slice, planted errors, inputs of a summary row, the memory edge."""

import csv
import math
import shutil
from pathlib import Path

import pytest

from planner.economics.erdil_frontier_agreement import frontier_file, frontier_verdict, question_of
from planner.errors import InputError

SLICE = Path(__file__).parent / "erdil_reference"
REFERENCE = Path(__file__).parents[2] / ".." / "shared" / "facts" / "erdil" / "reference" / "dev"


def summary(folder=SLICE):
    with (folder / "frontier_summary.csv").open() as file:
        return {row["id"]: row for row in csv.DictReader(file)}


SMALL = summary()["v1_llama70b8_h100_ctx10000"]


def test_files_are_named_after_core_and_id():
    assert frontier_file({"id": "llama70b_h100_ctx0", "core": "v2"}) == "frontier_v2_llama70b_h100_ctx0.csv"
    assert frontier_file({"id": "v1_gpt4_h100_ctx0", "core": "v1"}) == "frontier_v1_gpt4_h100_ctx0.csv"


def test_a_summary_row_states_precision_price_draft_and_cap():
    row = {**SMALL, "core": "v2", "spec": "Llama_3_8B_MQA a=0.65", "demand_cap": "inf", "w_bytes": "0.5", "price": "9"}
    question = question_of(row)

    assert question.model.weight_bytes == 0.5
    assert (question.draft.model.model, question.draft.acceptance) == ("Llama_3_8B_MQA", 0.65)
    assert math.isinf(question.demand_cap_tok_per_s)
    assert question.usd_per_gpu_hour == 9
    assert question_of({**row, "spec": ""}).draft is None
    assert question_of({**row, "spec": math.nan}).draft is None


def test_a_draft_without_acceptance_is_refused():
    with pytest.raises(InputError, match="ACCEPTANCE"):
        question_of({**SMALL, "spec": "Llama_3_8B"})


@pytest.mark.parametrize("name", list(summary()))
def test_the_shipped_frontiers_agree_with_their_search(name):
    row = summary()[name]
    verdict = frontier_verdict(SLICE / frontier_file(row), row)

    assert verdict.points.is_passed
    assert verdict.points.worst < 1e-9
    assert verdict.summary_worst < 1e-6


def edited(tmp_path, change):
    """The small frontier with its rows changed."""
    source = SLICE / frontier_file(SMALL)
    with source.open() as file:
        rows = list(csv.DictReader(file))
    with (tmp_path / source.name).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(change(rows))
    return tmp_path / source.name


def scaled(row, column, factor):
    return {**row, column: repr(float(row[column]) * factor)}


def test_a_cost_four_percent_off_fails_and_one_at_the_memory_edge_is_set_apart(tmp_path):
    def dearer(rows, edge="0"):
        return [*rows[:40], {**scaled(rows[40], "usd_per_mtok", 1.04), "at_memory_edge": edge}, *rows[41:]]

    wrong = frontier_verdict(edited(tmp_path, dearer), SMALL).points
    apart = frontier_verdict(edited(tmp_path, lambda rows: dearer(rows, "1")), SMALL).points

    assert not wrong.is_passed
    assert wrong.where == "row 41"
    assert apart.knife_edges == 1
    assert apart.knife_edge_worst == pytest.approx(0.04 / 1.04, rel=1e-3)


def test_a_frontier_that_lacks_its_fast_end_fails(tmp_path):
    verdict = frontier_verdict(edited(tmp_path, lambda rows: rows[:-30]), SMALL).points

    assert not verdict.is_passed


def test_a_wrong_word_on_the_fit_of_all_sequences_fails(tmp_path):
    path = edited(tmp_path, lambda rows: [{**rows[0], "fits_hbm_full_kv": "0"}, *rows[1:]])

    assert math.isinf(frontier_verdict(path, SMALL).points.worst)


def test_a_summary_figure_off_by_four_percent_is_told():
    row = scaled(SMALL, "tok_s_at_5usd", 1.04)
    verdict = frontier_verdict(SLICE / frontier_file(SMALL), row)

    assert verdict.points.is_passed
    assert verdict.summary_worst > 0.03
    assert "tok_s_at_5usd" in verdict.summary_where


def test_a_file_without_its_columns_cannot_be_compared(tmp_path):
    shutil.copy(SLICE / "collectives.csv", tmp_path / "frontier.csv")

    assert "cannot be compared" in frontier_verdict(tmp_path / "frontier.csv", SMALL).points.problem


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the full reference tables are not beside the repository")
@pytest.mark.parametrize("name", ["v1_llama405b_h100_ctx0", "llama70b_h100_ctx0", "deepseekv3_h20_ctx4096"])
def test_frontiers_of_the_full_tables_agree(name):
    row = summary(REFERENCE)[name]
    verdict = frontier_verdict(REFERENCE / frontier_file(row), row)

    assert verdict.points.is_passed
    assert verdict.summary_worst <= 0.03
