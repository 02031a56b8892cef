"""Hand-made worlds in which a policy family changes the optimum to a known one, found by both engines.

The tiny world (see tests/program/test_build.py) needs 2, 1, 3, 1 nodes in the four slots of 100 h; a node rented for a slot
costs 400 usd, reserved for both periods 1200 usd. Without a limit one node is reserved in q1: 2400 usd.
"""

from collections.abc import Iterator

import pytest

from planner.solvers import Worker
from tests.policy_worlds import (
    SHARES,
    budgeted,
    limited,
    optima,
    priced,
    spotty,
    tiered,
    twins,
    upfront_tiny,
    whole_orders,
    yearly,
)
from tests.savings_worlds import promised
from tests.uncertain_worlds import in_scenarios
from tests.worlds import offer_row, option_row, price_rows, rate_row, tiny, world

ENGINES = ("highs", "scip")


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """One process for all optima of this file."""
    with Worker() as one:
        yield one


@pytest.fixture(params=ENGINES)
def least_usd(request, worker):
    """The function that returns the least cost of a world by an engine."""
    return lambda world: optima(worker, request.param, [world])[0]


def test_the_tiny_world_costs_2400_usd(least_usd):
    assert least_usd(tiny()) == pytest.approx(2400.0)
    assert least_usd(upfront_tiny()) == pytest.approx(2400.0)


def test_a_budget_of_the_first_period_forbids_paying_upfront(least_usd):
    """One node reserved in q1 takes 1200 + 400 usd of cash there, over 1300; all on demand takes 1200 and 2800 in all."""
    assert least_usd(budgeted()) == pytest.approx(2800.0)


def test_a_budget_that_nothing_meets_has_no_plan(least_usd):
    """q2 needs three nodes by day and one by night: no cash under 1400 usd (600 + 800 with one reserved) is enough."""
    assert least_usd(limited(tiny(), "budget_usd", 1399.0, period="q2")) == float("inf")
    assert least_usd(limited(tiny(), "budget_usd", 1400.0, period="q2")) == pytest.approx(2400.0)


def test_a_budget_counts_what_a_sale_will_bring_back(least_usd):
    """A node reserved for 1200 usd and 400 of rent are 1600; with a residual of 200 they are 1800, over 1700: all is rented."""
    world = limited(upfront_tiny(), "budget_usd", 1700.0, period="q1")
    held = world.with_tables(prices=world.prices.assign(residual_usd=200.0 * (world.prices["offer"] == "re")))

    assert least_usd(world) == pytest.approx(2400.0)
    assert least_usd(held) == pytest.approx(2800.0)


def test_a_budget_of_the_whole_horizon_is_the_sum_of_its_periods(least_usd):
    """The plan of 2400 usd ends with the horizon: all of it is cash."""
    assert least_usd(limited(tiny(), "budget_usd", 2400.0)) == pytest.approx(2400.0)
    assert least_usd(limited(tiny(), "budget_usd", 2399.0)) == float("inf")


def test_the_twins_cost_what_tiny_costs(least_usd):
    """The dearer twin is not used without a limit."""
    assert least_usd(twins()) == pytest.approx(2400.0)


def test_power_for_two_nodes_sends_the_third_away(least_usd):
    """20 kW are two nodes: q2's day needs a third, at 600 instead of 400 usd; 19 kW are one, then the second goes too."""
    assert least_usd(limited(twins(), "power_kw", 20.0, "here")) == pytest.approx(2600.0)
    assert least_usd(limited(twins(), "power_kw", 20.0, "here", "q1")) == pytest.approx(2400.0), "q1 needs no more than two"
    assert least_usd(limited(twins(), "power_kw", 19.0, "here")) == pytest.approx(2400.0 + 200.0 * 3)
    assert least_usd(limited(twins(), "power_kw", 20.0)) == pytest.approx(2600.0), "each region has 20 kW"
    assert least_usd(limited(limited(twins(), "power_kw", 10.0, "there"), "power_kw", 10.0, "here")) == float("inf")


def test_a_carbon_cap_moves_the_fewest_hours(least_usd):
    """Seven node-slots of 100 h emit 4200 kg; each moved saves 490 kg for 200 usd."""
    assert least_usd(limited(twins(), "carbon_kg", 4200.0)) == pytest.approx(2400.0)
    assert least_usd(limited(twins(), "carbon_kg", 3710.0)) == pytest.approx(2600.0)
    assert least_usd(limited(twins(), "carbon_kg", 3709.0)) == pytest.approx(2800.0)
    assert least_usd(limited(twins(), "carbon_kg", 7 * 110.0)) == pytest.approx(4200.0), "all away"
    assert least_usd(limited(twins(), "carbon_kg", 7 * 110.0 - 1)) == float("inf")
    assert least_usd(limited(twins(), "carbon_kg", 1310.0, period="q1")) == pytest.approx(2600.0), "1800 kg in q1, one moved"
    assert least_usd(limited(twins(), "carbon_kg", 1309.0, period="q1")) == pytest.approx(3200.0), "no room for a held node"
    assert least_usd(limited(twins(), "carbon_kg", 0.0, "there")) == pytest.approx(2400.0), "of a region that is not used"


def test_a_price_on_carbon_is_paid_or_avoided(least_usd):
    """At 100 usd a tonne 4200 kg cost 420 usd; at 500 the three rented slots move: 1200 + 1200, and three at 600 + 55."""
    assert least_usd(priced(twins(), "carbon_usd_per_tonne", 100.0)) == pytest.approx(2820.0)
    assert least_usd(priced(twins(), "carbon_usd_per_tonne", 500.0)) == pytest.approx(2400.0 + 3 * 655.0)


@pytest.mark.parametrize("family", SHARES)
def test_half_of_the_fleet_at_most(least_usd, family):
    """Slots need 2, 1, 3, 1 nodes. At most half on T: 1 + 1, 0 + 1, 1 + 2, 0 + 1 nodes of T + U cost 1000, 600, 1600, 600 usd.

    Nothing reserved pays: a node of T held at night asks for one of U beside it. Where each side may have half at most, every
    slot has as many of T as of U, 1, 1, 2, 1 of each; then one of T is reserved: 1200 + 400 + 5 x 600 usd.
    """
    kind, scope = SHARES[family]

    assert least_usd(limited(twins(), kind, 0.5, scope)) == pytest.approx(3800.0)
    assert least_usd(limited(twins(), kind, 0.5)) == pytest.approx(4600.0)
    assert least_usd(limited(twins(), kind, 0.5, scope, "q1")) == pytest.approx(2800.0 + 200.0 + 200.0)
    assert least_usd(limited(twins(), kind, 1.0, scope)) == pytest.approx(2400.0)


def test_spot_nodes_carry_what_a_workload_bears(least_usd):
    """A replica on spot carries 3.2 requests/s, a firm one 4; a spot node costs 100 usd a slot.

    All on spot: 4, 2, 7, 3 replicas on 2, 1, 4, 2 nodes, 900 usd. At most half: the reserved node carries 8 requests/s in
    every slot, spot the other 2 in q1's day, and q2's day takes one more on demand and one on spot: 1200 + 100 + 400 + 100 usd.
    """
    assert least_usd(spotty(1.0)) == pytest.approx(900.0)
    assert least_usd(spotty(1.0, interruption=0.0)) == pytest.approx(700.0)
    assert least_usd(spotty(0.5)) == pytest.approx(1800.0)
    assert least_usd(spotty(0.0)) == pytest.approx(2400.0), "who bears none is not served on spot"


def test_spot_nodes_are_limited_in_the_whole_fleet(least_usd):
    """Of three nodes in q2's day one may be spot, of two in q1's day none: one node on demand (400) becomes spot (100)."""
    assert least_usd(limited(spotty(1.0), "spot_share_max", 0.34)) == pytest.approx(2100.0)
    assert least_usd(limited(spotty(1.0), "spot_share_max", 0.0)) == pytest.approx(2400.0)
    assert least_usd(limited(spotty(1.0), "spot_share_max", 1.0)) == pytest.approx(900.0)


def test_a_volume_discount_makes_renting_more_cheaper_than_reserving(least_usd):
    """The second and third node of a slot cost 100 instead of 400 usd: 500 + 400 + 600 + 400 usd, and nothing reserved.

    At 50 % a slot of two costs 600, of three 800: 2200 usd, with or without a reserved node.
    """
    assert least_usd(tiered()) == pytest.approx(1900.0)
    assert least_usd(tiered(share=0.5)) == pytest.approx(2200.0)
    assert least_usd(tiered(first=4)) == pytest.approx(2400.0), "a tier that is not reached"


def test_a_volume_discount_on_orders(least_usd):
    """Three nodes reserved cost 1200 + 300 + 300 usd and serve all; one reserved and the rest rented 2400."""
    assert least_usd(tiered(offer="re")) == pytest.approx(1800.0)


def test_a_minimum_order_is_met_or_left(least_usd):
    """Two nodes must be reserved or none: 2800 either way. Rented by two: q1's day takes two more for the one it lacks, 2800."""
    assert least_usd(whole_orders("re", 2)) == pytest.approx(2800.0)
    assert least_usd(whole_orders("re", 3)) == pytest.approx(2800.0)
    assert least_usd(whole_orders("od", 2)) == pytest.approx(2800.0)
    assert least_usd(whole_orders("re", 1)) == pytest.approx(2400.0)


def test_a_start_is_paid_or_avoided(least_usd):
    """q2's day has one node more than q1's: 300 usd; at 500 one more is rented in q1's day, 400 usd."""
    assert least_usd(priced(tiny(), "switching_usd_per_node", 300.0)) == pytest.approx(2700.0)
    assert least_usd(priced(tiny(), "switching_usd_per_node", 500.0)) == pytest.approx(2800.0)


def test_starts_are_paid_in_the_futures_that_have_them(least_usd):
    """Nodes by the hour alone. At a fifth of the demand one node serves every slot and none starts: half of 300 usd."""
    rented = promised().with_tables(savings_plans=promised().savings_plans.iloc[:0])
    futures = in_scenarios(rented, {"slump": (0.5, 0.2), "forecast": (0.5, 1.0)})

    assert least_usd(futures) == pytest.approx((4 * 400 + 7 * 400) / 2)
    assert least_usd(priced(futures, "switching_usd_per_node", 300.0)) == pytest.approx(2200.0 + 150.0)


def test_a_replica_that_starts_is_paid_or_avoided(least_usd):
    """q2's day needs five replicas; q1's two nodes have room for four: one starts. At 500 a third node is rented there."""
    assert least_usd(priced(tiny(), "migration_usd_per_replica", 300.0)) == pytest.approx(2700.0)
    assert least_usd(priced(tiny(), "migration_usd_per_replica", 500.0)) == pytest.approx(2800.0)


def test_another_model_on_the_same_node_starts_no_node_but_a_replica(least_usd):
    """One node of 400 usd serves chat in q1 and code in q2, each by a model of its own that takes the whole node."""
    hours = {("q1", "day"): 100.0, ("q2", "day"): 100.0}
    demand = {("chat", "q1", "day"): 4.0, ("chat", "q2", "day"): 0.0, ("code", "q1", "day"): 0.0, ("code", "q2", "day"): 4.0}
    models = [option_row("a", "2xT", 2, variant="a@bf16"), option_row("b", "2xT", 2, variant="b@bf16")]
    made = world(
        models, [rate_row("chat", "a", 5.0), rate_row("code", "b", 5.0)], [offer_row("od", "2xT", 2)],
        price_rows("od", ["q1", "q2"], 4.0), demand, hours,
    )  # fmt: skip

    assert least_usd(made) == pytest.approx(800.0)
    assert least_usd(priced(made, "switching_usd_per_node", 50.0)) == pytest.approx(800.0)
    assert least_usd(priced(made, "migration_usd_per_replica", 50.0)) == pytest.approx(850.0)


def test_at_a_high_discount_rate_nothing_is_paid_upfront(least_usd):
    """Undiscounted a node reserved for 52596 usd saves 70128 usd of rent, discounted at 100 % a year 37191 usd.

    A usd in the middle of the first year is worth 2^-0.5, of the second 2^-1.5; slots need 3 node-halves in q1, 4 in q2.
    """
    slot = 17532.0

    assert least_usd(yearly()) == pytest.approx(52596.0 + 3 * slot)
    assert least_usd(priced(yearly(), "discount_rate_per_year", 1.0)) == pytest.approx(slot * (3 * 2**-0.5 + 4 * 2**-1.5))
    low = 52596.0 + slot * (1.01**-0.5 + 2 * 1.01**-1.5)
    assert least_usd(priced(yearly(), "discount_rate_per_year", 0.01)) == pytest.approx(low)
