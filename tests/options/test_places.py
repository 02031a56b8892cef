"""The names of places say region, spot and provider, in any combination."""

import pytest

from planner.options.places import is_spot_place, provider_of_place, region_of_place, zone_of_offer, zone_of_place


@pytest.mark.parametrize(
    ("place", "parts"),
    [
        ("us-ohio", ("us-ohio", "us-ohio", "", False)),
        ("us-ohio/aws", ("us-ohio", "us-ohio", "aws", False)),
        ("us-ohio!spot", ("us-ohio", "us-ohio!spot", "", True)),
        ("us-ohio!spot/aws", ("us-ohio", "us-ohio!spot", "aws", True)),
    ],
)
def test_a_place_has_its_parts(place, parts):
    assert (region_of_place(place), zone_of_place(place), provider_of_place(place), is_spot_place(place)) == parts


def test_an_offer_stands_in_its_zone():
    assert zone_of_offer("us-ohio", "spot") == "us-ohio!spot"
    assert zone_of_offer("us-ohio", "reserved") == "us-ohio"
