"""Discounts on tokens that the tiers do not give are found."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.plan.checks.traffic_plans import API_OFFER, bought_in_bulk
from tests.plan.damage import cell, edit, found_by, told_by, without


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(bought_in_bulk(), tmp_path / "plan"))


def test_the_discount_is_what_the_tiers_take_off(folder: Path) -> None:
    """A fifth of the usd from 50 to 100, half of those beyond."""
    ledger = pd.read_csv(folder / "ledger.csv").groupby("term")["usd"].sum()

    assert ledger["api"] > 100
    assert ledger["api_discount"] == pytest.approx(-(50 * 0.2 + (ledger["api"] - 100) * 0.5))
    assert found_by("api_discount", folder) == []


def test_a_discount_that_is_too_large_or_missing_is_found(folder: Path) -> None:
    edit(folder, "ledger.csv", cell("usd", -500, term="api_discount", block="day"))
    assert f"api discount of {API_OFFER} in q1/day: expected " in told_by("api_discount", folder)

    edit(folder, "ledger.csv", without(term="api_discount"))
    assert f"api discount of {API_OFFER} in q1/night: expected " in told_by("api_discount", folder)


def test_fewer_calls_earn_less(folder: Path) -> None:
    edit(folder, "api_traffic.csv", cell("requests_per_s", 0.5, block="day"))

    assert len(found_by("api_discount", folder)) == 2
