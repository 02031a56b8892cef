"""What a plan rests on is named and weighed."""

from pathlib import Path

import pytest

from planner.plan.assumptions import assumptions
from tests.plan.worlds import DE_OD, OD, PRICES, RE, coefficients, instance, tables


def _weights(folder: Path) -> dict[str, float]:
    found = assumptions(tables(), coefficients(), instance(folder).settings)
    return {item.assumption: item.weight_usd for item in found}


def test_estimated_prices_weigh_what_is_paid_at_them(tmp_path: Path) -> None:
    assert _weights(tmp_path)["estimated prices"] == pytest.approx(1_303_200 - 325_800)


def test_a_trend_weighs_what_is_paid_at_moved_prices_only(tmp_path: Path) -> None:
    """On demand moves from the first day; commitments signed in the first quarter do not."""
    od1, od2, de1, de2 = (PRICES[key][0] for key in ((OD, "q1"), (OD, "q2"), (DE_OD, "q1"), (DE_OD, "q2")))
    by_hand = 2 * od1 * 1080 + od2 * 1092 + de1 * 2160 + de2 * 1092

    assert _weights(tmp_path)["price change per year of H100"] == pytest.approx(by_hand)


def test_the_use_share_weighs_its_credit(tmp_path: Path) -> None:
    made = tables().ledger

    weight = _weights(tmp_path)["use of commitments after the horizon"]
    assert weight == pytest.approx(-made.loc[made["term"] == "terminal_credit", "usd"].sum())


def test_the_heaviest_comes_first_and_nothing_weighs_nothing(tmp_path: Path) -> None:
    weights = list(_weights(tmp_path).values())

    assert weights == sorted(weights, reverse=True)
    assert min(weights[:-1]) > 0


def test_how_percentiles_are_held_is_said_and_weighs_nothing(tmp_path: Path) -> None:
    last = assumptions(tables(), coefficients(), instance(tmp_path).settings)[-1]

    assert (last.assumption, last.weight_usd) == ("percentile promises held by the utilisation cap", 0.0)
    assert last.value == "chat: at most 0.8 busy, no queueing model"


def test_the_offers_that_rest_on_an_estimate_are_named(tmp_path: Path) -> None:
    found = assumptions(tables(), coefficients(), instance(tmp_path).settings)

    assert next(item.value for item in found if item.assumption == "estimated prices") == RE
