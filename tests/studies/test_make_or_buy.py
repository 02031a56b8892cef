"""The switch from buying tokens to making them, on a fleet whose cost is a staircase known by pencil."""

import math

import pytest

from planner.errors import InputError
from planner.methods import MethodSettings
from planner.options.coefficients import Coefficients
from planner.studies.make_or_buy import TokenPrice, api_usd, make_or_buy, scaled
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

EXACT = MethodSettings(relative_gap=1e-6, time_limit_s=30.0, threads=1)


def fleet() -> Coefficients:
    """10 requests/s for 100 h; a node of 8 usd/h carries 40/s (50 at utilisation 0.8), so a fleet costs 800 ceil(f / 4) usd."""
    return world(
        [option_row("o", "1xT", 1)], [rate_row("chat", "o", 50.0)], [offer_row("od", "1xT", 1)], price_rows("od", ["q1"], 8.0),
        {("chat", "q1", "day"): 10.0}, {("q1", "day"): 100.0},
    )  # fmt: skip


PER_REQUEST_USD = 400.0 / 3_600_000
"""The API asks 400 usd for the demand as it stands, 400 f for f times it: dearer than 800 usd above f = 2."""


def test_the_switch_lies_where_the_pencil_says() -> None:
    found = make_or_buy(fleet(), {"chat": PER_REQUEST_USD}, EXACT, (0.5, 1.0, 3.0, 4.0), width=1.1, method="textbook")

    assert found.buy_until is not None
    assert found.make_from is not None
    assert found.buy_until < 2.0 < found.make_from
    assert found.make_from / found.buy_until <= 1.1 * 1.1
    assert found.trials["factor"].is_monotonic_increasing


def test_every_trial_is_priced() -> None:
    trials = make_or_buy(fleet(), {"chat": PER_REQUEST_USD}, EXACT, (1.0, 3.0), width=100.0, method="textbook").trials

    assert trials["objective_usd"].tolist() == pytest.approx([800.0, 800.0])
    assert trials["api_usd"].tolist() == pytest.approx([400.0, 1200.0])
    assert trials["requests"].tolist() == pytest.approx([3.6e6, 10.8e6])
    assert trials["usd_per_1k_high"].tolist() == pytest.approx([800 / 3600, 800 / 10800])
    assert trials["verdict"].tolist() == ["buy", "make"]


def test_a_staircase_may_go_back_to_buying_and_the_last_make_counts() -> None:
    """At 4.4 times two nodes cost 1,600 usd less than 1,760: make; the API at 380 f asks 1,672, at 4.1 f 1,558: buy."""
    found = make_or_buy(fleet(), {"chat": 380.0 / 3.6e6}, EXACT, (3.0, 4.1, 4.4), width=100.0, method="textbook")

    assert found.trials["verdict"].tolist() == ["make", "buy", "make"]
    assert (found.buy_until, found.make_from) == (4.1, 4.4)


@pytest.mark.parametrize(("usd", "buy", "make"), [(1e-9, 3.0, None), (1.0, None, 1.0)])
def test_one_sided_answers(usd: float, buy: float | None, make: float | None) -> None:
    found = make_or_buy(fleet(), {"chat": usd}, EXACT, (1.0, 3.0), method="textbook")

    assert (found.buy_until, found.make_from) == (buy, make)
    assert len(found.trials) == 2
    assert "at no volume tried" in " ".join(found.lines())


def test_lines_tell_both_ends() -> None:
    lines = make_or_buy(fleet(), {"chat": PER_REQUEST_USD}, EXACT, (1.0, 3.0), width=100.0, method="textbook").lines()

    assert lines[0] == "the API is proved cheaper up to 1 x the traffic"
    assert lines[1] == "a fleet of one's own is proved cheaper from 3 x up"


def test_what_the_api_costs_and_scaling() -> None:
    assert api_usd(fleet(), {"chat": 0.001}) == pytest.approx((3600.0, 3.6e6))
    assert api_usd(scaled(fleet(), 2.5), {"chat": 0.001})[0] == pytest.approx(9000.0)


def test_token_prices_price_requests() -> None:
    assert TokenPrice(1.0, 10.0).request_usd(1000, 100) == pytest.approx(0.002)
    for price in (-1.0, math.nan, math.inf):
        with pytest.raises(InputError, match="output price"):
            TokenPrice(1.0, price)


@pytest.mark.parametrize(
    ("prices", "factors", "width", "place"),
    [({}, (1.0,), 1.2, "API price of chat"), ({"chat": 1.0}, (2.0, 1.0), 1.2, "factors"), ({"chat": 1.0}, (), 1.2, "factors"),
     ({"chat": 1.0}, (0.0, 1.0), 1.2, "factors"), ({"chat": 1.0}, (1.0,), 1.0, "width")],
)  # fmt: skip
def test_what_cannot_be_is_refused(prices: dict[str, float], factors: tuple[float, ...], width: float, place: str) -> None:
    with pytest.raises(InputError, match=place):
        make_or_buy(fleet(), prices, EXACT, factors, width)
