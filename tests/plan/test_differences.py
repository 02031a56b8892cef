"""Differences are told path by path and row by row."""

import pandas as pd

from planner.plan.differences import settings_differences, table_differences


def test_entries_of_a_list_go_by_name_so_that_order_does_not_matter() -> None:
    before = {"workloads": [{"workload": "a", "x": 1}, {"workload": "b", "x": 2}]}
    after = {"workloads": [{"workload": "b", "x": 3}, {"workload": "a", "x": 1}]}

    rows = settings_differences(before, after)
    assert rows.to_numpy().tolist() == [["settings", "workloads[b].x", "2", "3"]]


def test_paths_of_one_side_only_face_nothing() -> None:
    rows = settings_differences({"a": {"b": 1}}, {"a": {"c": None}, "d": "x"})

    assert rows[["name", "before", "after"]].to_numpy().tolist() == [["a.b", "1", "nothing"], ["d", "nothing", "x"]]


def test_cells_that_differ_are_named_by_key_and_column() -> None:
    before = pd.DataFrame({"k": ["a", "b"], "v": [1.0, 2.0]})
    after = pd.DataFrame({"k": ["b", "c"], "v": [2.5, 3.0]})

    rows = table_differences("t", before, after, ["k"])
    assert rows[["name", "before", "after"]].to_numpy().tolist() == [
        ["a v", "1", "nothing"], ["b v", "2", "2.5"], ["c v", "nothing", "3"],
    ]  # fmt: skip


def test_equal_tables_do_not_differ_even_where_cells_are_empty() -> None:
    table = pd.DataFrame({"k": ["a"], "v": [float("nan")]})

    assert table_differences("t", table, table, ["k"]).empty
