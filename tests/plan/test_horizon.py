"""Hours are counted from the instance's own dates."""

from pathlib import Path

from planner.inputs.policy import Horizon
from planner.plan.horizon import horizon_blocks, horizon_periods
from tests.plan.worlds import instance


def test_dated_periods_have_their_days(tmp_path: Path) -> None:
    periods = horizon_periods(instance(tmp_path).settings.horizon)

    assert periods["hours"].tolist() == [2160.0, 2184.0]
    assert (periods["start_years"] * 8766).round(9).tolist() == [0.0, 2160.0]
    assert (periods["middle_years"] * 8766).round(9).tolist() == [1080.0, 3252.0]


def test_blocks_share_the_day() -> None:
    horizon = Horizon.model_validate(
        {
            "periods": [{"period": "h", "hours": 10}],
            "blocks": [{"block": "a", "hours_per_day": 6}, {"block": "b", "hours_per_day": 18}],
        }
    )

    assert horizon_blocks(horizon)["hours"].tolist() == [2.5, 7.5]
