"""Who serves what in the plan made by hand, and in a pool of two."""

import pandas as pd
import pytest

from planner.options.headroom import busy_max
from planner.plan.assemble import plan_tables
from planner.reports import service
from planner.reports.facts import ReportFacts
from tests.headroom_worlds import pooled
from tests.plan.worlds import LARGE, OLD, SMALL, VA
from tests.program.optima import decided
from tests.service_worlds import plain
from tests.worlds import offer_row, option_row, price_rows, rate_row, world


def test_capacity_is_what_the_replicas_there_carry_at_the_load_allowed(facts: ReportFacts) -> None:
    """chat, q1 day: 19 replicas of 5 and 4 of 2 requests/s at most 80 % busy."""
    slots = facts.demand.set_index(["workload", "period", "block"])

    assert slots.loc[("chat", "q1", "day"), "demand"] == 80
    assert slots.loc[("chat", "q1", "day"), "full"] == pytest.approx(103)
    assert slots.loc[("chat", "q1", "day"), "capacity"] == pytest.approx(82.4)
    assert slots.loc[("secret", "q2", "night"), ["demand", "capacity"]].tolist() == [0, 0]
    assert (slots["capacity"] >= slots["demand"] * (1 - 1e-9)).all()


def test_workloads_of_a_pool_share_its_capacity_by_their_work() -> None:
    """3 replicas of 5 and of 10 requests/s at once: chat keeps 1 busy, code half of one; full load is twice that."""
    given = world(
        [option_row("o", "4xT", 1)], [rate_row("chat", "o", 5.0), rate_row("code", "o", 10.0)], [offer_row("od", "4xT", 4)],
        price_rows("od", ["q1"], 4.0), {("chat", "q1", "day"): 5.0, ("code", "q1", "day"): 5.0}, {("q1", "day"): 100.0},
        pool_of={"chat": "both", "code": "both"},
    )  # fmt: skip
    site = ["option", "place", "period", "block"]
    tables = plan_tables(
        given,
        pd.DataFrame([("both", "o", "here", "q1", "day", 3)], columns=["pool", *site, "replicas"]),
        pd.DataFrame(
            [("chat", "o", "here", "q1", "day", 5.0), ("code", "o", "here", "q1", "day", 5.0)],
            columns=["workload", *site, "requests_per_s"],
        ),
        pd.DataFrame([("od", "q1", "day", 1)], columns=["offer", "period", "block", "nodes"]),
        pd.DataFrame({"offer": pd.Series(dtype=str), "period": pd.Series(dtype=str), "nodes": pd.Series(dtype=int)}),
    )

    found = service.demand_capacity(tables, given).set_index("workload")["full"]

    assert found.to_dict() == pytest.approx({"chat": 10.0, "code": 10.0})


def test_capacity_counts_pooled_headroom() -> None:
    """Two replicas of 5 requests/s are 1.7267 busy at most with headroom, 1.6 without."""
    found = {}
    for name, given in (("plain", plain(8.0, 0.0)), ("pooled", pooled(8.0))):
        made = decided(given)
        tables = plan_tables(given, made.deployments, made.traffic, made.rentals, made.orders, made.more)
        found[name] = service.demand_capacity(tables, given).set_index("block").loc["day", "capacity"]

    assert found == pytest.approx({"plain": 8.0, "pooled": 5 * busy_max(2, 0.8)})


def test_routes_share_out_each_workloads_requests_and_add_the_network(facts: ReportFacts) -> None:
    routes = facts.routes.set_index(["workload", "option"])
    old = 6.4 * (1080 + 1092)
    small = (73.6 + 20.0) * 1080 + (93.6 + 30.0) * 1092

    assert routes.loc[("chat", OLD), "share"] == pytest.approx(old / (old + small))
    assert routes.groupby("workload")["share"].sum().tolist() == pytest.approx([1, 1, 1])
    assert routes.loc[("chat", SMALL), ["ttft_ms", "tpot_ms", "network_ms"]].tolist() == [208, 20, 8]
    assert routes.loc[("chat", SMALL), ["replicas_peak", "requests_peak"]].tolist() == [24, 93.6]
    assert routes.loc[("research", LARGE), ["region", "layout", "gpus"]].tolist() == [VA, "TP8 PP2", 16]
    assert facts.routes["workload"].tolist() == ["chat", "chat", "secret", "research"]


def test_promises_show_the_worst_route_with_network_tail_and_quality(facts: ReportFacts) -> None:
    """chat p95: TTFT 300 + 8 ms; TPOT 22 ms on A100 x 1.3. research end to end: 400 + 200 x 40 + 100 ms."""
    kept = facts.promises.set_index(["workload", "promise"])

    assert kept.loc[("chat", "time to first token"), "worst"] == 308
    assert kept.loc[("chat", "time per output token"), "worst"] == pytest.approx(28.6)
    assert kept.loc[("chat", "time per output token"), "margin"] == pytest.approx(1.4 / 30)
    assert kept.loc[("research", "end to end"), "worst"] == 8500
    assert kept.loc[("secret", "quality: MMLU-Pro (lab)"), ["limit", "worst", "unit"]].tolist() == [70, 75, "points"]
    assert kept.loc[("secret", "quality: MMLU-Pro (lab)"), "margin"] == pytest.approx(5 / 70)


def test_unit_costs_share_out_the_whole_plan(facts: ReportFacts) -> None:
    """research: 0.7 requests/s for 4344 h, 1000 tokens in and 200 out each."""
    costs = facts.unit_costs.set_index("workload")
    research, total = costs.loc["research"], facts.plan.facts.objective_usd
    requests = 0.7 * 4344 * 3600

    assert research["requests"] == pytest.approx(requests)
    assert research["usd_per_1000_requests"] == pytest.approx(research["usd"] / requests * 1000)
    assert research["usd_per_mtok"] == pytest.approx(research["usd"] / (requests * 1200 / 1e6))
    assert research["full_usd_per_mtok_output"] == pytest.approx(research["full_usd"] / (requests * 200 / 1e6))
    assert costs.loc["all", "full_usd"] == pytest.approx(total)
    assert costs.drop("all")["full_usd"].sum() == pytest.approx(total)
    assert costs.drop("all")["share"].sum() == pytest.approx(1)
    assert (costs["full_usd"] > costs["usd"]).all()


def test_layouts_name_only_degrees_above_one() -> None:
    assert service.layout_words(4, 2, 1, 1) == "TP4 PP2"
    assert service.layout_words(1, 1, 8, 8) == "EP8 DP8"
    assert service.layout_words(1, 1, 1, 1) == "whole"
