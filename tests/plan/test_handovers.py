"""Handovers in a plan: work on both sides, and the latency of the slowest pair in use."""

import pandas as pd
import pytest

from planner.plan.handovers import HANDOVERS, pair_latencies, with_pair_latencies, work
from tests.disaggregated_worlds import apart, pair_row, with_roles

SLOT = ("q1", "day")
TRAFFIC = pd.DataFrame(
    [("chat", "tokens", "here/p", *SLOT, 8.0), ("chat", "whole", "here", *SLOT, 1.0)],
    columns=["workload", "option", "place", "period", "block", "requests_per_s"],
)
HANDED = HANDOVERS.check(
    pd.DataFrame([("chat", "prompts", "tokens", "here/p", *SLOT, 8.0)], columns=list(HANDOVERS.names)), "handovers"
)


def test_prompts_are_work_of_the_prefill_option():
    assert work(TRAFFIC, HANDED)[["option", "requests_per_s"]].to_numpy().tolist() == [
        ["tokens", 8.0],
        ["whole", 1.0],
        ["prompts", 8.0],
    ]
    assert work(TRAFFIC, HANDOVERS.empty()) is TRAFFIC


def test_a_route_is_as_slow_as_the_slowest_pair_in_use_there():
    given = apart()
    rows = [pair_row("chat", "prompts", "tokens"), {**pair_row("chat", "whole", "tokens"), "ttft_ms": 999.0}]
    world = with_roles(given, {"prompts": "prefill", "tokens": "decode"}, rows)
    routes = TRAFFIC.assign(ttft_ms=[1.0, 2.0], e2e_ms=[10.0, 20.0])

    assert pair_latencies(HANDED, world)["ttft_ms"].tolist() == [135.0]
    found = with_pair_latencies(routes, HANDED, world)
    assert found["ttft_ms"].tolist() == [135.0, 2.0]
    assert found["e2e_ms"].tolist() == [pytest.approx(4000.0), 20.0]
    assert with_pair_latencies(routes, HANDOVERS.empty(), world) is routes
