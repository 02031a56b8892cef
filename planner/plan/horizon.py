"""The hours of an instance's horizon, counted from its own dates: what the audit compares the coefficients with."""

import itertools
from collections.abc import Sequence

import pandas as pd

from planner.inputs.policy import Horizon, Period, Scenario
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


def horizon_blocks(horizon: Horizon, scenarios: Sequence[Scenario] = ()) -> pd.DataFrame:
    """Returns period, block, hours, scenario, probability and base_block, as a plan must have them.

    Each block has its share of every day of the period. With several scenarios it stands once for each of them, named
    `block@scenario`, with the hours that it has there on average.
    """
    futures = [(one.scenario, one.probability) for one in scenarios] or [("expected", 1.0)]
    rows = []
    for period, block, (scenario, chance) in itertools.product(horizon.periods, horizon.blocks, futures):
        name = f"{block.block}@{scenario}" if len(futures) > 1 else block.block
        hours = hours_of(period) * block.hours_per_day / HOURS_PER_DAY
        rows.append((period.period, name, hours * chance, scenario, chance, block.block))
    return pd.DataFrame(rows, columns=["period", "block", "hours", "scenario", "probability", "base_block"])


def hours_of(period: Period) -> float:
    """Returns the length of a period in hours: as given, or its days times 24."""
    if period.start is not None and period.end is not None:
        return (period.end - period.start).days * HOURS_PER_DAY
    return float(period.hours or 0.0)
