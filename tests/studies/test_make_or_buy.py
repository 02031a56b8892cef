"""Buying tokens, making them, or both, on a fleet whose cost is a staircase known by pencil."""

import math

import pandas as pd
import pytest

from planner.errors import InputError
from planner.methods import MethodSettings
from planner.options.coefficients import Coefficients
from planner.studies.make_or_buy import MakeOrBuy, Trial, api_usd, make_or_buy, scaled
from tests.service_worlds import api_row, call_rows
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

EXACT = MethodSettings(relative_gap=1e-6, time_limit_s=30.0, threads=1)


def fleet(api_usd_at_one: float = 400.0, nodes_max: int | None = None) -> Coefficients:
    """10 requests/s for 100 h; a node of 8 usd/h carries 40/s (50 at utilisation 0.8), so a fleet costs 800 ceil(f / 4) usd.

    The API asks `api_usd_at_one` f usd for f times the demand: at 400 f dearer than one node above f = 2. A mix costs
    min(400 f, 800 + 400 max(f - 4, 0), 1600 + ...).
    """
    made = world(
        [option_row("o", "1xT", 1)], [rate_row("chat", "o", 50.0)], [offer_row("od", "1xT", 1)], price_rows("od", ["q1"], 8.0),
        {("chat", "q1", "day"): 10.0}, {("q1", "day"): 100.0}, **({} if nodes_max is None else {"nodes_max": nodes_max}),
    )  # fmt: skip
    prices = {"input_usd_per_mtok": 0.0, "cached_input_usd_per_mtok": 0.0, "output_usd_per_mtok": api_usd_at_one / 3.6 / 50}
    return made.with_tables(api=pd.DataFrame([api_row("q1", **prices)]), calls=call_rows("chat"))


def tried(world_: Coefficients, *factors: float, width: float = 100.0) -> MakeOrBuy:
    return make_or_buy(world_, EXACT, factors, width=width, method="textbook")


@pytest.mark.slow
def test_the_break_even_lies_where_the_pencil_says() -> None:
    """One node costs what the API asks for twice the demand, with or without a mix."""
    found = make_or_buy(fleet(), EXACT, (0.5, 1.0, 3.0, 4.0), width=1.1, plans_max=20, method="textbook")

    assert found.buy_all_until is not None
    assert found.own_from is not None
    assert found.buy_all_until < 2.0 < found.own_from
    assert found.own_from / found.buy_all_until <= 1.1 * 1.1
    assert (found.buy_until, found.make_from) == (found.buy_all_until, found.own_from)
    assert found.trials["factor"].is_monotonic_increasing


def test_a_mix_carries_the_base_on_machines_and_buys_the_rest() -> None:
    """At 5 times the demand two nodes cost 1,600 usd, the API 2,000; a node and the API for a fifth 1,200."""
    one = tried(fleet(), 5.0).plans[0]

    assert one.mix_usd == pytest.approx(1200.0, rel=1e-5)
    assert one.bought_share == pytest.approx(0.2, rel=1e-5)
    assert one.saving_usd == pytest.approx((400.0, 400.0), rel=1e-4)
    assert (one.own_usd, one.api_usd, one.verdict) == (pytest.approx(1600.0), pytest.approx(2000.0), "make")


def test_machines_alone_are_enough_where_their_nodes_are_full() -> None:
    """At 4 and 8 times the demand the nodes are full; at 4.4 the API saves 640 of 1,600 usd."""
    found = tried(fleet(), 1.0, 4.0, 4.4, 8.0)

    assert (found.buy_all_until, found.own_from, found.make_all_from) == (1.0, 4.0, 8.0)
    assert "at 4.4 x a mix that buys 9.1% saves 640 to 640 usd" in " ".join(found.lines())


def test_every_trial_is_priced() -> None:
    trials = tried(fleet(), 1.0, 3.0).trials

    assert trials["own_usd"].tolist() == pytest.approx([800.0, 800.0])
    assert trials["api_usd"].tolist() == pytest.approx([400.0, 1200.0])
    assert trials["mix_usd"].tolist() == pytest.approx([400.0, 800.0])
    assert trials["requests"].tolist() == pytest.approx([3.6e6, 10.8e6])
    assert trials["bought_share"].tolist() == pytest.approx([1.0, 0.0])
    assert trials["verdict"].tolist() == ["buy", "make"]


def test_a_staircase_may_go_back_to_buying_and_the_last_make_counts() -> None:
    """At 4.4 times two nodes cost 1,600 usd, the API at 380 f asks 1,672: make; at 4.1 f 1,558: buy, one or the other."""
    found = tried(fleet(380.0), 3.0, 4.1, 4.4)

    assert found.trials["verdict"].tolist() == ["make", "buy", "make"]
    assert (found.buy_until, found.make_from) == (4.1, 4.4)
    assert found.own_from == 3.0


@pytest.mark.parametrize(("usd", "buy", "own"), [(1e-3, 3.0, None), (1e6, None, 1.0)])
def test_one_sided_answers(usd: float, buy: float | None, own: float | None) -> None:
    found = make_or_buy(fleet(usd), EXACT, (1.0, 3.0), method="textbook")

    assert (found.buy_all_until, found.own_from) == (buy, own)
    assert (found.buy_until, found.make_from) == (buy, own)
    assert len(found.plans) == 2
    assert "no volume tried (1 to 3 x)" in " ".join(found.lines())


def test_where_machines_run_out_the_rest_is_bought() -> None:
    """One node is all there is: alone it cannot carry 5 times the demand, whatever it costs."""
    one = tried(fleet(nodes_max=1), 5.0)

    assert math.isinf(one.plans[0].own_usd)
    assert one.plans[0].mix_usd == pytest.approx(1200.0, rel=1e-5)
    assert one.make_all_from is None


def test_a_wide_gap_says_less_and_nothing_wrong() -> None:
    wide = Trial(1.0, 3.6e6, 1000.0, 800.0, 1100.0, 700.0, 950.0, 0.5)

    assert wide.verdict == "not determined"
    assert wide.saving_usd == (0.0, 300.0)


def test_what_the_api_costs_and_scaling() -> None:
    assert api_usd(fleet()) == pytest.approx((400.0, 3.6e6))
    assert api_usd(scaled(fleet(), 2.5))[0] == pytest.approx(1000.0)


def test_the_cheapest_seller_counts() -> None:
    two = fleet()
    dear = two.api.assign(api_offer="t/big", output_usd_per_mtok=1e3)
    both = two.with_tables(
        api=pd.concat([two.api, dear], ignore_index=True),
        calls=pd.concat([two.calls, two.calls.assign(api_offer="t/big")], ignore_index=True),
    )

    assert api_usd(both)[0] == pytest.approx(400.0)


@pytest.mark.parametrize(
    ("has_calls", "factors", "width", "place"),
    [(False, (1.0,), 1.2, "workload chat"), (True, (2.0, 1.0), 1.2, "factors"), (True, (), 1.2, "factors"),
     (True, (0.0, 1.0), 1.2, "factors"), (True, (1.0,), 1.0, "width")],
)  # fmt: skip
def test_what_cannot_be_is_refused(has_calls: bool, factors: tuple[float, ...], width: float, place: str) -> None:
    given = fleet() if has_calls else fleet().with_tables(calls=fleet().calls.iloc[:0])
    with pytest.raises(InputError, match=place):
        make_or_buy(given, EXACT, factors, width)


def test_a_capped_seller_is_refused() -> None:
    with pytest.raises(InputError, match="no cap"):
        make_or_buy(fleet().with_tables(api=fleet().api.assign(requests_per_s_max=3.0)), EXACT, (1.0,))
