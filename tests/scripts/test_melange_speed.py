"""The timing script solves the same program on both sides and says how many times faster ours was."""

import importlib.util
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.imports.peer_files import BUCKETS, write

pytest.importorskip("pulp", reason="an extra that only this comparison needs")


def script():
    """Returns the script as a module."""
    path = Path(__file__).parents[2] / "scripts" / "bench" / "melange_speed.py"
    spec = importlib.util.spec_from_file_location("melange_speed", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["melange_speed"] = module
    spec.loader.exec_module(module)
    return module


def test_both_sides_find_the_optimum_worked_by_hand(tmp_path, capsys):
    """26 usd: see tests/imports/test_instance_files.py."""
    path = write(tmp_path / "b.json", BUCKETS)

    assert script().main([str(path), "--out", str(tmp_path / "t.csv"), "--limit-s", "20"]) == 0
    row = pd.read_csv(tmp_path / "t.csv").iloc[0]
    assert (row["ours_objective_usd"], row["cbc_objective_usd"]) == (pytest.approx(26.0), pytest.approx(26.0))
    assert row["ours_is_proved"]
    assert row["cbc_is_proved"]
    assert "times faster over 1 files" in capsys.readouterr().out
