"""The picture of a speed-cost frontier: every curve in one panel, preferred points labelled, prices in the caption."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from planner.economics.frontier_answer import FrontierAnswer
from planner.economics.pictures import Panel, Picture, Scale, Series
from planner.tables import records

PREFERRED_STYLE = 0
MARKS = 24
"""Points drawn of a curve, evenly spread along it; the table has them all."""


def frontier_picture(answer: FrontierAnswer) -> Picture:
    """Returns the curves of an answer: tokens/s a request across, USD per million output tokens up (logarithmic)."""
    series = [_series(name, frame, style) for style, (name, frame) in enumerate(answer.curves())]
    series.append(_preferred(answer))
    question = answer.question
    what = (
        f"{question.input_tokens:g} input and {question.output_tokens:g} output tokens a request, prefill counted"
        if question.output_tokens
        else f"decoding at {answer.context_tokens:g} tokens of context"
    )
    across = Scale("speed of one request", "tokens/s")
    up = Scale("price of output", "USD per million tokens", is_log=True)
    title = f"Speed against cost: {what} ({question.assumptions})"
    return Picture(title, [Panel(across, up, series)], caption(answer), columns=1)


def caption(answer: FrontierAnswer) -> str:
    """Returns what the curves assume and where their numbers come from."""
    kinds = sorted({str(source).split(";")[0].split(" (")[0] for source in answer.points["source"]})
    prices = "; ".join(f"{name} {price}" for name, price in answer.prices.items())
    assumed = {
        "calibrated": "Speeds by the calibrated roofline, replicas always busy, no promise or queue priced",
        "ideal": "Speeds by the datasheet alone: full bandwidth and arithmetic, no overhead",
        "erdil": "The model of Erdil (2025), arXiv 2506.04645, on its own constants; sizes are real numbers",
    }[answer.question.assumptions]
    return f"{assumed} ({', '.join(kinds)}). Price of an accelerator: {prices}."


def _series(name: str, frame: pd.DataFrame, style: int) -> Series:
    drawn = frame.iloc[curve_marks(frame)]
    notes = [_note(row) for row in records(drawn)]
    x, y = drawn["tok_s_per_request"].tolist(), drawn["usd_per_mtok"].tolist()
    return Series(name, x, y, style, notes=notes)


def _preferred(answer: FrontierAnswer) -> Series:
    """The point of each curve that maximises speed^exponent / price, ringed."""
    frame = answer.points[answer.points["is_preferred"]]
    exponent = answer.question.preference_exponent
    name = f"preferred: most (tokens/s)^{exponent:g} per USD"
    notes = [f"{row['model']} {row['accelerator']} {row['precision']}: {_note(row)}" for row in records(frame)]
    x, y = frame["tok_s_per_request"].tolist(), frame["usd_per_mtok"].tolist()
    return Series(name, x, y, PREFERRED_STYLE, kind="points", notes=notes, is_ringed=True)


def _note(row: Mapping[str, Any]) -> str:
    """How a point is made: accelerators, layout, batch and what bounds it."""
    layout = ", ".join(f"{name} {row[name]:.3g}" for name in ("tp", "pp", "ep"))
    return f"{row['accelerators']:.3g} accelerators ({layout}), batch {row['batch']:.4g}, bound by {row['bound']}"


def curve_marks(frame: pd.DataFrame) -> list[int]:
    """Returns the places of the points worth showing: both ends, the preferred one, the nearest to even steps along it."""
    speed, log_usd = frame["tok_s_per_request"].to_numpy(), np.log(frame["usd_per_mtok"].to_numpy())
    steps = [np.diff(axis) / max(np.ptp(axis), 1e-12) for axis in (speed, log_usd)]
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*steps))])
    nearest = np.abs(along[None, :] - np.linspace(0, along[-1], MARKS)[:, None]).argmin(axis=1)
    return sorted({0, len(frame) - 1, *nearest.tolist(), *np.flatnonzero(frame["is_preferred"]).tolist()})
