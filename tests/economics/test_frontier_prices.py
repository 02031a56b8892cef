"""The price of an hour: the cheapest dated on-demand offer, named; a given one first."""

import pytest

from planner.economics.frontier_prices import HourlyPrice, hourly_prices, on_demand_prices
from planner.errors import InputError
from tests.roofline.machines import shipped


@pytest.mark.parametrize("accelerator", ["H100-SXM", "MI300X", "B200-SXM", "GB200"])
def test_the_cheapest_on_demand_offer_by_accelerator_hour(accelerator):
    catalog = shipped()
    price = hourly_prices(catalog, [accelerator], {})[accelerator]
    offers = catalog.offers[catalog.offers["term"] == "on_demand"]
    each = [
        row.usd_per_hour / catalog.node_types[row.node_type].accelerators
        for row in offers.itertuples()
        if catalog.node_types[row.node_type].accelerator == accelerator
    ]
    named = offers.set_index("offer").loc[price.offer]

    assert price.usd_per_hour == min(each)
    assert price.price_date == str(named["price_date"])
    assert price.offer in str(price)
    assert price.price_date in str(price)


def test_offers_are_in_order_of_price():
    frame = on_demand_prices(shipped())

    assert all(mine["usd_per_accelerator_hour"].is_monotonic_increasing for _, mine in frame.groupby("accelerator"))
    assert set(frame.columns) == {"accelerator", "usd_per_accelerator_hour", "offer", "price_date", "source_kind"}


def test_a_given_price_comes_first():
    assert hourly_prices(shipped(), ["H100-SXM"], {"H100-SXM": 1.5})["H100-SXM"] == HourlyPrice(1.5, "given", "", "user")


def test_an_accelerator_nobody_rents_needs_a_price():
    with pytest.raises(InputError, match="--usd-per-hour Trainium2"):
        hourly_prices(shipped(), ["Trainium2"], {})
    assert hourly_prices(shipped(), ["Trainium2"], {"Trainium2": 1.0})["Trainium2"].usd_per_hour == 1.0
