"""Knees and zones of curves drawn by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from planner.economics.cost_curve import cost_curve
from planner.economics.cost_zone import CostZone, Limits, cost_zone, knee, knee_text, zone_text
from planner.economics.operating_points import operating_points
from planner.errors import InputError

SLOTS = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]
RATES = [1.0, 2.0, 4.0, 7.0, 8.0, 7.9]
TPOT_MS = [10.0, 11.0, 13.0, 20.0, 40.0, 80.0]


def zone(limits: Limits | None = None, within: float = 0.10, knee_at: float = 0.5) -> CostZone:
    rows = pd.DataFrame({
        "row_id": "r", "mode": "closed_loop", "model": "m", "accelerator": "A", "concurrency": SLOTS, "requests_per_s": RATES,
        "output_tokens_mean": 100, "input_tokens_mean": 500, "tpot_ms": TPOT_MS, "ttft_ms": 100.0,
    })  # fmt: skip
    return cost_zone(cost_curve(operating_points(rows), 36.0), limits, within, knee_at)


def test_without_promises_the_zone_is_about_the_saturation() -> None:
    found = zone()

    assert found.best_concurrency == 16.0
    assert (found.zone_low, found.zone_high, found.zone_outer_low) == (16.0, 32.0, 8.0)
    assert math.isnan(found.zone_outer_high)
    assert zone_text(found) == "16 to 32 (begins after 8, no end measured)"


def test_a_promise_moves_the_best_point_and_ends_the_zone() -> None:
    found = zone(Limits(tpot_ms=20.0))

    assert (found.best_concurrency, found.zone_low, found.zone_high, found.zone_outer_high) == (8.0, 8.0, 8.0, 16.0)
    assert zone_text(found) == "8 (begins after 4, ends before 16)"


def test_a_wider_share_is_a_wider_zone() -> None:
    assert zone(within=0.15).zone_low == 8.0
    assert zone(within=1.0).zone_low == 4.0
    assert zone(within=0.0).zone_low == 16.0


def test_every_promise_counts() -> None:
    assert math.isnan(zone(Limits(ttft_ms=99.0)).best_concurrency)
    assert zone(Limits(ttft_ms=100.0)).best_concurrency == 16.0
    assert zone(Limits(request_ms=2100.0)).best_concurrency == 8.0
    assert zone(Limits(ttft_ms=99.0)).lines() == ["no point keeps the promises"]
    assert zone_text(zone(Limits(ttft_ms=99.0))) == "none"


def test_the_knee_is_the_segment_in_which_returns_fall_under_the_threshold() -> None:
    """Elasticities 1, 1, 0.81, 0.19, -0.02."""
    assert (zone().knee_low, zone().knee_high) == (8.0, 16.0)
    assert knee_text(zone()) == "(8, 16]"
    assert (zone(knee_at=0.9).knee_low, zone(knee_at=0.9).knee_high) == (4.0, 8.0)


def test_no_knee_within_the_range_is_said() -> None:
    slots, steep = np.array([1.0, 2.0, 4.0]), np.array([np.nan, 0.9, 0.8])
    low, high = knee(slots, steep, steep, 0.5)

    assert math.isnan(low)
    assert math.isnan(high)


def test_a_dip_that_the_trend_does_not_share_is_not_settled() -> None:
    slots = np.array([1.0, 2.0, 4.0, 8.0])
    low, high = knee(slots, np.array([np.nan, 0.9, 0.4, 0.8]), np.array([np.nan, 0.9, 0.6, 0.6]), 0.5)

    assert low == 2.0
    assert math.isnan(high)


def test_lines_tell_all_three() -> None:
    assert zone(Limits(tpot_ms=20.0)).lines() == [
        "cheapest that keeps the promises: 8 in flight, 1.429 usd a job",
        "cost-effective zone: 8 (begins after 4, ends before 16)",
        "knee: (8, 16]",
    ]


@pytest.mark.parametrize(
    ("given", "place"),
    [({"within": -0.1}, "within"), ({"knee_at": 1.0}, "knee"), ({"limits": Limits(tpot_ms=0.0)}, "limit of tpot_ms"),
     ({"limits": Limits(ttft_ms=math.nan)}, "limit of ttft_ms")],
)  # fmt: skip
def test_what_cannot_be_is_refused(given: dict[str, object], place: str) -> None:
    with pytest.raises(InputError, match=place):
        zone(**given)  # type: ignore[arg-type]


def test_a_promise_on_what_was_not_measured_is_refused() -> None:
    rows = pd.DataFrame({"row_id": "r", "mode": "closed_loop", "model": "m", "concurrency": SLOTS, "requests_per_s": RATES,
                         "output_tokens_mean": 100})  # fmt: skip
    with pytest.raises(InputError, match="tpot_ms at every operating point"):
        cost_zone(cost_curve(operating_points(rows), 36.0), Limits(tpot_ms=50.0))
