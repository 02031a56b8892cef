"""The production frontier of measured setups: cost curves, zones, and the cost-quality frontier at their best points.

After "Beyond Benchmarks: The Economics of AI Inference" (arXiv 2510.26136, 2025), with what its reviewers missed: ranges of
repeated runs, latency promises inside the optimum, and zones as intervals.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from planner.economics.cost_curve import CostCurve, cost_curve
from planner.economics.cost_zone import KNEE_ELASTICITY, WITHIN_SHARE, CostZone, Limits, cost_zone, knee_text, zone_text
from planner.economics.hourly_cost import utilisation_warnings
from planner.economics.quality_frontier import NearOptimal, near_optimal, on_frontier
from planner.errors import Fault, InputError
from planner.tables import records

DEVIATION_MAX = 0.5
"""Distance of a cost curve from its falling fit, against its spread, beyond which it is warned of."""


@dataclass(frozen=True)
class Question:
    """What is asked of measured setups.

    `priced_share` is the utilisation inside the hourly prices (1 where they have none), `derated_share` the share of the
    measured throughput that is counted on; both below 1 count idle hours twice and are warned of.
    """

    job_requests: float = 1000.0
    limits: Limits = field(default_factory=Limits)
    within_share: float = WITHIN_SHARE
    knee_elasticity: float = KNEE_ELASTICITY
    derated_share: float = 1.0
    priced_share: float = 1.0
    score_min: float = -math.inf


@dataclass(frozen=True)
class SetupEconomics:
    """Curve and zone of one setup; the score is NaN where none is known."""

    model: str
    score: float
    source: str
    throughput_from: str
    curve: CostCurve
    zone: CostZone


@dataclass(frozen=True, eq=False)
class Production:
    """Answer of `production`: setups in the order read, the cost-quality table, and what to know before using it.

    `quality` has the setups with a score and a point that keeps the promises: setup, model, score, job_usd, job_usd_low,
    job_usd_high, is_on_frontier, near_optimal.
    """

    question: Question
    setups: tuple[SetupEconomics, ...]
    quality: pd.DataFrame
    near: NearOptimal | None
    prices: Mapping[str, str]
    warnings: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """Returns one row a setup for people."""
        rows = [
            {
                "setup": one.curve.setup, "usd_per_hour": one.curve.usd_per_hour, "points": len(one.curve.points),
                "best_concurrency": one.zone.best_concurrency, "job_usd": one.zone.best_job_usd,
                "zone": zone_text(one.zone), "knee": knee_text(one.zone),
                "saturation": one.curve.saturation_concurrency, "score": one.score, "source": one.source,
            }
            for one in self.setups
        ]  # fmt: skip
        return pd.DataFrame(rows)

    def record(self) -> dict[str, Any]:
        """Returns everything for JSON."""
        names = [
            "best_concurrency", "best_job_usd", "knee_low", "knee_high", "zone_low", "zone_high", "zone_outer_low",
            "zone_outer_high",
        ]  # fmt: skip
        setups = [
            {
                "setup": one.curve.setup, "model": one.model, "usd_per_hour": one.curve.usd_per_hour, "score": one.score,
                "source": one.source, "throughput_from": one.throughput_from,
                **{name: getattr(one.zone, name) for name in names},
                "saturation_concurrency": one.curve.saturation_concurrency,
                "cost_falls": one.curve.cost_trend.is_falling,
                "cost_trend_deviation_share": one.curve.cost_trend.deviation_share,
                "elasticity_falls": one.curve.elasticity_trend.is_falling,
                "elasticity_trend_deviation_share": one.curve.elasticity_trend.deviation_share,
                "points": records(one.curve.points),
            }
            for one in self.setups
        ]  # fmt: skip
        near = self.near
        zone = None if near is None else {
            "best_usd": near.best_usd, "cost_width_usd": near.cost_width_usd, "score_width": near.score_width,
            "score_min": self.question.score_min,
        }  # fmt: skip
        return {
            "job_requests": self.question.job_requests, "prices": dict(self.prices), "setups": setups,
            "quality": records(self.quality), "near_optimal": zone, "warnings": list(self.warnings),
        }  # fmt: skip


def production(
    points: pd.DataFrame,
    usd_per_hour: Mapping[str, float],
    question: Question | None = None,
    scores: Mapping[str, float] | None = None,
    price_notes: Mapping[str, str] | None = None,
) -> Production:
    """Returns the economics of operating points (`operating_points`).

    Parameters
    ----------
    usd_per_hour
        Price of one accelerator by its name; a setup's own `usd_per_hour` goes first.
    scores
        Quality by model; a setup's own `score` goes first.
    price_notes
        Where each price comes from, told with the answer.

    Raises
    ------
    InputError
        Where a setup has no price, and what its curve or its zone refuses.
    """
    asked = question or Question()
    grouped = {str(name): rows for name, rows in points.groupby("setup", sort=False)}
    prices = {name: _setup_price(rows, usd_per_hour) for name, rows in grouped.items()}
    lacking = sorted({str(grouped[name]["accelerator"].iloc[0]) for name, price in prices.items() if price is None})
    if lacking:
        raise InputError([Fault(f"price of {name}", "usd per hour of one accelerator", "none") for name in lacking])
    setups = tuple(_setup(rows, float(prices[name] or 0.0), asked, scores or {}) for name, rows in grouped.items())
    quality, near = _quality(setups, asked)
    warnings = [*utilisation_warnings(asked.priced_share, asked.derated_share), *_trend_warnings(setups)]
    notes = price_notes if price_notes is not None else {name: f"{price:g} usd/h" for name, price in usd_per_hour.items()}
    return Production(asked, setups, quality, near, notes, tuple(warnings))


def _setup_price(rows: pd.DataFrame, usd_per_hour: Mapping[str, float]) -> float | None:
    """Returns the hourly price of a whole setup: its own, else that of its accelerators together, else None."""
    first = rows.iloc[0]
    if pd.notna(first["usd_per_hour"]):
        return float(first["usd_per_hour"])
    one = usd_per_hour.get(str(first["accelerator"]))
    return None if one is None else one * float(first["accelerators"])


def _setup(rows: pd.DataFrame, price: float, asked: Question, scores: Mapping[str, float]) -> SetupEconomics:
    curve = cost_curve(rows, price, asked.job_requests, asked.derated_share)
    first = rows.iloc[0]
    score = float(first["score"]) if pd.notna(first["score"]) else scores.get(str(first["model"]), math.nan)
    zone = cost_zone(curve, asked.limits, asked.within_share, asked.knee_elasticity)
    told = [" and ".join(dict.fromkeys(map(str, rows[name]))) for name in ("source", "throughput_from")]
    return SetupEconomics(str(first["model"]), score, told[0], told[1], curve, zone)


QUALITY_COLUMNS = ("setup", "model", "score", "job_usd", "job_usd_low", "job_usd_high", "is_on_frontier", "near_optimal")


def _quality(setups: tuple[SetupEconomics, ...], asked: Question) -> tuple[pd.DataFrame, NearOptimal | None]:
    rows = []
    for one in setups:
        if math.isfinite(one.score) and math.isfinite(one.zone.best_concurrency):
            best = one.curve.points[one.curve.points["concurrency"] == one.zone.best_concurrency]
            told = {name: float(best[name].iloc[0]) for name in ("job_usd", "job_usd_low", "job_usd_high")}
            rows.append({"setup": one.curve.setup, "model": one.model, "score": one.score, **told})
    frame = pd.DataFrame(rows, columns=list(QUALITY_COLUMNS[:-2]))
    if frame.empty:
        return frame.assign(is_on_frontier=[], near_optimal=[]), None
    costs, scores = frame["job_usd"].to_numpy(float), frame["score"].to_numpy(float)
    near = near_optimal(frame["job_usd_high"].to_numpy(float), scores, asked.score_min, asked.within_share,
                        frame["job_usd_low"].to_numpy(float))  # fmt: skip
    return frame.assign(is_on_frontier=on_frontier(costs, scores), near_optimal=list(near.verdicts)), near


def _trend_warnings(setups: tuple[SetupEconomics, ...]) -> list[str]:
    """Returns a warning for each setup whose points contradict a falling cost."""
    return [
        f"{one.curve.setup}: cost does not fall steadily with concurrency up to its saturation; look at the measurements"
        for one in setups
        if not one.curve.cost_trend.is_falling or one.curve.cost_trend.deviation_share > DEVIATION_MAX
    ]
