"""Cost curves by pencil, and trends that survive noise."""

import numpy as np
import pandas as pd
import pytest

from planner.economics.cost_curve import cost_curve, falling_trend, marginal_saving, scale_elasticity
from planner.economics.operating_points import operating_points
from planner.errors import InputError


def points(rates: list[float], slots: list[float] | None = None) -> pd.DataFrame:
    count = len(rates)
    rows = pd.DataFrame({
        "row_id": "r", "mode": "closed_loop", "model": "m", "accelerator": "A",
        "concurrency": slots or [2.0**i for i in range(count)], "requests_per_s": rates,
        "output_tokens_mean": 100, "input_tokens_mean": 500, "tpot_ms": 10.0, "ttft_ms": 100.0,
    })  # fmt: skip
    return operating_points(rows)


def test_a_curve_by_pencil() -> None:
    """36 usd/h = 0.01 usd/s; 1000 requests at 1, 2, 2.5 a second cost 10, 5, 4 usd."""
    found = cost_curve(points([1.0, 2.0, 2.5]), 36.0, 1000.0)

    assert found.points["job_usd"].tolist() == pytest.approx([10.0, 5.0, 4.0])
    assert found.points["completion_s"].tolist() == pytest.approx([1000.0, 500.0, 400.0])
    assert found.points["saving_usd_per_slot"].tolist()[1:] == pytest.approx([5.0, 0.5])
    assert found.points["elasticity"].tolist()[1:] == pytest.approx([1.0, np.log2(1.25)])
    assert found.points["usd_per_mtok_output"].tolist() == pytest.approx([100.0, 50.0, 40.0])
    assert found.points["usd_per_1k_requests"].tolist() == pytest.approx([10.0, 5.0, 4.0])
    assert found.saturation_concurrency == 4.0


def test_cost_rises_after_saturation_and_the_trend_is_judged_before_it() -> None:
    found = cost_curve(points([1.0, 2.0, 3.0, 2.0]), 36.0)

    assert found.saturation_concurrency == 4.0
    assert len(found.cost_trend.fit) == 3
    assert found.cost_trend.deviation_share == 0.0


def test_counting_on_half_the_throughput_doubles_the_cost() -> None:
    full, half = (cost_curve(points([1.0, 2.0]), 36.0, derated_share=share).points["job_usd"] for share in (1.0, 0.5))

    assert half.tolist() == pytest.approx((2 * full).tolist())


def test_repeated_runs_give_a_range_of_cost() -> None:
    rows = pd.concat([points([1.0]), points([1.0])])
    rows["requests_per_s_low"], rows["requests_per_s_high"] = 0.5, 2.0
    found = cost_curve(rows.head(1), 36.0, 1000.0).points.iloc[0]

    assert (found["job_usd_low"], found["job_usd"], found["job_usd_high"]) == pytest.approx((5.0, 10.0, 20.0))


def test_one_point_is_a_curve() -> None:
    found = cost_curve(points([1.0]), 36.0)

    assert found.points["elasticity"].isna().all()
    assert found.elasticity_trend.is_falling


@pytest.mark.parametrize(
    ("given", "place"),
    [((0.0, 1.0, 1.0), "usd_per_hour"), ((1.0, 0.0, 1.0), "job_requests"), ((1.0, 1.0, 0.0), "derated_share"),
     ((1.0, 1.0, 1.1), "derated_share")],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(given: tuple[float, float, float], place: str) -> None:
    with pytest.raises(InputError, match=place):
        cost_curve(points([1.0]), *given)


def test_two_setups_are_no_curve() -> None:
    both = pd.concat([points([1.0]).assign(setup="a"), points([1.0]).assign(setup="b")])
    with pytest.raises(InputError, match="a, b"):
        cost_curve(both, 36.0)


def test_savings_and_elasticities_of_arrays() -> None:
    slots = np.array([1.0, 3.0])

    assert marginal_saving(slots, np.array([9.0, 5.0]))[1] == 2.0
    assert scale_elasticity(slots, np.array([1.0, 9.0]))[1] == pytest.approx(2.0)


def test_a_trend_pools_what_violates_it() -> None:
    trend = falling_trend([3.0, 1.0, 2.0, 0.0])

    assert trend.fit.tolist() == [3.0, 1.5, 1.5, 0.0]
    assert trend.is_falling
    assert trend.deviation_share == pytest.approx(np.sqrt(0.5 / 5.0))


def test_a_rising_sequence_is_no_falling_trend() -> None:
    trend = falling_trend([1.0, 2.0, 3.0])

    assert not trend.is_falling
    assert trend.deviation_share == pytest.approx(1.0)


def test_weights_count() -> None:
    assert falling_trend([1.0, 2.0], [3.0, 1.0]).fit.tolist() == [1.25, 1.25]
