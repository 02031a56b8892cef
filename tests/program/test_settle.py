"""Traffic is set to its demand, whatever answers it."""

import pandas as pd
import pytest

from planner.program.groups import Groups
from planner.program.settle import handed_over, settled
from tests.service_worlds import turned_away


def test_served_and_turned_away_add_up_to_demand_exactly():
    traffic = pd.DataFrame([("chat", "o1", "here", "q1", "day", 8.0 + 1e-6)],
                           columns=["workload", "option", "place", "period", "block", "requests_per_s"])  # fmt: skip
    refused = pd.DataFrame([("chat", "q1", "day", 2.0), ("chat", "q1", "night", 4.0 - 1e-7)],
                           columns=["workload", "period", "block", "requests_per_s"])  # fmt: skip
    found = settled({"traffic": traffic, "unserved": refused}, Groups(turned_away()))
    day = found["traffic"]["requests_per_s"].sum() + found["unserved"]["requests_per_s"].iloc[0]

    assert day == pytest.approx(10.0, rel=1e-15)
    assert found["unserved"]["requests_per_s"].iloc[1] == 4.0


def test_nothing_served_stays_nothing():
    empty = pd.DataFrame(columns=["workload", "period", "block", "requests_per_s"])

    assert settled({"unserved": empty}, Groups(turned_away()))["unserved"]["requests_per_s"].dtype == "float64"


def test_handovers_of_a_route_add_up_to_its_traffic_exactly():
    columns = ["workload", "option", "place", "period", "block", "requests_per_s"]
    traffic = pd.DataFrame([("chat", "d", "here/p", "q1", "day", 8.0), ("chat", "o", "here", "q1", "day", 1.0)], columns=columns)
    rows = [("chat", p, "d", "here/p", "q1", "day", rate) for p, rate in (("p1", 6.0 + 1e-7), ("p2", 2.0))]
    handed = pd.DataFrame(
        [*rows, ("chat", "p1", "gone", "here/p", "q1", "day", 1e-9)], columns=["workload", "prefill_option", *columns[1:]]
    )
    found = handed_over(handed, traffic)

    assert found["requests_per_s"].sum() == pytest.approx(8.0, rel=1e-15)
    assert found["prefill_option"].tolist() == ["p1", "p2"]
    assert handed_over(handed.iloc[:0], traffic).empty
