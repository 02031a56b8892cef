"""The prepared sums: which routes, orders and bays exist, by hand on small worlds."""

import math

import pytest

from planner.program.groups import Groups
from tests.worlds import showcase, tiny

NAN = float("nan")


def test_slots_follow_the_periods_positions_not_the_rows():
    world = tiny()
    shuffled = world.with_tables(
        periods=world.periods.iloc[::-1].reset_index(drop=True), blocks=world.blocks.iloc[::-1].reset_index(drop=True)
    )

    assert Groups(shuffled).periods == ["q1", "q2"]
    assert [t for t, _ in Groups(shuffled).slots] == ["q1", "q1", "q2", "q2"]


def test_zero_demand_has_no_route():
    groups = Groups(showcase())

    assert ("code", "q1", "day") not in groups.demand
    assert not [r for r in groups.routes if r[0] == "code" and r[3] == "q1"]


def test_a_route_needs_a_rate_an_allowed_region_and_time_left():
    pairs = {(w, o, p) for w, o, p, _, _ in Groups(showcase()).routes}

    assert ("chat", "one", "here") in pairs
    assert ("chat", "one", "there") not in pairs, "60 ms away, 30 ms left"
    assert ("chat", "two", "there/q") in pairs, "no limit on the network"
    assert not [pair for pair in pairs if pair[0] == "code" and pair[2].startswith("there")], "residency"
    assert not [pair for pair in pairs if pair[:2] == ("code", "one")], "no rate"


def test_a_region_that_is_not_allowed_has_no_route_where_any_network_would_do():
    world = tiny()
    closed = world.with_tables(paths=world.paths.assign(is_allowed=False))

    assert Groups(closed).network_ms_max["chat", "o1"] == math.inf
    assert Groups(closed).routes == []


def test_replicas_over_several_nodes_stand_at_a_provider():
    groups = Groups(showcase())

    assert {p for _, o, p, _, _ in groups.deployments if o == "two"} == {"here/p", "here/q", "there/q", "there/purchase"}
    assert {p for _, o, p, _, _ in groups.deployments if o == "one"} == {"here"}
    assert groups.region_of["there/purchase"] == "there"
    assert {key[2] for key in groups.spanning_of_fabric} == {"p", "q", "purchase"}


def test_nodes_ordered_too_late_to_arrive_are_no_order():
    groups = Groups(showcase())

    assert ("buy-there", "q1") in groups.orders
    assert ("buy-there", "q2") not in groups.orders, "it would arrive after the horizon"
    assert groups.orders_alive["buy-there", "q1"] == []
    assert groups.orders_alive["buy-there", "q2"] == [("buy-there", "q1")]
    assert ("buy-there", "q1") not in groups.holdings


def test_a_reservation_of_one_period_expires():
    world = tiny()
    short = world.with_tables(offers=world.offers.assign(term_periods=world.offers["term_periods"].clip(upper=1)))
    groups = Groups(short)

    assert groups.orders_alive["re", "q2"] == [("re", "q2")]
    assert groups.hours_inside["re", "q1"] == 200.0
    assert groups.hours_after["re", "q2"] == 0.0


def test_hours_inside_and_after_the_horizon_fill_the_term():
    groups = Groups(showcase())

    assert groups.mean_period_hours == 75.0
    assert (groups.hours_inside["q-there", "q1"], groups.hours_after["q-there", "q1"]) == (150.0, 0.0)
    assert (groups.hours_inside["q-there", "q2"], groups.hours_after["q-there", "q2"]) == (50.0, 75.0)
    assert (groups.hours_inside["buy-there", "q1"], groups.hours_after["buy-there", "q1"]) == (50.0, 150.0)


def test_market_price_is_the_cheapest_on_demand_node_of_the_last_period():
    assert Groups(showcase()).market_usd_per_hour == {("2xT", "here"): 4.0}


def test_offers_that_nothing_can_use_have_no_columns():
    world = showcase()
    groups = Groups(world.with_tables(paths=world.paths.assign(is_allowed=world.paths["region"] == "here")))

    assert {offer for offer, _, _ in groups.rentals} == {"p-here", "q-here"}
    assert groups.orders == []


def test_an_offer_with_no_supply_has_no_rental():
    world = showcase()
    none = world.supply.assign(nodes_max=world.supply["nodes_max"].where(world.supply["offer"] != "p-here", 0))

    assert {offer for offer, _, _ in Groups(world.with_tables(supply=none)).rentals} == {"q-here"}


def test_pools_take_the_largest_minimum_of_their_members():
    groups = Groups(showcase())

    assert groups.replicas_min == {"both": 2}
    assert groups.pool_of == {"chat": "both", "code": "both"}


def test_demand_without_a_route_is_known_before_any_model():
    world = tiny()
    groups = Groups(world.with_tables(paths=world.paths.assign(is_allowed=False)))

    assert len(groups.unroutable) == 4
    assert Groups(world).unroutable == []


def test_rates_without_a_network_limit_hold_anywhere():
    assert Groups(tiny()).network_ms_max == {("chat", "o1"): math.inf}
    assert Groups(showcase()).network_ms_max["chat", "one"] == pytest.approx(30.0)
