"""Tables: declared once, then checked, documented, read and written by the declaration."""

import os
import stat
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import InputError
from planner.tables import Column, Table, column_names, records, write_atomically

FRUIT = Table(
    "fruit",
    (
        Column("fruit", "str", description="its name"),
        Column("kind", "str", description="a choice", choices=("stone", "pome")),
        Column("mass_kg", "float", "kg", "weight", is_positive=True),
        Column("sugar_share", "float", "", "share", nullable=True, minimum=0, maximum=1),
        Column("pips", "int", "", "count", minimum=0),
        Column("is_ripe", "bool", "", "flag", required=False, default=True),
        Column("picked_on", "date", "", "day", required=False, default="2027-01-01"),
        Column("note", "str", "", "text", required=False, nullable=True, default=""),
        Column("sold_per_s", "float", "1/s", "rate", required=False, default=0.0, minimum=0, least_above_zero=1e-4),
    ),
    ("fruit",),
    "Fruit.",
)
GOOD = {"fruit": "plum", "kind": "stone", "mass_kg": "0.05", "sugar_share": "0.1", "pips": "1"}


def faults(*rows: dict[str, object], **more) -> list[str]:
    """Returns the faults of rows."""
    return [str(fault) for fault in FRUIT.faults(pd.DataFrame([*rows]).assign(**more), "fruit.csv", first_line=2)[1]]


def csv(tmp_path, text: str):
    """Writes a CSV file and returns its path."""
    path = tmp_path / "fruit.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_table_is_typed_and_ordered_and_has_its_defaults():
    frame = FRUIT.check(pd.DataFrame([GOOD])[["pips", "mass_kg", "kind", "fruit", "sugar_share"]], "fruit.csv")

    assert list(frame.columns) == column_names(FRUIT.columns) == list(FRUIT.names)
    assert [str(kind) for kind in frame.dtypes[["mass_kg", "pips", "is_ripe"]]] == ["float64", "int64", "bool"]
    assert frame.iloc[0].to_dict() == {
        "fruit": "plum", "kind": "stone", "mass_kg": 0.05, "sugar_share": 0.1, "pips": 1, "is_ripe": True,
        "picked_on": "2027-01-01", "note": "", "sold_per_s": 0.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("mass_kg", "0", "fruit.csv, line 2, column mass_kg: expected a number > 0 in kg, found 0"),
        ("mass_kg", "-1", "a number > 0 in kg"),
        ("mass_kg", "nan", "a finite number in kg, found 'nan'"),
        ("mass_kg", "inf", "a finite number in kg"),
        ("mass_kg", "1e999", "a finite number in kg"),
        ("mass_kg", "", "a float, found an empty cell"),
        ("mass_kg", "heavy", "a finite number in kg, found 'heavy'"),
        ("mass_kg", "1,000", "a finite number"),
        ("mass_kg", None, "a float, found an empty cell"),
        ("sugar_share", "1.5", "a number <= 1, found 1.5"),
        ("sugar_share", "-0.1", "a number >= 0, found -0.1"),
        ("pips", "1.5", "a whole number"),
        ("pips", "-1", "a number >= 0"),
        ("pips", "", "an empty cell"),
        ("kind", "berry", "one of stone, pome, found 'berry'"),
        ("kind", "", "a str, found an empty cell"),
        ("fruit", "  ", "a str, found an empty cell"),
        ("sold_per_s", "0.00009", "0, or a number >= 0.0001 in 1/s, found 9e-05"),
        ("sold_per_s", "-1e-9", "a number >= 0 in 1/s"),
        ("is_ripe", "maybe", "true or false, found 'maybe'"),
        ("picked_on", "1/2/2027", "a date YYYY-MM-DD, found '1/2/2027'"),
        ("picked_on", "2027-02-30", "a date YYYY-MM-DD"),
    ],
)
def test_a_bad_cell_is_told_with_line_and_column(column, cell, expected):
    told = faults({**GOOD, column: cell})

    assert len(told) == 1
    assert expected in told[0]


@pytest.mark.parametrize(
    ("cell", "value"), [("true", True), ("TRUE", True), ("1", True), ("yes", True), ("False", False), ("0", False), ("no", False)]
)
def test_flags_are_read_in_any_spelling(cell, value):
    assert FRUIT.check(pd.DataFrame([{**GOOD, "is_ripe": cell}]), "x")["is_ripe"].tolist() == [value]


@pytest.mark.parametrize(
    "cells",
    [
        {"sugar_share": "0"},
        {"sugar_share": "1"},
        {"pips": "0"},
        {"mass_kg": "1e-300"},
        {"sold_per_s": "0"},
        {"sold_per_s": "1e-4"},
    ],
)
def test_the_ends_of_a_range_belong_to_it(cells):
    assert faults({**GOOD, **cells}) == []


def test_an_empty_nullable_cell_is_nan_and_its_record_none():
    frame = FRUIT.check(pd.DataFrame([{**GOOD, "sugar_share": ""}]), "x")

    assert np.isnan(frame["sugar_share"].iloc[0])
    assert records(frame)[0]["sugar_share"] is None


def test_columns_missing_and_unknown_are_told():
    told = faults({**{k: v for k, v in GOOD.items() if k != "pips"}, "mass_lb": "3"})

    assert any("header: expected a column 'pips'" in fault for fault in told)
    assert any("'mass_lb'" in fault for fault in told)
    assert len(told) == 2


def test_repeated_keys_are_told_with_their_line():
    assert faults(GOOD, {**GOOD, "fruit": "pear"}, GOOD) == ["fruit.csv, line 4: expected a fruit not used before, found plum"]


def test_all_faults_of_a_table_are_told_but_five_a_column():
    told = faults(*({**GOOD, "fruit": f"f{i}", "mass_kg": "-1"} for i in range(9)), pips="x")

    assert sum("column mass_kg" in fault for fault in told) == 6
    assert any("4 more such cells" in fault for fault in told)
    assert sum("column pips" in fault for fault in told) == 6


def test_check_raises_all_faults_and_mutates_nothing():
    frame = pd.DataFrame([{**GOOD, "mass_kg": "-1", "kind": "berry"}])
    before = frame.copy()

    with pytest.raises(InputError) as caught:
        FRUIT.check(frame, "fruit.csv")

    assert len(caught.value.faults) == 2
    pd.testing.assert_frame_equal(frame, before)


def test_rows_without_lines_are_told_as_rows():
    told = FRUIT.faults(pd.DataFrame([GOOD, {**GOOD, "fruit": "x", "pips": "-1"}]), "fruit")[1]

    assert str(told[0]).startswith("fruit, row 2, column pips")


HEADER = "fruit,kind,mass_kg,sugar_share,pips\n"


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("", "a readable table"),
        (HEADER + "plum,stone,0.05,0.1,1,7\n", "a readable table"),
        (HEADER + "plum,stone,0.05,0.1,1\npear,pome,0.1,0.1,4,7\n", "a readable table"),
        (HEADER + "plum,stone,0.05,0.1\n", "line 2, column pips: expected a int, found an empty cell"),
        (HEADER + "plum,stone,0.05,0.1,1\n\npear,pome,0.1,0.1,4\n", "line 3, column fruit"),
        (HEADER + '"plum,stone,0.05,0.1,1\n', "a readable table"),
        ("fruit,fruit,kind,mass_kg,sugar_share,pips\na,b,stone,1,1,1\n", "'fruit.1'"),
    ],
)
def test_a_file_that_is_no_such_table_is_told_without_a_warning(tmp_path, text, fragment):
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        told = [str(fault) for fault in FRUIT.read_faults(csv(tmp_path, text))[1]]

    assert told
    assert fragment in " ".join(told).replace("expected an int", "expected a int")


def test_files_with_other_suffixes_or_none_are_told(tmp_path):
    (tmp_path / "fruit.xlsx").write_text("x")

    with pytest.raises(InputError, match=r"a .csv or .parquet file"):
        FRUIT.read(tmp_path / "fruit.xlsx")
    with pytest.raises(InputError, match="no such file"):
        FRUIT.read(tmp_path / "none.csv")
    with pytest.raises(InputError):
        FRUIT.write(FRUIT.check(pd.DataFrame([GOOD]), "x"), tmp_path / "fruit.txt")


def test_a_byte_order_mark_and_quotes_are_read(tmp_path):
    path = tmp_path / "fruit.csv"
    path.write_bytes(b"\xef\xbb\xbf" + (HEADER + '"plum, blue",stone,0.05,0.1,1\n').encode())

    assert FRUIT.read(path)["fruit"].tolist() == ["plum, blue"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_survives_the_round_trip(tmp_path, suffix):
    frame = FRUIT.check(
        pd.DataFrame([GOOD, {**GOOD, "fruit": 'päron, "q"', "sugar_share": "", "mass_kg": "0.1234567890123456"}]), "x"
    )
    FRUIT.write(frame, tmp_path / f"fruit.{suffix}")

    pd.testing.assert_frame_equal(FRUIT.read(tmp_path / f"fruit.{suffix}"), frame)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1, max_size=8),
            st.floats(min_value=1e-300, max_value=1e300),
            st.one_of(st.none(), st.floats(min_value=0, max_value=1)),
            st.integers(min_value=0, max_value=10**15 - 1),
        ),
        unique_by=lambda row: row[0],
        max_size=6,
    )
)
def test_any_table_survives_the_round_trip_through_csv(tmp_path_factory, rows):
    raw = pd.DataFrame([(n, "pome", m, s, p) for n, m, s, p in rows], columns=["fruit", "kind", "mass_kg", "sugar_share", "pips"])
    frame = FRUIT.check(raw, "x")
    path = tmp_path_factory.mktemp("round") / "fruit.csv"
    FRUIT.write(frame, path)

    pd.testing.assert_frame_equal(FRUIT.read(path), frame)


def test_an_empty_table_is_typed():
    frame = FRUIT.empty()

    assert frame.empty
    assert str(frame["mass_kg"].dtype) == "float64"
    assert str(frame["pips"].dtype) == "int64"


@pytest.mark.parametrize("key", [("color",), ("fruit", "color")])
def test_a_key_must_be_declared(key):
    with pytest.raises(ValueError, match="undeclared"):
        Table("t", (Column("fruit", "str"),), key)


def test_column_names_must_differ():
    with pytest.raises(ValueError, match="repeated"):
        Table("t", (Column("a", "str"), Column("a", "float")), ("a",))


def test_the_reference_page_shows_keys_units_and_meanings():
    lines = FRUIT.markdown().splitlines()

    assert lines[0] == "| column | type | unit | meaning |"
    assert "| **fruit** | str |  | its name |" in lines
    assert "| mass_kg | float | kg | weight |" in lines
    assert len(lines) == 2 + len(FRUIT.columns)


def test_the_json_schema_says_what_the_check_checks():
    schema = FRUIT.json_schema()
    parts = schema["properties"]

    assert schema["required"] == ["fruit", "kind", "mass_kg", "sugar_share", "pips"]
    assert schema["additionalProperties"] is False
    assert parts["mass_kg"]["exclusiveMinimum"] == 0
    assert parts["mass_kg"]["unit"] == "kg"
    assert parts["sugar_share"]["type"] == ["number", "null"]
    assert (parts["sugar_share"]["minimum"], parts["sugar_share"]["maximum"]) == (0, 1)
    assert parts["sold_per_s"]["anyOf"] == [{"maximum": 0}, {"minimum": 1e-4}]
    assert parts["kind"]["enum"] == ["stone", "pome"]
    assert parts["picked_on"]["format"] == "date"


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "sub" / "f.txt"
    write_atomically(path, "old")

    def broken(*_):
        raise OSError("disk full")

    for module_name in ("os.replace", "pathlib.Path.replace"):
        monkeypatch.setattr(module_name, broken)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "new")

    assert path.read_text() == "old"
    assert [p.name for p in path.parent.iterdir()] == ["f.txt"]


def test_written_files_have_the_usual_permissions(tmp_path):
    umask = os.umask(0o022)
    try:
        write_atomically(tmp_path / "f.txt", b"x")
    finally:
        os.umask(umask)

    assert stat.S_IMODE((tmp_path / "f.txt").stat().st_mode) == 0o644
