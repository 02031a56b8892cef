"""Pictures of the production frontier: cost, completion time and elasticity against concurrency; quality against cost."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from planner.economics.pictures import Panel, Picture, Scale, Series, Zone
from planner.economics.production import Production, SetupEconomics
from planner.tables import records

if TYPE_CHECKING:
    import pandas as pd

ZONES_MAX = 2
"""Setups whose zones are shaded; more would lie on one another."""
GREY = 9
RING = "cost-effective zone within the promises"


def production_picture(found: Production, title: str, caption: str) -> Picture:
    """Returns the picture of an answer; the quality panel is there where at least one setup has a score."""
    job = f"job of {found.question.job_requests:,.0f} requests"
    panels = [
        curve_panel(found, "job_usd", Scale(f"cost of a {job}", "usd", is_log=True), "Average cost", True),
        curve_panel(found, "completion_s", Scale(f"completion time of a {job}", "s", is_log=True), "Completion time"),
        elasticity_panel(found),
    ]
    if not found.quality.empty:
        panels.append(quality_panel(found))
    return Picture(title, panels, caption)


def curve_panel(found: Production, column: str, scale: Scale, title: str, is_zoned: bool = False) -> Panel:
    """Returns one quantity against concurrency, a line a setup; zones are shaded where few setups are shown."""
    series = []
    for style, one in enumerate(found.setups):
        points = one.curve.points
        is_ranged = column == "job_usd" and bool((points["job_usd_high"] > points["job_usd_low"] * 1.0001).any())
        low, high = (tuple(points[f"{column}_{end}"]) if is_ranged else () for end in ("low", "high"))
        series.append(Series(one.curve.setup, tuple(points["concurrency"]), tuple(points[column]), style, "line",
                             tuple(map(_note, records(points))), (), low, high))  # fmt: skip
    if is_zoned:
        series += [_rings(one, column) for one in found.setups if math.isfinite(one.zone.zone_low)]
    zones = [_zone(style, one) for style, one in enumerate(found.setups) if math.isfinite(one.zone.zone_low)]
    shown = zones if is_zoned and len(found.setups) <= ZONES_MAX else []
    return Panel(_slots(), scale, series, shown, title)


def elasticity_panel(found: Production) -> Panel:
    """Returns the isotonic trend of elasticity as a line and what was measured as points, with the threshold."""
    series, threshold = [], found.question.knee_elasticity
    ends = [value for one in found.setups for value in one.curve.points["concurrency"]]
    for style, one in enumerate(found.setups):
        points = one.curve.points.iloc[1:]
        slots, name = tuple(points["concurrency"]), one.curve.setup
        series.append(Series(name, slots, tuple(points["elasticity"]), style, "points"))
        series.append(Series(name, slots, tuple(points["elasticity_trend"]), style, "rule"))
    series.append(Series(f"threshold {threshold:g}", (min(ends), max(ends)), (threshold, threshold), GREY, "rule"))
    return Panel(_slots(), Scale("scale elasticity d ln(requests/s) / d ln(in flight)"), series, (), "Returns to scale")


def quality_panel(found: Production) -> Panel:
    """Returns quality against cost at each setup's best point, the frontier as a step, the near-optimal zone shaded."""
    table = found.quality
    leaders = table[table["is_on_frontier"]].sort_values("job_usd", kind="stable")
    series = [
        Series("frontier", *_stairs(leaders["job_usd"], leaders["score"]), GREY, "rule"),
        Series("on the frontier", tuple(leaders["job_usd"]), tuple(leaders["score"]), 0, "points",
               tuple(leaders["setup"]), tuple(leaders["model"])),
    ]  # fmt: skip
    others = table[~table["is_on_frontier"]]
    for style, (model, mine) in enumerate(others.groupby("model", sort=False), start=1):
        series.append(Series(f"{model}, dominated", tuple(mine["job_usd"]), tuple(mine["score"]), style, "points",
                             tuple(mine["setup"])))  # fmt: skip
    zones = []
    if found.near is not None and math.isfinite(found.near.best_usd[1]):
        low, high = found.near.best_usd[0], found.near.best_usd[1] * (1 + found.question.within_share)
        zones.append(Zone(f"within {found.question.within_share:.0%} of the least cost", low, high))
    cost, quality = Scale("cost of the job", "usd", is_log=True), Scale("quality score", "points")
    return Panel(cost, quality, series, zones, "Quality and cost")


def _stairs(costs: "pd.Series[float]", scores: "pd.Series[float]") -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Returns the corners of a frontier: flat to the next cost, then up to its score."""
    x, y = list(map(float, costs)), list(map(float, scores))
    return tuple(value for one in x for value in (one, one))[1:], tuple(value for one in y for value in (one, one))[:-1]


def _slots() -> Scale:
    return Scale("requests in flight", is_log=True)


def _rings(one: SetupEconomics, column: str) -> Series:
    """Returns rings on the measured loads of a setup's cost-effective zone."""
    points = one.curve.points
    inside = points[(points["concurrency"] >= one.zone.zone_low) & (points["concurrency"] <= one.zone.zone_high)]
    return Series(RING, tuple(inside["concurrency"]), tuple(inside[column]), 0, "points", is_ringed=True)


def _zone(style: int, one: SetupEconomics) -> Zone:
    """Returns the zone as a band a little wider than its measured ends, so that a zone of one point is seen."""
    return Zone(f"zone, {one.model}", one.zone.zone_low / 1.05, one.zone.zone_high * 1.05, style=style)


def _note(row: Mapping[str, Any]) -> str:
    """Returns what is read when a point is pointed at."""
    shown = {"ttft_ms": "TTFT {:.0f} ms", "tpot_ms": "TPOT {:.1f} ms", "requests_per_s": "{:.3g} requests/s"}
    return ", ".join(text.format(row[name]) for name, text in shown.items() if row[name] is not None)
