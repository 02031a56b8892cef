"""The money of the plan, against the sum done by hand."""

import math

import pandas as pd
import pytest

from planner.plan.ledger import COSTS, contracts, ledger, market_usd_per_hour, offers_used
from planner.plan.plan import TERMS
from tests.plan.worlds import BUY, BUY_PER_HOUR, DE_OD, OD, OWNED, PRICES, RE, coefficients, tables

D1, D2 = 1080.0, 1092.0
"""Hours of the day, and of the night, in each quarter."""
MEAN = 2172.0


def _term(term: str) -> float:
    made = tables().ledger
    return math.fsum(made.loc[made["term"] == term, "usd"])


def test_rent_is_price_times_hours_times_nodes() -> None:
    od1, od2, de1, de2 = (PRICES[key][0] for key in ((OD, "q1"), (OD, "q2"), (DE_OD, "q1"), (DE_OD, "q2")))
    by_hand = 2 * od1 * D1 + od2 * D2 + 5 * (D1 + D2) + de1 * 2 * D1 + de2 * D2

    assert _term("rent") == pytest.approx(by_hand, rel=1e-12)


def test_commitments_are_paid_for_their_whole_term() -> None:
    """Reserved: 4 quarters, 2 of them after the horizon. Bought: from q2 for 16 quarters, 15 after."""
    by_hand = 3 * 50 * (2160 + 2184 + 2 * MEAN) + 310_000 + BUY_PER_HOUR * (2184 + 15 * MEAN)

    assert _term("commitment_charge") == pytest.approx(by_hand, rel=1e-12)


def test_hours_after_the_horizon_are_credited_at_the_lower_of_contract_and_market() -> None:
    contract = BUY_PER_HOUR + 310_000 / (2184 + 15 * MEAN)
    by_hand = -0.5 * (3 * 2 * MEAN * 50 + 15 * MEAN * min(contract, PRICES[OD, "q2"][0]))

    assert _term("terminal_credit") == pytest.approx(by_hand, rel=1e-12)
    assert contract < PRICES[OD, "q2"][0]


def test_egress_is_paid_by_request() -> None:
    assert _term("egress") == pytest.approx(0.001 * 0.7 * 3600 * 4344, rel=1e-12)


def test_the_total_is_the_sum_of_the_terms() -> None:
    assert tables().total_usd == pytest.approx(math.fsum(_term(term) for term in TERMS), rel=1e-12)
    assert tuple(COSTS) == TERMS


def test_scaling_prices_scales_the_total() -> None:
    given, made = coefficients(), tables()
    doubled = given.prices.assign(usd_per_hour=given.prices["usd_per_hour"] * 2, upfront_usd=given.prices["upfront_usd"] * 2)
    paths = given.paths.assign(egress_usd_per_request=given.paths["egress_usd_per_request"] * 2)
    dearer = ledger(made.traffic, made.nodes, made.orders, given.with_tables(prices=doubled, paths=paths))

    assert math.fsum(dearer["usd"]) == pytest.approx(2 * made.total_usd, rel=1e-12)


def test_an_order_that_expires_inside_the_horizon_leaves_nothing_after_it() -> None:
    given = coefficients()
    short = given.with_tables(offers=given.offers.assign(term_periods=given.offers["term_periods"].clip(upper=1)))
    signed = contracts(pd.DataFrame({"offer": [RE], "period": ["q1"], "nodes": [1]}), short)

    assert signed[["first", "last", "hours_inside", "hours_after", "credit_usd"]].iloc[0].tolist() == [0, 1, 2160.0, 0.0, 0.0]


def test_without_a_market_the_contract_rate_is_credited() -> None:
    given = coefficients()
    alone = given.with_tables(
        offers=given.offers.assign(kind=given.offers["kind"].replace("on_demand", "owned")),
    )
    signed = contracts(pd.DataFrame({"offer": [RE], "period": ["q1"], "nodes": [1]}), alone)

    assert market_usd_per_hour(alone).empty
    assert signed["credit_usd"].iloc[0] == pytest.approx(0.5 * 2 * MEAN * 50)


def test_an_empty_plan_costs_nothing() -> None:
    made = tables()
    empty = ledger(made.traffic.iloc[:0], made.nodes.iloc[:0], made.orders.iloc[:0], coefficients())

    assert empty.empty
    assert list(empty.columns) == ["term", "offer", "workload", "period", "block", "usd"]


def test_the_prices_a_plan_rests_on_include_the_market_beside_its_commitments() -> None:
    made = tables()
    held = made.nodes[made.nodes["offer"] == RE]

    assert offers_used(made.nodes, made.orders, coefficients()) == sorted([OD, RE, DE_OD, OWNED, BUY])
    assert offers_used(held, made.orders[made.orders["offer"] == RE], coefficients()) == sorted([OD, RE])
