"""Agreement with the author's code: shipped slice, planted errors, and the whole point tables where they are at hand."""

import csv
import importlib.util
import math
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from planner.economics.erdil_agreement import TABLES, relative_differences, table_verdict

REPOSITORY = Path(__file__).parents[2]
SLICE = Path(__file__).parent / "erdil_reference"
REFERENCE = REPOSITORY / ".." / "shared" / "facts" / "erdil" / "reference" / "dev"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("erdil_reference", REPOSITORY / "scripts" / "bench" / "erdil_reference.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def run(script, monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["erdil_reference.py", *map(str, arguments), "--processes", "1"])
    return script.main()


def altered(path: Path, column: str, factor: float) -> int:
    """Multiplies the last finite positive cell of a column that no rounding error may move; returns its row."""
    with path.open() as file:
        rows = list(csv.DictReader(file))
    known = [place for place, cells in enumerate(rows) if cells[column] and cells.get("search_robust") != "0"]
    row = [place for place in known if 0 < float(rows[place][column]) < math.inf][-1]
    rows[row][column] = repr(float(rows[row][column]) * factor)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return row


@pytest.mark.parametrize("name", list(TABLES))
def test_every_kind_of_table_agrees_on_the_shipped_slice(name):
    verdict = table_verdict(SLICE / name)

    assert verdict.is_passed
    assert verdict.worst < 1e-11
    assert verdict.rows > 8


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("points_v2.csv", "net_ff_bw_s"),
        ("points_v1.csv", "mem_bytes"),
        ("points_section3_2dtp.csv", "network_s"),
        ("points_section2_toy.csv", "latency_s"),
        ("collectives.csv", "time_summed_v1_s"),
        ("specdec_v2.csv", "t_verify_len3_s"),
        ("grid_discrete_v2.csv", "latency_s"),
    ],
)
def test_a_figure_off_by_two_millionths_fails(name, column, tmp_path):
    shutil.copy(SLICE / name, tmp_path / name)
    row = altered(tmp_path / name, column, 1 + 2e-6)
    verdict = table_verdict(tmp_path / name)

    assert not verdict.is_passed
    assert verdict.where == f"row {row + 1}, {column}"


def test_differences_are_relative_and_empty_cells_say_nothing():
    reference = np.array([2.0, 0.0, np.nan, np.inf, np.inf, 1.0, 0.0])
    ours = np.array([2.2, 1e-18, 7.0, np.inf, 5.0, np.nan, 1e-3])

    assert relative_differences(reference, ours) == pytest.approx([0.1, 0, 0, 0, math.inf, math.inf, math.inf])


def test_a_table_with_an_unknown_object_cannot_be_compared(tmp_path):
    text = (SLICE / "points_v1.csv").read_text().replace("Llama_3_8B,", "Llama_9_8B,")
    (tmp_path / "points_v1.csv").write_text(text)
    verdict = table_verdict(tmp_path / "points_v1.csv")

    assert not verdict.is_passed
    assert "Llama_9_8B" in verdict.problem


def test_the_script_passes_on_the_slice_and_names_the_worst_of_every_file(script, monkeypatch, capsys):
    assert run(script, monkeypatch, SLICE) == 0

    lines = capsys.readouterr().out
    for path in SLICE.glob("*.csv"):
        assert path.name in lines or path.name == "models.csv"
    assert "0 past tolerance" in lines


def test_the_script_names_missing_files_and_passes_over_them(script, monkeypatch, capsys, tmp_path):
    shutil.copy(SLICE / "collectives.csv", tmp_path)
    shutil.copy(SLICE / "frontier_summary.csv", tmp_path)

    assert run(script, monkeypatch, tmp_path) == 0

    lines = capsys.readouterr().out
    assert "points_v2.csv: missing, passed over" in lines
    assert "frontier_v1_llama70b8_h100_ctx10000.csv: missing, passed over" in lines


@pytest.mark.parametrize("exists", [True, False])
def test_the_script_fails_on_an_empty_or_absent_folder(script, monkeypatch, tmp_path, exists):
    assert run(script, monkeypatch, tmp_path if exists else tmp_path / "absent") == 1


def test_the_script_fails_past_tolerance(script, monkeypatch, tmp_path):
    shutil.copy(SLICE / "collectives.csv", tmp_path)
    altered(tmp_path / "collectives.csv", "time_overlapped_v2_s", 1.01)

    assert run(script, monkeypatch, tmp_path) == 1


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the full reference tables are not beside the repository")
@pytest.mark.parametrize("name", list(TABLES))
def test_every_row_of_the_full_tables_agrees(name):
    assert table_verdict(REFERENCE / name).is_passed
