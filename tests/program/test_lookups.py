"""Tables as dictionaries, lists by key."""

import pandas as pd

from planner.program.lookups import grouped, lookup, rows_by

FRAME = pd.DataFrame({"a": ["x", "y"], "b": ["u", "v"], "n": [1, 2]})


def test_a_column_by_its_key():
    assert lookup(FRAME, ["a", "b"], "n") == {("x", "u"): 1.0, ("y", "v"): 2.0}


def test_rows_by_a_column():
    assert rows_by(FRAME, "a")["y"] == {"a": "y", "b": "v", "n": 2}


def test_items_by_key_keep_their_order():
    assert grouped([3, 1, 2, 5], lambda one: one % 2) == {1: [3, 1, 5], 0: [2]}
