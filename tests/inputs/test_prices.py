"""Declarations of offers, purchases, colocation and API prices."""

import pandas as pd
import pytest

from planner.errors import InputError
from planner.inputs.prices import API_PRICES, OFFERS

OFFER: dict[str, object] = {
    "offer": "a/b/c/on_demand",
    "provider": "a",
    "instance_type": "b",
    "node_type": "1xL4",
    "region": "c",
    "provider_region": "c1",
    "term": "on_demand",
    "usd_per_hour": 1.0,
    "usd_per_hour_low": "",
    "usd_per_hour_high": "",
    "price_date": "2026-07-20",
    "source": "a page",
    "source_kind": "list_price",
    "retrieved_on": "2026-11-21",
}


def test_a_price_without_a_range_is_well_formed() -> None:
    checked = OFFERS.check(pd.DataFrame([OFFER]), "offers")

    assert pd.isna(checked.loc[0, "usd_per_hour_low"])
    assert checked.loc[0, "note"] == ""


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("usd_per_hour", 0, "a number > 0 in USD/h"),
        ("usd_per_hour", "", "a float"),
        ("term", "reserved_2y", "one of on_demand, spot, reserved_1y, reserved_3y, capacity_block"),
        ("price_date", "2026-H1", "a date YYYY-MM-DD"),
    ],
)
def test_a_bad_offer_is_named(column: str, value: object, expected: str) -> None:
    with pytest.raises(InputError, match=f"column {column}: expected {expected}"):
        OFFERS.check(pd.DataFrame([{**OFFER, column: value}]), "offers")


def test_one_offer_has_one_price() -> None:
    with pytest.raises(InputError, match="expected a offer not used before, found a/b/c/on_demand"):
        OFFERS.check(pd.DataFrame([OFFER, {**OFFER, "usd_per_hour": 2.0}]), "offers")


def test_a_seller_without_a_cache_price_leaves_the_cell_empty() -> None:
    row = {"api_offer": "s/m", "provider": "s", "model": "m", "input_usd_per_mtok": 0.1, "cached_input_usd_per_mtok": ""}
    row |= {"output_usd_per_mtok": 0.4, **{name: OFFER[name] for name in ("price_date", "source", "source_kind", "retrieved_on")}}

    checked = API_PRICES.check(pd.DataFrame([row]), "api_prices")

    assert pd.isna(checked.loc[0, "cached_input_usd_per_mtok"])
