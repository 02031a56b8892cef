"""An hour after the horizon is worth the lower of contract and market."""

from planner.program.credit import credit_usd_per_hour
from planner.program.groups import Groups
from tests.policy_worlds import repriced, upfront_tiny
from tests.worlds import tiny


def test_the_contract_rate_spreads_the_upfront_price():
    assert credit_usd_per_hour(Groups(upfront_tiny()), ("re", "q1")) == 3.0


def test_the_market_bounds_it():
    assert credit_usd_per_hour(Groups(repriced(tiny(), "od", 2.0)), ("re", "q2")) == 2.0
