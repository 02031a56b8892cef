"""The shipped offers, purchases and token prices: coverage, order of prices, honesty of estimates."""

import pandas as pd
import pytest

from planner.inputs.catalog import Catalog, load_catalog

SLACK = 1 + 1e-9
PLACE = ["provider", "instance_type", "node_type", "region"]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def by_term(catalog: Catalog) -> pd.DataFrame:
    """Price of every instance type and place, a column a term."""
    return catalog.offers.pivot_table(index=PLACE, columns="term", values="usd_per_hour", aggfunc="min")


def test_offers_cover_providers_continents_and_terms(catalog: Catalog) -> None:
    offers = catalog.offers.merge(catalog.regions[["region", "continent"]], on="region")
    listed = offers[offers["source_kind"] == "list_price"]

    assert len(listed) >= 300
    assert listed["provider"].nunique() >= 8
    assert {"America", "Europe", "Asia"} <= set(listed["continent"])
    for continent in ("America", "Europe", "Asia"):
        terms = set(listed[listed["continent"] == continent]["term"])
        assert {"on_demand", "spot", "reserved_1y", "reserved_3y"} <= terms


def test_spot_costs_at_most_on_demand(by_term: pd.DataFrame) -> None:
    both = by_term.dropna(subset=["spot", "on_demand"])

    assert len(both) > 200
    assert (both["spot"] <= both["on_demand"] * SLACK).all()


def test_a_longer_commitment_costs_less(by_term: pd.DataFrame) -> None:
    reserved = by_term.dropna(subset=["reserved_1y", "reserved_3y", "on_demand"])

    assert len(reserved) > 500
    assert (reserved["reserved_3y"] <= reserved["reserved_1y"] * SLACK).all()
    assert (reserved["reserved_1y"] <= reserved["on_demand"] * SLACK).all()


def test_reserved_prices_are_listed_by_google_and_estimated_with_a_range_elsewhere(catalog: Catalog) -> None:
    reserved = catalog.offers[catalog.offers["term"].isin(["reserved_1y", "reserved_3y"])]
    listed = reserved[reserved["source_kind"] == "list_price"]
    estimated = reserved[reserved["source_kind"] == "estimate"]

    assert set(listed["provider"]) == {"gcp"}
    assert estimated["note"].str.contains("rule: .*Google Cloud").all()
    assert estimated[["usd_per_hour_low", "usd_per_hour_high"]].notna().all(axis=None)


def test_estimated_ratio_is_the_median_of_googles_own_rows(catalog: Catalog) -> None:
    gcp = catalog.offers[(catalog.offers["provider"] == "gcp") & (catalog.offers["source_kind"] == "list_price")]
    h100 = gcp[gcp["node_type"].str.endswith("xH100-SXM")].pivot_table(index=PLACE, columns="term", values="usd_per_hour")
    ratio = (h100["reserved_3y"] / h100["on_demand"]).median()
    aws = catalog.offers.set_index("offer")["usd_per_hour"]

    estimate = aws["aws/p5.48xlarge/us-virginia/reserved_3y"] / aws["aws/p5.48xlarge/us-virginia/on_demand"]

    assert estimate == pytest.approx(ratio, abs=0.001)


def test_known_prices_are_the_ones_read(catalog: Catalog) -> None:
    price = catalog.offers.set_index("offer")["usd_per_hour"]

    assert price["aws/p5.48xlarge/us-virginia/on_demand"] == 55.04
    assert price["gcp/a3-highgpu-8g/us-iowa/reserved_1y"] == pytest.approx(61.38, abs=0.01)
    assert price["gcp/a3-highgpu-8g/us-iowa/reserved_3y"] == pytest.approx(38.86, abs=0.01)
    assert price["azure/Standard_ND96isr_H100_v5/us-virginia/on_demand"] == pytest.approx(98.32, abs=0.01)
    assert price["nebius/gpu-h100-sxm_8gpu-128vcpu-1600gb/finland/on_demand"] == 23.6


def test_prices_an_accelerator_are_plausible(catalog: Catalog) -> None:
    offers = catalog.offers
    count = offers["node_type"].map({name: node.accelerators for name, node in catalog.node_types.items()})
    each = offers["usd_per_hour"] / count

    assert each.between(0.1, 60).all()


def test_every_estimate_of_a_price_has_a_rule_and_every_row_a_date(catalog: Catalog) -> None:
    for name in ("offers", "purchases", "colocation"):
        rows = catalog.tables[name]
        estimates = rows[rows["source_kind"] == "estimate"]
        assert estimates["note"].str.contains("rule: ").all(), name
    assert (catalog.offers["price_date"] >= "2024-12-31").all()


def test_a_100_percent_discount_is_never_read_as_a_price(catalog: Catalog) -> None:
    prices = catalog.api_prices

    assert (prices["input_usd_per_mtok"] > 0).all()
    assert (prices["output_usd_per_mtok"] > 0).all()
    cached = prices.dropna(subset=["cached_input_usd_per_mtok"])
    assert (cached["cached_input_usd_per_mtok"] <= cached["input_usd_per_mtok"]).all()
    assert prices["model"].nunique() >= 45


def test_an_api_offer_is_its_seller_and_model(catalog: Catalog) -> None:
    prices = catalog.api_prices

    assert (prices["api_offer"] == prices["provider"] + "/" + prices["model"]).all()


def test_price_history_holds_only_changes(catalog: Catalog) -> None:
    history = catalog.price_history.sort_values("price_date", kind="stable")
    series = history.groupby(["provider", "instance_type", "provider_region", "term"])["usd_per_hour"]

    assert not history["usd_per_hour"].eq(series.shift()).any()


def test_large_nodes_can_be_bought(catalog: Catalog) -> None:
    bought = set(catalog.purchases["node_type"])

    assert {"8xH100-SXM", "8xH200-SXM", "8xB200-SXM", "8xMI300X", "8xA100-80GB-SXM", "8xL40S", "72xGB200"} <= bought
    assert (catalog.purchases["lead_time_weeks"] > 0).all()
    assert (catalog.purchases["residual_share"] < 1).all()
