r"""Average cost, saving of one more slot, and scale elasticity against concurrency.

For a setup of `usd_per_hour` that completes r(c) requests/s with c requests in flight, a job of N requests costs

.. math::  AC(c) = usd/h \cdot N / (3600\, r(c)),\quad
   s_i = \frac{AC(c_{i-1}) - AC(c_i)}{c_i - c_{i-1}},\quad
   \varepsilon_i = \frac{\ln r(c_i) - \ln r(c_{i-1})}{\ln c_i - \ln c_{i-1}}

A marginal saving that falls is diminishing marginal cost; an elasticity that falls is diminishing returns to scale.
Measured curves are not smooth, so trends are judged by isotonic regression, never by strict monotonicity.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from planner.errors import Fault, InputError
from planner.units import REQUESTS_PER_THOUSAND, SECONDS_PER_HOUR, TOKENS_PER_MTOK

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Trend:
    """The best falling fit to a sequence and how far the sequence is from it.

    `deviation_share` is the root mean square distance over the root mean square spread about the mean: 0 falls
    everywhere, 1 is no better than a constant. `is_falling`: the falling fit is nearer than the best rising one.
    """

    fit: Floats
    deviation_share: float
    is_falling: bool


@dataclass(frozen=True, eq=False)
class CostCurve:
    """Costs of one setup by concurrency: a row of `points` an operating point.

    Columns: concurrency, requests_per_s, ttft_ms, tpot_ms, request_s, completion_s (of the job), job_usd, job_usd_low,
    job_usd_high (by the range of repeated runs), usd_per_1k_requests, usd_per_mtok_output, saving_usd_per_slot,
    elasticity, elasticity_trend; the last three are NaN in the first row.
    """

    setup: str
    usd_per_hour: float
    job_requests: float
    points: pd.DataFrame
    cost_trend: Trend
    """Of job_usd, up to the saturation."""
    elasticity_trend: Trend

    @property
    def saturation_concurrency(self) -> float:
        """Concurrency of the largest throughput; more concurrency than this only waits."""
        return float(self.points["concurrency"].iloc[int(self.points["requests_per_s"].to_numpy().argmax())])


def cost_curve(points: pd.DataFrame, usd_per_hour: float, job_requests: float = 1000.0, derated_share: float = 1.0) -> CostCurve:
    """Returns the costs of one setup's operating points (`operating_points`), cheapest hour first.

    Parameters
    ----------
    usd_per_hour
        Of all accelerators of the setup together.
    job_requests
        Requests of the job whose cost is told.
    derated_share
        Share (0..1] of the measured throughput that is counted on.

    Raises
    ------
    InputError
        Where the points are of more than one setup, or a number is out of its range.
    """
    _check(points, usd_per_hour, job_requests, derated_share)
    some = points.sort_values("concurrency", kind="stable").reset_index(drop=True)
    concurrency, rate = some["concurrency"].to_numpy(float), some["requests_per_s"].to_numpy(float) * derated_share
    cost = job_cost_usd(usd_per_hour, job_requests, rate)
    elasticity = scale_elasticity(concurrency, rate)
    trend = falling_trend(elasticity[1:], np.diff(np.log(concurrency)))
    ends = {f"job_usd_{end}": job_cost_usd(usd_per_hour, job_requests, some[f"requests_per_s_{other}"].to_numpy(float)
            * derated_share) for end, other in (("low", "high"), ("high", "low"))}  # fmt: skip
    table = some[["concurrency", "ttft_ms", "tpot_ms", "request_s"]].assign(
        requests_per_s=rate, completion_s=job_requests / rate, job_usd=cost, **ends,
        usd_per_1k_requests=cost / job_requests * REQUESTS_PER_THOUSAND,
        usd_per_mtok_output=cost / (job_requests * some["output_tokens_mean"]) * TOKENS_PER_MTOK,
        saving_usd_per_slot=marginal_saving(concurrency, cost), elasticity=elasticity,
        elasticity_trend=np.concatenate(([np.nan], trend.fit)) if len(some) > 1 else [np.nan],
    )  # fmt: skip
    upto = int(rate.argmax()) + 1
    return CostCurve(str(some["setup"].iloc[0]), usd_per_hour, job_requests, table, falling_trend(cost[:upto]), trend)


def _check(points: pd.DataFrame, usd_per_hour: float, job_requests: float, derated_share: float) -> None:
    setups = [str(name) for name in pd.unique(points["setup"])]
    rules = [
        (len(setups) == 1, "cost curve", "the points of one setup", ", ".join(setups) or "none"),
        (usd_per_hour > 0, "usd_per_hour", "a price > 0 usd/h", f"{usd_per_hour:g}"),
        (job_requests > 0, "job_requests", "a number of requests > 0", f"{job_requests:g}"),
        (0 < derated_share <= 1, "derated_share", "a share above 0 and at most 1", f"{derated_share:g}"),
    ]
    faults = [Fault(where, expected, found) for is_kept, where, expected, found in rules if not is_kept]
    if faults:
        raise InputError(faults)


def job_cost_usd(usd_per_hour: float, job_requests: float, requests_per_s: Floats) -> Floats:
    """Returns what a job of so many requests costs at each throughput."""
    return np.asarray(usd_per_hour * job_requests / (SECONDS_PER_HOUR * requests_per_s), dtype=np.float64)


def marginal_saving(concurrency: Floats, job_usd: Floats) -> Floats:
    """Returns what one more slot saves on the way to each point, usd a slot; NaN at the first."""
    return np.concatenate(([np.nan], -np.diff(job_usd) / np.diff(concurrency)))


def scale_elasticity(concurrency: Floats, requests_per_s: Floats) -> Floats:
    """Returns d ln(requests/s) / d ln(concurrency) on the way to each point; NaN at the first.

    >>> scale_elasticity(np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 2.0])).tolist()
    [nan, 1.0, 0.0]
    """
    return np.concatenate(([np.nan], np.diff(np.log(requests_per_s)) / np.diff(np.log(concurrency))))


def falling_trend(values: Sequence[float] | Floats, weights: Sequence[float] | Floats | None = None) -> Trend:
    """Returns the non-increasing sequence nearest to `values` in (weighted) least squares, and how near it is."""
    seen = np.asarray(values, dtype=np.float64)
    if len(seen) == 0:
        return Trend(seen, 0.0, True)
    weight = np.ones_like(seen) if weights is None else np.asarray(weights, dtype=np.float64)
    fall = np.asarray(isotonic_regression(seen, weights=weight, increasing=False).x, dtype=np.float64)
    rise = np.asarray(isotonic_regression(seen, weights=weight, increasing=True).x, dtype=np.float64)
    miss, other = (float((weight * (fit - seen) ** 2).sum()) for fit in (fall, rise))
    spread = float((weight * (seen - np.average(seen, weights=weight)) ** 2).sum())
    return Trend(fall, float(np.sqrt(miss / spread)) if spread > 0 else 0.0, miss <= other)
