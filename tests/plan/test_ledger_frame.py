"""Rows of the ledger have one shape."""

import pandas as pd

from planner.plan.ledger_frame import KEYS, block_hours, ledger_rows
from tests.plan.worlds import Q1_H, coefficients


def test_a_dimension_that_a_term_lacks_is_empty():
    frame = pd.DataFrame({"offer": ["f"], "period": ["q1"], "count": [2]})
    rows = ledger_rows("rent", frame, frame["count"] * 1.5)

    assert rows.to_dict("records") == [{"term": "rent", "offer": "f", "workload": "", "period": "q1", "block": "", "usd": 3.0}]
    assert [*KEYS, "usd"] == list(rows.columns)


def test_blocks_have_their_hours():
    hours = block_hours(coefficients()).set_index(["period", "block"])["hours"]

    assert hours["q1", "day"] == Q1_H / 2
