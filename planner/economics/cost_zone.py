"""Where to run a setup: the knee of its returns to scale and its cost-effective zone, as intervals.

Operating points are measured at some concurrencies only, so an end of a zone lies between two of them: both are told.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.economics.cost_curve import CostCurve
from planner.errors import Fault, InputError
from planner.units import MS_PER_S

KNEE_ELASTICITY = 0.5
WITHIN_SHARE = 0.10


@dataclass(frozen=True)
class Limits:
    """Latency promises that an operating point has to keep, mean milliseconds; infinity promises nothing."""

    ttft_ms: float = math.inf
    tpot_ms: float = math.inf
    request_ms: float = math.inf


@dataclass(frozen=True)
class CostZone:
    """Knee and cost-effective zone of one setup, in requests in flight; NaN where there is none within the measured range.

    The returns to scale fall under the threshold somewhere in (`knee_low`, `knee_high`]: the hull of the first crossing of
    the elasticities as measured and of their isotonic trend. `knee_high` NaN with `knee_low` known: a point is under the
    threshold but the trend is not, up to the last point measured.
    """

    best_concurrency: float
    """Cheapest point that keeps the promises."""
    best_job_usd: float
    knee_low: float
    knee_high: float
    zone_low: float
    """Least concurrency measured whose cost is within the share of the best and that keeps the promises."""
    zone_high: float
    """Largest such concurrency."""
    zone_outer_low: float
    """Largest concurrency measured below the zone: the zone begins after it; NaN where nothing lower was measured."""
    zone_outer_high: float
    """Least concurrency measured above the zone: the zone ends before it; NaN where nothing higher was measured."""

    def lines(self) -> list[str]:
        """Returns what a person reads of it."""
        if math.isnan(self.best_concurrency):
            return ["no point keeps the promises"]
        return [
            f"cheapest that keeps the promises: {self.best_concurrency:g} in flight, {self.best_job_usd:.4g} usd a job",
            f"cost-effective zone: {zone_text(self)}",
            f"knee: {knee_text(self)}",
        ]


def zone_text(zone: CostZone) -> str:
    """Returns the zone with the neighbours that its ends lie between: `128 to 192 (begins after 96, ends before 256)`."""
    if math.isnan(zone.zone_low):
        return "none"
    inside = f"{zone.zone_low:g}" if zone.zone_low == zone.zone_high else f"{zone.zone_low:g} to {zone.zone_high:g}"
    begins = "" if math.isnan(zone.zone_outer_low) else f"begins after {zone.zone_outer_low:g}"
    ends = "no end measured" if math.isnan(zone.zone_outer_high) else f"ends before {zone.zone_outer_high:g}"
    return f"{inside} ({', '.join(part for part in (begins, ends) if part)})"


def knee_text(zone: CostZone) -> str:
    """Returns the knee as an interval: `(32, 48]`."""
    if math.isnan(zone.knee_low):
        return "not within the measured range"
    if math.isnan(zone.knee_high):
        return f"after {zone.knee_low:g}, not settled within the measured range"
    return f"({zone.knee_low:g}, {zone.knee_high:g}]"


def cost_zone(
    curve: CostCurve, limits: Limits | None = None, within_share: float = WITHIN_SHARE, knee_elasticity: float = KNEE_ELASTICITY
) -> CostZone:
    """Returns knee and zone of a cost curve.

    Parameters
    ----------
    within_share
        A point belongs to the zone where its cost is at most (1 + within_share) x the least cost under the promises.
    knee_elasticity
        Elasticity under which returns to scale count as exhausted.

    Raises
    ------
    InputError
        Where a share or threshold is out of its range, or a promise is made on a latency that was not measured.
    """
    promised = limits or Limits()
    points = curve.points
    _check(points, promised, within_share, knee_elasticity)
    concurrency = points["concurrency"].to_numpy(float)
    cost = points["job_usd"].to_numpy(float)
    keeps = kept(points, promised)
    knee_low, knee_high = knee(concurrency, points["elasticity"].to_numpy(float), points["elasticity_trend"].to_numpy(float),
                               knee_elasticity)  # fmt: skip
    if not keeps.any():
        nothing = [math.nan] * 4
        return CostZone(math.nan, math.nan, knee_low, knee_high, *nothing)
    best = int(np.flatnonzero(keeps)[cost[keeps].argmin()])
    inside = np.flatnonzero(keeps & (cost <= cost[best] * (1 + within_share) * (1 + 1e-12)))
    first, last = int(inside[0]), int(inside[-1])
    return CostZone(
        float(concurrency[best]), float(cost[best]), knee_low, knee_high, float(concurrency[first]), float(concurrency[last]),
        float(concurrency[first - 1]) if first > 0 else math.nan,
        float(concurrency[last + 1]) if last + 1 < len(concurrency) else math.nan,
    )  # fmt: skip


def kept(points: pd.DataFrame, limits: Limits) -> np.ndarray:
    """Says which points keep the promises."""
    seen = {"ttft_ms": points["ttft_ms"], "tpot_ms": points["tpot_ms"], "request_ms": points["request_s"] * MS_PER_S}
    keeps = np.ones(len(points), dtype=bool)
    for name, values in seen.items():
        limit = float(getattr(limits, name))
        if math.isfinite(limit):
            keeps &= values.to_numpy(float) <= limit
    return keeps


def knee(concurrency: np.ndarray, elasticity: np.ndarray, trend: np.ndarray, threshold: float) -> tuple[float, float]:
    """Returns (low, high]: the hull of the first segments in which elasticity and its trend are under the threshold."""
    found = [np.flatnonzero(values < threshold) for values in (elasticity, trend)]
    lows = [float(concurrency[places[0] - 1]) for places in found if len(places)]
    if not lows:
        return math.nan, math.nan
    is_settled = all(len(places) for places in found)
    highs = [float(concurrency[places[0]]) for places in found if len(places)]
    return min(lows), max(highs) if is_settled else math.nan


def _check(points: pd.DataFrame, limits: Limits, within_share: float, knee_elasticity: float) -> None:
    faults = []
    if not 0 <= within_share < math.inf:
        faults.append(Fault("within", "a share >= 0", f"{within_share:g}"))
    if not 0 < knee_elasticity < 1:
        faults.append(Fault("knee elasticity", "a number between 0 and 1", f"{knee_elasticity:g}"))
    for name, column in (("ttft_ms", "ttft_ms"), ("tpot_ms", "tpot_ms"), ("request_ms", "request_s")):
        limit = float(getattr(limits, name))
        if not limit > 0:
            faults.append(Fault(f"limit of {name}", "milliseconds > 0", f"{limit:g}"))
        elif math.isfinite(limit) and points[column].isna().any():
            faults.append(Fault(f"limit of {name}", f"{column} at every operating point", "points without it"))
    if faults:
        raise InputError(faults)
