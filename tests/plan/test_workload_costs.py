"""What a workload costs adds up, and a token's price is its money over its tokens."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from planner.plan.allocation import allocate
from planner.plan.files import read_plan, read_plan_inputs
from planner.plan.workload_costs import workload_costs
from tests.plan.checks.traffic_plans import bought
from tests.plan.worlds import coefficients, tables

TOKENS = pd.DataFrame({"input_tokens": [1000.0, 3000.0], "output_tokens": [100.0, 300.0], "weight": [0.75, 0.25]})


def instance() -> Any:
    """Workloads of the hand-made plan, each with a mean of 1,500 tokens in and 150 out; `secret` has no known lengths."""
    names = list(dict.fromkeys(coefficients().pools["workload"]))
    wishes = tuple(SimpleNamespace(workload=name) for name in names)
    return SimpleNamespace(settings=SimpleNamespace(workloads=wishes), lengths={n: TOKENS for n in names if n != "secret"})


def costs() -> pd.DataFrame:
    return workload_costs(allocate(tables(), coefficients()), tables(), coefficients(), instance()).set_index("workload")


def test_every_dollar_is_someones_once_idle_capacity_is_shared_out() -> None:
    found = costs()

    assert found.drop("all")["full_usd"].sum() == pytest.approx(tables().total_usd)
    assert found.drop("all")["usd"].sum() < tables().total_usd
    assert found.drop("all")["share"].sum() == pytest.approx(1)


def test_the_price_of_a_token_is_money_over_tokens() -> None:
    """The hand-made plan gives every block its hours; a request of chat has 1,650 tokens, 150 of them written."""
    traffic = tables().traffic.merge(coefficients().blocks, on=["period", "block"])
    chat = traffic[traffic["workload"] == "chat"]
    requests = float((chat["requests_per_s"] * chat["hours"]).sum()) * 3600
    row = costs().loc["chat"]

    assert row["requests"] == pytest.approx(requests)
    assert row["usd_per_mtok"] == pytest.approx(row["usd"] / (requests * 1650 / 1e6))
    assert row["full_usd_per_mtok_output"] == pytest.approx(row["full_usd"] / (requests * 150 / 1e6))


def test_unknown_lengths_leave_the_price_of_a_token_out() -> None:
    assert pd.isna(costs().loc["secret", "usd_per_mtok"])


def test_requests_answered_by_the_token_count() -> None:
    """chat buys a second of 0.5 requests and turns 0.5 away, in 2,190 hours."""
    plan, given = read_plan(bought()), read_plan_inputs(bought())
    found = workload_costs(allocate(plan.tables, given.coefficients), plan.tables, given.coefficients, given.instance)
    row = found.set_index("workload").loc["chat"]

    assert row["requests"] == pytest.approx(0.5 * 2190 * 3600)
    assert row["usd_per_1000_requests"] == pytest.approx(1000 * plan.facts.objective_usd / row["requests"])
