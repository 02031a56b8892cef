"""The money shared out adds up, in every view."""

from dataclasses import replace

import pandas as pd
import pytest

from planner.plan.allocation import (
    AFTER_HORIZON,
    IDLE,
    allocate,
    by_offer,
    by_period,
    cost_by_price_source,
    cost_by_rate_source,
    slot_costs,
)  # fmt: skip
from planner.plan.files import read_plan, read_plan_inputs
from tests.plan.checks.traffic_plans import bought
from tests.plan.worlds import BUY, BUY_PER_HOUR, DE_OD, OWNED, PRICES, RE, coefficients, tables


def test_an_allocation_adds_up_to_the_objective() -> None:
    assert allocate(tables(), coefficients())["usd"].sum() == pytest.approx(tables().total_usd, rel=1e-12)


def test_a_node_is_shared_by_accelerators_in_use_and_the_rest_is_idle() -> None:
    """The German node carries 4 of 8 in the days and 2 of 8 in the night of q1."""
    shared = allocate(tables(), coefficients())
    german = shared[shared["offer"] == DE_OD].groupby("workload")["usd"].sum()
    q1, q2 = PRICES[DE_OD, "q1"][0], PRICES[DE_OD, "q2"][0]

    assert german["secret"] == pytest.approx(q1 * 1080 * (4 / 8 + 2 / 8) + q2 * 1092 * 4 / 8)
    assert german[IDLE] == pytest.approx(q1 * 1080 * (4 / 8 + 6 / 8) + q2 * 1092 * 4 / 8)


def test_a_node_in_full_use_has_no_idle_part() -> None:
    shared = allocate(tables(), coefficients())

    assert set(shared.loc[shared["offer"] == OWNED, "workload"]) == {"chat"}
    assert set(shared.loc[shared["offer"] == OWNED, "model"]) == {"small"}


def test_workloads_of_a_pool_share_by_busy_replicas() -> None:
    """At 5 and 4 requests/s a replica, 93.6 and 12 requests/s keep 18.72 and 3 replicas busy."""
    given = coefficients()
    pooled = given.with_tables(pools=given.pools.assign(pool=given.pools["pool"].replace("secret", "chat")))
    made = tables()
    joint = made.deployments["pool"].replace("secret", "chat")
    moved = made.traffic["place"].where(made.traffic["workload"] != "secret", "us-virginia")
    changed = replace(
        made, deployments=made.deployments.assign(pool=joint), traffic=made.traffic.assign(place=moved),
        placement=made.placement.assign(pool=made.placement["pool"].replace("secret", "chat")),
    )  # fmt: skip
    shared = allocate(changed, pooled)
    day = shared[(shared["offer"] == RE) & (shared["period"] == "q2") & (shared["block"] == "day")]
    usd = day.groupby("workload")["usd"].sum()

    assert usd["secret"] / usd["chat"] == pytest.approx(3 / 18.72)


def test_replicas_without_traffic_are_charged_to_their_pool() -> None:
    made = tables()
    quiet = replace(made, traffic=made.traffic[made.traffic["workload"] != "research"])
    shared = allocate(quiet, coefficients())

    assert shared.loc[shared["workload"] == "research", "usd"].sum() > 0


def test_commitments_are_spread_over_their_hours_inside_the_horizon() -> None:
    costs = slot_costs(tables(), coefficients())
    reserved = costs[costs["offer"] == RE]

    assert reserved["usd"].sum() == pytest.approx(1_303_200 - 325_800)
    assert reserved["usd"].iloc[0] / reserved["usd"].iloc[-1] == pytest.approx(1080 / 1092)


def test_cash_and_amortised_views_plus_the_credit_are_the_objective() -> None:
    view = by_period(tables(), coefficients())
    credit = view["terminal_credit_usd"].sum()

    assert (view["cash_usd"] + view["resale_usd"]).sum() + credit == pytest.approx(tables().total_usd, rel=1e-12)
    assert view["amortised_usd"].sum() + credit == pytest.approx(tables().total_usd, rel=1e-12)


def test_cash_is_upfront_when_signed_and_then_by_the_hour_and_the_rest_after_the_horizon() -> None:
    view = by_period(tables(), coefficients()).set_index("period")["commitment_cash_usd"]

    assert view["q1"] == pytest.approx(340_000 + 3 * 50 * 2160)
    assert view["q2"] == pytest.approx(3 * 50 * 2184 + BUY_PER_HOUR * 2184)
    assert view[AFTER_HORIZON] == pytest.approx(3 * 50 * 4344 + BUY_PER_HOUR * 15 * 2172)


def test_a_sale_at_the_end_of_life_brings_the_residual_back() -> None:
    view = by_period(tables(), coefficients()).set_index("period")["resale_usd"]

    assert view.to_dict() == pytest.approx({"q1": 0.0, "q2": 0.0, AFTER_HORIZON: -30_000.0})


def test_without_orders_cash_is_what_is_paid_by_the_hour() -> None:
    view = by_period(replace(tables(), orders=tables().orders.iloc[:0]), coefficients())

    assert view["commitment_cash_usd"].tolist() == [0.0, 0.0, 0.0]
    assert view["resale_usd"].abs().sum() == 0.0


def test_a_purchase_is_amortised_over_its_life() -> None:
    view = by_period(tables(), coefficients()).set_index("period")["commitment_amortised_usd"]

    assert view["q1"] == pytest.approx(3 * 50 * 2160)
    assert view["q2"] == pytest.approx(3 * 50 * 2184 + (BUY_PER_HOUR + 310_000 / (2184 + 15 * 2172)) * 2184)


def test_offers_keep_their_terms_apart() -> None:
    costs = by_offer(tables()).set_index(["offer", "term"])["usd"]

    assert costs[OWNED, "rent"] == pytest.approx(5 * 2172)
    assert costs[RE, "terminal_credit"] == pytest.approx(-325_800)
    assert (BUY, "commitment_charge") in costs.index


def test_sources_share_the_cost() -> None:
    made, given = tables(), coefficients()
    prices = cost_by_price_source(made, given).set_index("source")
    rates = cost_by_rate_source(allocate(made, given), given)

    assert prices.loc["estimate", "usd"] == pytest.approx(1_303_200 - 325_800)
    assert prices["share"].sum() == pytest.approx(1)
    assert rates["source"].tolist() == ["modelled"]


def test_tokens_bought_are_their_workloads_and_count_among_the_prices() -> None:
    """They name an offer, but no node: who buys pays, beside the cost of nodes."""
    plan, given = read_plan(bought()), read_plan_inputs(bought())
    paid = plan.tables.ledger.groupby("term")["usd"].sum()
    shared = allocate(plan.tables, given.coefficients)

    assert paid["api"] > 0
    assert shared["usd"].sum() == pytest.approx(plan.tables.total_usd, rel=1e-12)
    assert shared.loc[shared["model"] == "llama-3.1-8b", "usd"].sum() == pytest.approx(paid["api"])
    assert slot_costs(plan.tables, given.coefficients).empty
    assert cost_by_price_source(plan.tables, given.coefficients)["usd"].sum() == pytest.approx(paid["api"])


def test_the_price_of_carbon_is_no_offers_price() -> None:
    made, given = tables(), coefficients()
    rows = made.ledger[made.ledger["term"] == "rent"].assign(term="carbon_price")
    carbon = replace(made, ledger=pd.concat([made.ledger, rows], ignore_index=True))

    assert cost_by_price_source(carbon, given).equals(cost_by_price_source(made, given))
