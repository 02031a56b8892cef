"""Every place says where it is, whose law holds, and where its carbon, electricity and PUE come from."""

import pytest

from planner.inputs.catalog import Catalog, load_catalog


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


def test_every_region_has_three_sourced_figures(catalog: Catalog) -> None:
    regions = catalog.regions

    for column in ("carbon_source", "electricity_source", "pue_source"):
        assert (regions[column].str.len() > 8).all()
    assert regions["grid_kg_co2_per_kwh"].between(0.005, 1.2).all()
    assert regions["electricity_usd_per_kwh"].between(0.02, 0.5).all()
    assert regions["pue"].between(1.05, 1.6).all()


def test_coordinates_lie_on_their_continent(catalog: Catalog) -> None:
    boxes = {
        "America": (-60, 75, -170, -30),
        "Europe": (35, 72, -25, 45),
        "Asia": (-12, 60, 25, 150),
        "Oceania": (-50, 0, 110, 180),
        "Africa": (-36, 38, -20, 52),
    }

    for row in catalog.regions.to_dict("records"):
        south, north, west, east = boxes[row["continent"]]
        assert south <= row["latitude"] <= north, row["region"]
        assert west <= row["longitude"] <= east, row["region"]


def test_members_of_the_union_share_a_jurisdiction(catalog: Catalog) -> None:
    law = catalog.regions.set_index("country")["jurisdiction"].to_dict()

    assert {law[country] for country in ("DE", "FR", "NL", "FI", "SE", "IE", "ES", "IT", "PL", "BE")} == {"EU"}
    assert (law["GB"], law["CH"], law["NO"], law["US"], law["JP"]) == ("UK", "CH", "EEA", "US", "JP")


def test_nordic_grids_are_cleaner_than_polish_or_indian_ones(catalog: Catalog) -> None:
    carbon = catalog.regions.set_index("region")["grid_kg_co2_per_kwh"]

    assert carbon["sweden"] < carbon["france-paris"] < carbon["us-virginia"] < carbon["poland"]
    assert carbon["india-mumbai"] > 0.6


def test_every_region_of_an_offer_can_hold_owned_nodes(catalog: Catalog) -> None:
    assert set(catalog.offers["region"]) <= set(catalog.colocation["region"])


def test_every_provider_has_a_region_and_offers(catalog: Catalog) -> None:
    providers = set(catalog.providers["provider"])

    assert set(catalog.provider_regions["provider"]) == providers
    assert set(catalog.offers["provider"]) == providers
