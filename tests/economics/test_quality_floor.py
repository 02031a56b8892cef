"""Least cost by floor, by pencil: three models whose costs are known, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from planner.economics.quality_floor import at_floor, near_optimal_variants, quality_cost, variant_costs, variant_scores
from planner.errors import InputError
from planner.methods import MethodSettings
from planner.options.coefficients import Coefficients
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

EXACT = MethodSettings(relative_gap=1e-6, time_limit_s=30.0, threads=1)


def three() -> Coefficients:
    """40 requests/s for 100 h at utilisation 0.8: small 5 nodes x 1 usd = 500, middle 10 x 1 = 1000, large 20 x 2 = 4000 usd."""
    names, nodes, prices = ("small", "middle", "large"), (5, 10, 20), (1.0, 1.0, 2.0)
    made = world(
        [option_row(f"o-{n}", f"1x{n}", 1, variant=f"{n}@bf16") for n in names],
        [rate_row("chat", f"o-{n}", 50.0 / k) for n, k in zip(names, nodes, strict=True)],
        [offer_row(f"od-{n}", f"1x{n}", 1) for n in names],
        [row for n, p in zip(names, prices, strict=True) for row in price_rows(f"od-{n}", ["q1"], p)],
        {("chat", "q1", "day"): 40.0}, {("q1", "day"): 100.0},
    )  # fmt: skip
    scores = [("small@bf16", 50.0), ("middle@bf16", 70.0), ("large@bf16", 90.0), ("unused@bf16", 99.0)]
    rows = [{"variant": v, "benchmark": "B", "score": s, "source": "user"} for v, s in scores]
    return made.with_tables(scores=pd.DataFrame(rows))


def test_cost_rises_with_the_floor() -> None:
    found = quality_cost(three(), "chat", "B", EXACT, [40.0, 50.0, 60.0, 80.0], method="textbook").plans

    assert found["objective_usd"].tolist() == pytest.approx([500.0, 500.0, 1000.0, 4000.0])
    assert found["variants"].tolist() == ["small@bf16", "small@bf16", "middle@bf16", "large@bf16"]
    assert found["served_score"].tolist() == [50.0, 50.0, 70.0, 90.0]
    assert (found["bound_usd"] <= found["objective_usd"]).all()


def test_the_frontier_keeps_the_highest_floor_of_each_cost() -> None:
    found = quality_cost(three(), "chat", "B", EXACT, [40.0, 50.0, 60.0], method="textbook").frontier

    assert found["floor"].tolist() == [50.0, 60.0]


def test_steps_are_intervals_about_the_true_price() -> None:
    steps = quality_cost(three(), "chat", "B", MethodSettings(relative_gap=0.05, time_limit_s=30.0), method="textbook").steps()

    for (_, step), true in zip(steps.iterrows(), (500.0, 3000.0), strict=True):
        assert step["usd_low"] <= true * (1 + 1e-9)
        assert step["usd_high"] >= true * (1 - 1e-9)
        assert step["is_determined"]


def test_bounds_and_plans_of_other_floors_count() -> None:
    """A bound at a floor holds above it, a plan below it: both columns rise whatever each solve proved."""
    plans = quality_cost(three(), "chat", "B", MethodSettings(relative_gap=0.9, time_limit_s=30.0), method="textbook").plans

    assert (np.diff(plans["objective_usd"]) >= 0).all()
    assert (np.diff(plans["bound_usd"]) >= 0).all()


def test_variants_alone_and_which_are_near() -> None:
    costs = variant_costs(three(), "chat", "B", EXACT, method="textbook")

    assert costs["objective_usd"].tolist() == pytest.approx([500.0, 1000.0, 4000.0])
    assert near_optimal_variants(costs, 60.0, 3.0).inside == (1, 2)
    assert near_optimal_variants(costs, 60.0, 2.9).inside == (1,)


def test_scores_are_of_variants_that_can_serve() -> None:
    assert variant_scores(three(), "chat", "B") == {"small@bf16": 50.0, "middle@bf16": 70.0, "large@bf16": 90.0}


def test_other_workloads_keep_their_rates() -> None:
    before = three()
    rates = pd.concat([before.rates, before.rates.assign(workload="code")])
    pools = pd.concat([before.pools, before.pools.assign(workload="code", pool="code")])
    paths = pd.concat([before.paths, before.paths.assign(workload="code")])
    both = before.with_tables(rates=rates, pools=pools, paths=paths)

    assert at_floor(both, "chat", "B", 80.0).rates.groupby("workload").size().to_dict() == {"chat": 1, "code": 3}


def test_unknown_names_and_floors_out_of_reach_are_refused() -> None:
    for workload, benchmark in (("chat", "C"), ("code", "B")):
        with pytest.raises(InputError, match=r"benchmark with scores of its variants \(B\)"):
            variant_scores(three(), workload, benchmark)
    with pytest.raises(InputError, match="at most 90"):
        at_floor(three(), "chat", "B", 95.0)
