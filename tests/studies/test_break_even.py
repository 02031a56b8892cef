import pytest

from planner.errors import InputError, NoPlanError, UnsatisfiableError
from planner.methods import MethodSettings
from planner.options.coefficients import Coefficients
from planner.studies.break_even import ABSENT, WINS, at_factor, break_even
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

EXACT = MethodSettings(relative_gap=0.0, time_limit_s=30.0)


def rivals() -> Coefficients:
    """Two nodes of T at 4 usd/h do what one node of H does at 10 usd/h: H wins under 8 usd/h, a factor of 0.8."""
    return world(
        [option_row("t", "2xT", 1), option_row("h", "2xH", 1, variant="m@fp8")],
        [rate_row("chat", "t", 5.0), rate_row("chat", "h", 10.0)],
        [offer_row("od-t", "2xT", 2), offer_row("od-h", "2xH", 2)],
        price_rows("od-t", ["q1"], 4.0) + price_rows("od-h", ["q1"], 10.0),
        {("chat", "q1", "day"): 16.0},
        {("q1", "day"): 100.0},
    )


def test_the_interval_holds_the_price_at_which_both_fleets_cost_the_same():
    found = break_even(rivals(), "2xH", EXACT, low=0.4, high=1.2, width=0.1, method="textbook")

    assert found.without_usd == pytest.approx((800.0, 800.0))
    assert found.wins_at is not None
    assert found.absent_from is not None
    assert found.wins_at < 0.8 <= found.absent_from
    assert found.absent_from - found.wins_at <= 0.2
    assert found.saving_max_usd == pytest.approx(0.0, abs=1e-6)
    assert found.gap == pytest.approx(0.0, abs=1e-9)
    assert found.trials["factor"].is_monotonic_increasing


def test_narrow_ends_are_within_one_per_cent_of_the_price_and_an_offer_may_be_asked_about():
    found = break_even(rivals(), "od-h", EXACT, low=0.7, high=0.9, width=0.006, method="textbook")

    assert found.wins_at == pytest.approx(0.8, rel=0.01)
    assert found.absent_from == pytest.approx(0.8, rel=0.01)


def test_a_type_that_wins_or_loses_at_every_price_has_one_end():
    cheap = break_even(rivals(), "2xH", EXACT, low=0.1, high=0.5, method="textbook")
    dear = break_even(rivals(), "2xH", EXACT, low=0.9, high=1.5, method="textbook")

    assert (cheap.wins_at, cheap.absent_from, cheap.saving_max_usd) == (0.5, None, None)
    assert (dear.wins_at, dear.absent_from) == (None, 0.9)
    assert set(cheap.trials["verdict"]) == {WINS}
    assert set(dear.trials["verdict"]) == {ABSENT}


def test_only_the_prices_of_the_named_offers_change():
    prices = at_factor(rivals(), {"od-h"}, 0.5).prices.set_index("offer")["usd_per_hour"]

    assert prices.to_dict() == {"od-t": 4.0, "od-h": 5.0}


def test_an_unknown_node_type_is_refused_with_those_there_are():
    with pytest.raises(InputError, match="2xH, 2xT"):
        break_even(rivals(), "8xZ", EXACT)


def test_a_type_that_no_fleet_does_without_and_a_world_without_any_fleet_are_told_apart():
    """Caps of 1 node of T (8 requests/s) and 1 of H (16): 20 need both; 40 are beyond all of it."""
    base = rivals()
    capped = base.with_tables(supply=base.supply.assign(nodes_max=1))

    with pytest.raises(NoPlanError, match="without it"):
        break_even(capped.with_tables(demand=capped.demand.assign(requests_per_s=20.0)), "2xH", EXACT, method="textbook")
    with pytest.raises(UnsatisfiableError, match="supply for 40 requests/s of chat in q1"):
        break_even(capped.with_tables(demand=capped.demand.assign(requests_per_s=40.0)), "2xH", EXACT, method="textbook")
