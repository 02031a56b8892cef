"""The hours of an instance's horizon, counted from its own dates: what the audit compares the coefficients with."""

import pandas as pd

from planner.inputs.policy import Horizon, Period
from planner.units import HOURS_PER_DAY, HOURS_PER_YEAR


def horizon_periods(horizon: Horizon) -> pd.DataFrame:
    """Returns period, position, hours, start_years and middle_years (from the start of the first period)."""
    hours = pd.Series([hours_of(period) for period in horizon.periods], dtype=float)
    start = hours.cumsum() - hours
    return pd.DataFrame(
        {
            "period": [period.period for period in horizon.periods],
            "position": [float(number) for number in range(len(hours))],
            "hours": hours,
            "start_years": start / HOURS_PER_YEAR,
            "middle_years": (start + hours / 2) / HOURS_PER_YEAR,
        }
    )


def horizon_blocks(horizon: Horizon) -> pd.DataFrame:
    """Returns period, block and hours: each block has its share of every day of the period."""
    rows = [
        (period.period, block.block, hours_of(period) * block.hours_per_day / HOURS_PER_DAY)
        for period in horizon.periods
        for block in horizon.blocks
    ]
    return pd.DataFrame(rows, columns=["period", "block", "hours"])


def hours_of(period: Period) -> float:
    """Returns the length of a period in hours: as given, or its days times 24."""
    if period.start is not None and period.end is not None:
        return (period.end - period.start).days * HOURS_PER_DAY
    return float(period.hours or 0.0)
