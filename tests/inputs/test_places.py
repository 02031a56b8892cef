"""Declarations of regions and providers."""

import pandas as pd
import pytest

from planner.errors import InputError
from planner.inputs.places import REGIONS

REGION: dict[str, object] = {
    "region": "somewhere",
    "continent": "Europe",
    "country": "FI",
    "jurisdiction": "EU",
    "latitude": 60.2,
    "longitude": 24.9,
    "grid_kg_co2_per_kwh": 0.039,
    "electricity_usd_per_kwh": 0.097,
    "pue": 1.09,
    "carbon_source": "a file",
    "electricity_source": "a page",
    "pue_source": "a file",
    "source": "see the three columns",
    "source_kind": "paper",
    "retrieved_on": "2026-11-21",
}


def test_a_region_with_all_sources_is_well_formed() -> None:
    assert len(REGIONS.check(pd.DataFrame([REGION]), "regions")) == 1


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("pue", 0.9, "a number >= 1"),
        ("latitude", 91, "a number <= 90 in degree"),
        ("electricity_usd_per_kwh", 0, "a number > 0 in USD/kWh"),
        ("carbon_source", "", "a str"),
        ("continent", "Atlantis", "one of America, Europe, Asia, Oceania, Africa"),
    ],
)
def test_a_bad_region_is_named(column: str, value: object, expected: str) -> None:
    with pytest.raises(InputError, match=f"column {column}: expected {expected}"):
        REGIONS.check(pd.DataFrame([{**REGION, column: value}]), "regions")
