"""Wishes about money, supply and policy: what each section admits, and its defaults."""

import datetime as dt

import pytest
from pydantic import ValidationError

from planner.inputs.policy import (
    ORDERS_MIN,
    OWNED,
    PATHS,
    PRICE_TIERS,
    PRICES,
    RATES,
    SCORES,
    SUPPLY,
    TABLES,
    Deployment,
    Money,
    Period,
    Service,
    Supply,
    Tables,
)


def test_documented_defaults():
    """Outputs show these as assumptions: changing one changes every plan that does not say it."""
    assert Supply().terms == ("on_demand", "reserved_1y", "reserved_3y")
    assert Supply().nodes_max_per_offer == 512
    assert Service().utilisation_max == 0.7
    assert Money().terminal_use_share == 0.5
    assert (Deployment().tp_max, Deployment().pp_max, Deployment().nodes_per_replica_max) == (8, 1, 1)
    assert Deployment().roles == ("aggregated",)
    assert Tables().demand == "demand.csv"


@pytest.mark.parametrize(
    "period",
    [
        {"period": "q"},
        {"period": "q", "hours": 5, "start": "2027-01-01", "end": "2027-02-01"},
        {"period": "q", "start": "2027-01-01"},
        {"period": "q", "end": "2027-01-01"},
        {"period": "q", "start": "2027-02-01", "end": "2027-02-01"},
        {"period": "q", "hours": 0},
    ],
)
def test_a_period_has_dates_or_hours(period):
    with pytest.raises(ValidationError):
        Period.model_validate(period)


def test_a_dated_period_keeps_its_dates():
    assert Period(period="q", start=dt.date(2027, 1, 1), end=dt.date(2027, 4, 1)).hours is None


@pytest.mark.parametrize(
    ("section", "values"),
    [
        (Supply, {"price_change_per_year": {"default": -1.0}}),
        (Supply, {"price_change_per_year": {"default": 1.5}}),
        (Supply, {"nodes_max_per_offer": -1}),
        (Supply, {"nodes_max_per_offer": True}),
        (Supply, {"terms": ["weekly"]}),
        (Service, {"utilisation_max": 0.0}),
        (Service, {"utilisation_max": 1.01}),
        (Money, {"currency": "EUR"}),
        (Money, {"egress_usd_per_gb": -0.1}),
        (Money, {"terminal_use_share": 1.1}),
        (Deployment, {"tp_max": 0}),
        (Deployment, {"kv_precision": "int2"}),
        (Deployment, {"batch_max": 0}),
        (Money, {"colour": "red"}),
    ],
)
def test_values_out_of_range_and_unknown_keys_are_refused(section, values):
    with pytest.raises(ValidationError):
        section.model_validate(values)


def test_sections_are_frozen():
    with pytest.raises(ValidationError):
        Money().terminal_use_share = 0.1


@pytest.mark.parametrize("table", [SUPPLY, OWNED, PRICES, PATHS, RATES, SCORES, PRICE_TIERS, ORDERS_MIN], ids=lambda t: t.name)
def test_every_table_says_what_its_columns_mean(table):
    assert TABLES[table.name] is table
    assert table.description.endswith(".")
    assert all(column.description for column in table.columns)
    assert table.name in Tables.model_fields


def test_a_rented_price_is_positive_and_a_cap_whole():
    price = next(column for column in PRICES.columns if column.name == "usd_per_hour")
    cap = next(column for column in SUPPLY.columns if column.name == "nodes_max")

    assert price.is_positive
    assert (cap.kind, cap.minimum) == ("int", 0)
