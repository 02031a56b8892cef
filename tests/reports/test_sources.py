"""Sources of the numbers of the plan made by hand."""

from dataclasses import replace

import pandas as pd
import pytest

from planner.reports import sources
from planner.reports.facts import ReportFacts
from tests.plan.worlds import BUY, DE_OD, OD, OWNED, RE, coefficients, tables


def test_every_price_used_stands_there_with_its_part_of_the_cost(facts: ReportFacts) -> None:
    prices = facts.prices.set_index("offer")

    assert set(prices.index) == {OD, DE_OD, OWNED, RE, BUY}
    assert prices.loc[RE, ["source", "usd_per_hour"]].tolist() == ["estimate", 50.0]
    assert prices.loc[RE, "usd"] == pytest.approx(3 * 50.0 * (8688 - 0.5 * 4344))
    assert prices["share"].sum() == pytest.approx(1)
    assert prices["usd"].is_monotonic_decreasing


def test_estimates_are_told_apart(facts: ReportFacts) -> None:
    assert facts.estimates["offer"].tolist() == [RE]


def test_source_and_note_of_the_catalog_row_are_told_else_the_offers_own_note() -> None:
    offers = pd.DataFrame({"offer": [RE], "usd_per_hour": ["50"], "source": ["price page"], "note": ["rule: half"]})

    told = sources.prices_used(tables(), coefficients(), offers).set_index("offer")["told"]

    assert told[RE] == "price page; rule: half"
    assert told[OD] == "list"


def test_an_offer_that_only_sets_the_credit_is_listed_at_no_cost() -> None:
    """Without rented nodes the on-demand offer in Virginia still sets the market price after the horizon."""
    given = tables()
    bare = replace(given, nodes=given.nodes[given.nodes["offer"] != OD], ledger=given.ledger[given.ledger["offer"] != OD])

    prices = sources.prices_used(bare, coefficients(), pd.DataFrame({"offer": [OD], "usd_per_hour": ["80"]})).set_index("offer")

    assert prices.loc[OD, "usd"] == 0


def test_supposed_numbers_are_estimates_and_models() -> None:
    shares = pd.DataFrame({"source": ["list_price", "estimate", "modelled"], "share": [0.5, 0.3, 0.2]})

    assert sources.supposed_share(shares) == pytest.approx(0.5)
