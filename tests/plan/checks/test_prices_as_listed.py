"""The prices planned with are held against catalog rows and the instance."""

from pathlib import Path

import pytest

from tests.plan.damage import added, cell, edit, found_by, mend_digests, told_by, without
from tests.plan.worlds import BUY, DE_OD, OD, OWNED, RE

PRICES = "inputs/coefficients/prices.csv"


@pytest.mark.parametrize(
    ("offer", "column", "value", "said"),
    [
        (RE, "usd_per_hour", 40, "expected 50 usd/h, found 40 usd/h"),
        (OWNED, "usd_per_hour", 0, "expected 5 usd/h, found 0 usd/h"),
        (BUY, "upfront_usd", 100000, "expected 310000 usd, found 100000 usd"),
        (BUY, "residual_usd", 0, "expected 30000 usd, found 0 usd"),
        (DE_OD, "usd_per_hour", "", "found nothing usd/h"),
    ],
)
def test_a_price_edited_is_found(plan_folder: Path, offer: str, column: str, value: object, said: str) -> None:
    edit(plan_folder, PRICES, cell(column, value, offer=offer, period="q1"))

    told = told_by("prices_as_listed", plan_folder)
    assert told.startswith(f"{column} of {offer} in q1: ")
    assert said in told


def test_a_catalog_price_edited_is_found_in_every_period(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/catalog/offers.csv", cell("usd_per_hour", 100, offer=RE))

    assert "in q1: expected 100 usd/h, found 50 usd/h" in told_by("prices_as_listed", plan_folder)
    assert len(found_by("prices_as_listed", plan_folder)) == 2


def test_an_offer_in_use_without_its_catalog_row_is_found(plan_folder: Path) -> None:
    edit(plan_folder, "inputs/catalog/offers.csv", without(offer=OD))

    assert f"list price of {OD}: expected its catalog rows" in told_by("prices_as_listed", plan_folder)


def test_the_users_own_price_replaces_the_list(plan_folder: Path) -> None:
    folder = plan_folder / "inputs/instance"
    (folder / "prices.csv").write_text(f"offer,period,usd_per_hour,source\n{RE},*,33,contract\n{RE},q2,31,contract\n")
    path = folder / "instance.yaml"
    path.write_text(path.read_text().replace("tables: {", "tables: {prices: prices.csv, "))
    mend_digests(plan_folder)

    told = told_by("prices_as_listed", plan_folder)
    assert f"usd_per_hour of {RE} in q1: expected 33 usd/h, found 50 usd/h" in told
    assert f"usd_per_hour of {RE} in q2: expected 31 usd/h" in told


def test_an_extra_offer_that_nobody_uses_needs_no_row(plan_folder: Path) -> None:
    edit(plan_folder, PRICES, added(offer="x/y", period="q1", scenario="expected", usd_per_hour=1, upfront_usd=0, source="user"))

    assert found_by("prices_as_listed", plan_folder) == []
