"""Results on stdout: JSON that any parser reads, tables that people read."""

import json

import numpy as np
import pandas as pd
import pytest

from planner.cli.output import frame_records, print_frame, print_json, print_lines


def test_json_has_null_for_what_does_not_exist(capsys):
    print_json(
        {
            "a": float("nan"),
            "b": [np.float64("inf"), np.int64(3), True, None],
            "c": {1: np.bool_(False)},
            "d": pd.Timestamp("2027-01-01"),
        }
    )

    assert json.loads(capsys.readouterr().out) == {
        "a": None,
        "b": [None, 3, True, None],
        "c": {"1": False},
        "d": "2027-01-01 00:00:00",
    }


def test_records_of_a_frame_have_none_for_missing_values(capsys):
    print_json(frame_records(pd.DataFrame({"x": [1.5, None], "name": ["a", None]})))

    assert json.loads(capsys.readouterr().out) == [{"x": 1.5, "name": "a"}, {"x": None, "name": None}]


def test_a_long_frame_is_cut_and_says_so(capsys):
    print_frame(pd.DataFrame({"row": range(70), "width": ["a cell as wide as the title"] * 70}), "seventy rows", rows_max=60)
    out = capsys.readouterr().out

    assert "seventy rows" in out
    assert "59" in out
    assert "69" not in out
    assert "10 more rows" in out


@pytest.mark.parametrize(
    ("value", "shown"), [(0.123456, "0.1235"), (12345.678, "12,346"), (float("nan"), ""), ("text", "text"), (7, "7")]
)
def test_cells_are_short(capsys, value, shown):
    print_frame(pd.DataFrame({"cell": [value]}), "t")

    assert capsys.readouterr().out.splitlines()[2].strip() == shown


def test_names_in_brackets_are_printed_not_read_as_markup(capsys):
    print_frame(pd.DataFrame({"name": ["[red]x[/red]", "a[0]"]}), "t")
    out = capsys.readouterr().out

    assert "[red]x[/red]" in out
    assert "a[0]" in out


def test_lines_end_each_with_a_newline(capsys):
    print_lines(["a", "b"])

    assert capsys.readouterr().out == "a\nb\n"
