"""What one more unit is worth never exceeds what exchanging single nodes costs, against enumeration."""

import pytest

from planner.methods import MethodSettings
from planner.plan.interval import Proved
from planner.studies.exchange import Exchange
from planner.studies.forced import Program
from planner.studies.worth import RightSide, raised, worth
from tests.oracles.brute_force import least_cost_usd
from tests.worlds import offer_row, option_row, price_rows, random_world, rate_row, world

EXACT = MethodSettings(relative_gap=1e-6, time_limit_s=60, threads=1)
HOURS = 100.0


def two_sellers(nodes_max: int = 60):
    """Two sellers of one type at 4 and 5 usd/h, another type at 9; one replica a node, two replicas asked for."""
    made = world(
        [option_row("t", "1xT", 1), option_row("u", "1xU", 1)],
        [rate_row("chat", "t", 5.0), rate_row("chat", "u", 5.0)],
        [offer_row("a", "1xT", 1), offer_row("b", "1xT", 1, provider="q"), offer_row("c", "1xU", 1)],
        [row for o, usd in (("a", 4.0), ("b", 5.0), ("c", 9.0)) for row in price_rows(o, ["q1"], usd)],
        {("chat", "q1", "day"): 3.0},
        {("q1", "day"): HOURS},
        nodes_max=nodes_max,
    )
    return made.with_tables(pools=made.pools.assign(replicas_min=2))


def test_one_more_replica_costs_no_more_than_the_cheapest_node_that_cannot_be_sold_out():
    """A plan of 900 usd, 100 above the bound, does not hold all 60 nodes of the second seller, which are 100 usd dearer each."""
    made = two_sellers()
    exchange = Exchange.of(Program.of(made), Proved(900.0, None), EXACT)

    assert exchange.room_usd == pytest.approx(900.0 - 800.0, abs=1.0)
    assert exchange.replica_usd("chat") == pytest.approx(5.0 * HOURS)
    assert exchange.replica_usd("nobody") is None


def test_nothing_is_said_where_every_seller_may_be_sold_out():
    exchange = Exchange.of(Program.of(two_sellers(nodes_max=3)), Proved(800.0 + 3 * 100 + 50, None), EXACT)

    assert exchange.replica_usd("chat") is None


def test_a_node_saves_no_more_than_another_seller_of_its_type_asks():
    exchange = Exchange.of(Program.of(two_sellers()), Proved(900.0, None), EXACT)

    assert exchange.node_usd("a") == pytest.approx(1.0 * HOURS)
    assert exchange.node_usd("c") is None


def test_what_the_gap_would_hide_is_told_by_the_price_of_a_node_without_a_solve():
    """Solving again would say 0 to 2,100 usd more; the second seller's node says 500 at most."""
    wide = Proved(900.0, -1200.0)
    side = RightSide("pools", ("chat",), "replicas")
    found = worth(two_sellers(), side, wide, EXACT, None, "textbook")
    close = worth(two_sellers(), side, Proved(800.0, 800.0), EXACT, None, "textbook")

    assert (found.change.low_usd, found.change.high_usd) == pytest.approx((0.0, 500.0), abs=0.01)
    assert (close.change.low_usd, close.change.high_usd) == pytest.approx((400.0, 400.0), abs=0.01)


def test_a_node_more_saves_what_the_other_seller_asks_beyond_it():
    few = two_sellers()
    few = few.with_tables(supply=few.supply.assign(nodes_max=few.supply["nodes_max"].where(few.supply["offer"] != "a", 1)))
    found = worth(few, RightSide("supply", ("a",), "nodes"), Proved(950.0, 0.0), EXACT, None, "textbook")

    assert (found.change.low_usd, found.change.high_usd) == pytest.approx((-100.0, 0.0), abs=0.01)


@pytest.mark.parametrize("seed", [3, 5, 8, 11])
def test_enumeration_never_finds_a_unit_worth_more(seed):
    made = random_world(seed)
    z = least_cost_usd(made)
    plan = Proved(z * 1.02, None)
    for workload in made.pools["workload"]:
        side = RightSide("pools", (str(workload),), "replicas")
        exchange = Exchange.of(Program.of(made), plan, EXACT)
        most = exchange.replica_usd(exchange.program.groups.pool_of[str(workload)])
        if most is not None:
            assert least_cost_usd(raised(made, side)) - z <= most + 0.01
    for offer in made.offers["offer"]:
        side = RightSide("supply", (str(offer),), "nodes")
        more = raised(made, side)
        most = Exchange.of(Program.of(more), plan, EXACT).node_usd(str(offer))
        if most is not None:
            assert z - least_cost_usd(more) <= most + 0.01
