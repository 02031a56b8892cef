"""Tokens bought and what volume tiers take off, from calls alone."""

import pandas as pd
import pytest

from planner.plan.api_terms import api, api_discount
from tests.service_worlds import bought, tiered_tokens
from tests.uncertain_worlds import in_scenarios


def calls(**requests_per_s: float) -> pd.DataFrame:
    """Returns calls of chat to the API offer of the worlds; 72 usd for one request/s over a block."""
    rows = [{"workload": "chat", "api_offer": "s/big", "period": "q1", "block": b, "requests_per_s": v}
            for b, v in requests_per_s.items()]  # fmt: skip
    return pd.DataFrame(rows)


def test_without_tiers_nothing_is_taken_off():
    assert api(calls(day=10.0), bought())["usd"].sum() == pytest.approx(720.0)
    assert api_discount(calls(day=10.0), bought()).empty


def test_blocks_share_the_discount_as_they_spend():
    """1008 usd are spent, 354 are taken off: 10 parts of 14 by day."""
    rows = api_discount(calls(day=10.0, night=4.0), tiered_tokens()).set_index("block")["usd"]

    assert rows.to_dict() == pytest.approx({"day": -354 * 10 / 14, "night": -354 * 4 / 14})


def test_a_tier_that_is_not_reached_takes_nothing_off():
    assert api_discount(calls(day=4.0), tiered_tokens()).empty


def test_each_future_reaches_tiers_by_its_own_clock():
    """A quarter of the demand spends 252 usd and reaches nothing; in the other half of the futures 354 usd are saved."""
    world = in_scenarios(tiered_tokens(), {"slump": (0.5, 0.25), "forecast": (0.5, 1.0)})
    rates = {"day@slump": 2.5, "night@slump": 1.0, "day@forecast": 10.0, "night@forecast": 4.0}

    assert api_discount(calls(**rates), world)["usd"].sum() == pytest.approx(-354 / 2)
