"""The answer of `planner frontier`: one curve a model, precision and accelerator, with prices named, as tables."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from planner.economics.frontier import (
    DRAFTED_MAX,
    PREFERENCE_EXPONENT,
    UNBOUNDED,
    Load,
    operating_points,
    pareto,
    preferred_place,
)
from planner.economics.frontier_layouts import layout_rows
from planner.economics.frontier_prices import HourlyPrice, hourly_prices
from planner.errors import Fault, InputError, UnsatisfiableError
from planner.inputs.catalog import Catalog
from planner.inputs.models import LanguageModel
from planner.options.calibrated import Calibration, load_calibration
from planner.roofline.candidates import from_rows
from planner.roofline.speculation import Speculation
from planner.roofline.steps import BOUNDS

Assumptions = Literal["calibrated", "ideal", "erdil"]
COLUMNS = (
    "model", "accelerator", "precision", "tok_s_per_request", "usd_per_mtok", "batch", "accelerators", "tp", "pp", "ep",
    "bound", "source",
)  # fmt: skip
"""Columns of the points, in order."""
MORE_COLUMNS = (
    "usd_per_mtok_input", "usd_per_mtok_output", "drafted_tokens", "usd_per_accelerator_hour", "offer", "price_date",
    "is_preferred",
)  # fmt: skip
"""Columns that a wide table adds."""
CURVE_KEY = ["model", "accelerator", "precision"]
DEFAULT_CONTEXT_TOKENS = 1024.0


def as_assumptions(text: str) -> Assumptions:
    """Returns the assumptions named by a text; raises InputError for any but calibrated, ideal and erdil."""
    known: dict[str, Assumptions] = {"calibrated": "calibrated", "ideal": "ideal", "erdil": "erdil"}
    if text not in known:
        raise InputError.single("--assumptions", f"one of {', '.join(known)}", repr(text))
    return known[text]


@dataclass(frozen=True)
class FrontierQuestion:
    """What `planner frontier` is asked; names are those of the catalog or aliases, None leaves a choice to the model.

    `context_tokens` None: half-way through a request where lengths are given, else DEFAULT_CONTEXT_TOKENS (0, as the
    paper's own figures, under `erdil`). `precision` None: the weights as published.
    """

    models: tuple[str, ...]
    accelerators: tuple[str, ...]
    precisions: tuple[str, ...] = ()
    context_tokens: float | None = None
    input_tokens: float = 0.0
    output_tokens: float = 0.0
    usd_per_hour: Mapping[str, float] | None = None
    assumptions: Assumptions = "calibrated"
    demand_cap_tok_per_s: float = math.inf
    draft: str | None = None
    acceptance: float = 0.8
    preference_exponent: float = PREFERENCE_EXPONENT


@dataclass(frozen=True, eq=False)
class FrontierAnswer:
    """The points of all curves (COLUMNS and MORE_COLUMNS), what was assumed, and the curves that cannot be."""

    points: pd.DataFrame
    context_tokens: float
    prices: Mapping[str, HourlyPrice]
    refused: tuple[Fault, ...]
    question: FrontierQuestion

    def curves(self) -> list[tuple[str, pd.DataFrame]]:
        """Returns (name, points) of each curve, cheapest point first."""
        groups = self.points.groupby(CURVE_KEY, sort=False)
        return [(" ".join(str(part) for part in key), frame) for key, frame in groups]

    def summary(self) -> pd.DataFrame:
        """Returns one row a curve: its cheapest, preferred and fastest point, the price of an hour and who asks it."""
        rows = []
        for _, frame in self.curves():
            cheap, fast = frame.iloc[0], frame.iloc[-1]
            best = frame[frame["is_preferred"]].iloc[0]
            rows.append(
                {
                    **{name: cheap[name] for name in CURVE_KEY},
                    "cheapest_usd_per_mtok": cheap["usd_per_mtok"], "cheapest_tok_s": cheap["tok_s_per_request"],
                    "preferred_usd_per_mtok": best["usd_per_mtok"], "preferred_tok_s": best["tok_s_per_request"],
                    "fastest_usd_per_mtok": fast["usd_per_mtok"], "fastest_tok_s": fast["tok_s_per_request"],
                    "input_usd_per_mtok": frame["usd_per_mtok_input"].min(),
                    "usd_per_accelerator_hour": cheap["usd_per_accelerator_hour"],
                    "offer": cheap["offer"], "price_date": cheap["price_date"],
                }
            )  # fmt: skip
        return pd.DataFrame(rows)


def answer(question: FrontierQuestion, catalog: Catalog, calibration: Calibration | None = None) -> FrontierAnswer:
    """Returns the speed-cost frontier of every model on every accelerator asked for, by our own core.

    Raises
    ------
    InputError
        Unknown names, lengths or prices that make no sense, an accelerator without a price.
    UnsatisfiableError
        Where no model fits on any accelerator.
    """
    faults = question_faults(question)
    if faults:
        raise InputError(faults)
    accelerators = resolved(catalog, "accelerator", question.accelerators)
    models = [catalog.models[name] for name in resolved(catalog, "model", question.models)]
    prices = hourly_prices(catalog, accelerators, given_prices(question, catalog))
    known = calibration if calibration is not None else load_calibration()
    context = default_context(question)
    tables, refused = [], []
    for model in models:
        load = _load(question, context, model, catalog)
        for name in question.precisions or (model.native_precision,):
            for accelerator in accelerators:
                found = _curve(question, load, model, name, accelerator, prices[accelerator], catalog, known)
                if isinstance(found, Fault):
                    refused.append(found)
                else:
                    tables.append(found)
    if not tables:
        raise UnsatisfiableError(refused)
    return FrontierAnswer(pd.concat(tables, ignore_index=True), context, prices, tuple(refused), question)


def question_faults(question: FrontierQuestion) -> list[Fault]:
    """Returns everything that makes no sense in a question, whatever the catalog."""
    faults = []
    if not question.models:
        faults.append(Fault("--model", "one model at least", "none"))
    if not question.accelerators:
        faults.append(Fault("--accelerator", "one accelerator at least", "none"))
    if (question.output_tokens > 0) != (question.input_tokens > 0):
        faults.append(Fault("--input-tokens and --output-tokens", "both or neither", "one of them"))
    if question.context_tokens is not None and question.output_tokens > 0:
        faults.append(Fault("--context", "not beside --input-tokens, which set it", f"{question.context_tokens:g}"))
    if not 0 <= question.acceptance < 1:
        faults.append(Fault("--acceptance", "a share from 0 to below 1", f"{question.acceptance:g}"))
    for name, usd in (question.usd_per_hour or {}).items():
        if not (math.isfinite(usd) and usd > 0):
            faults.append(Fault(f"--usd-per-hour {name}", "a price above 0", f"{usd:g}"))
    return faults


def resolved(catalog: Catalog, kind: str, names: Sequence[str]) -> list[str]:
    """Returns the canonical names, each once, in the order given."""
    return list(dict.fromkeys(catalog.resolve(kind, name) for name in names))


def given_prices(question: FrontierQuestion, catalog: Catalog) -> dict[str, float]:
    """Returns the prices of the question by canonical accelerator."""
    return {catalog.resolve("accelerator", name): usd for name, usd in (question.usd_per_hour or {}).items()}


def default_context(question: FrontierQuestion) -> float:
    """Returns the context tokens that every sequence is taken to have."""
    if question.context_tokens is not None:
        return question.context_tokens
    return question.input_tokens + question.output_tokens / 2 if question.output_tokens else DEFAULT_CONTEXT_TOKENS


def _load(question: FrontierQuestion, context: float, model: LanguageModel, catalog: Catalog) -> Load:
    draft = None
    if question.draft is not None:
        small = catalog.models[catalog.resolve("model", question.draft)]
        share = small.params_active_billion / model.params_active_billion
        draft = Speculation(DRAFTED_MAX, question.acceptance, share)
    return Load(context, question.input_tokens, question.output_tokens, question.demand_cap_tok_per_s, draft)


def _curve(
    question: FrontierQuestion, load: Load, model: LanguageModel, precision_name: str, accelerator: str,
    price: HourlyPrice, catalog: Catalog, known: Calibration,
) -> pd.DataFrame | Fault:  # fmt: skip
    """One curve, or why it cannot be."""
    precision = catalog.precisions[catalog.resolve_precision(precision_name, accelerator)]
    where = f"{model.model}@{precision.precision} on {accelerator}"
    rows = layout_rows(catalog, model, precision, accelerator)
    if not rows:
        return Fault(where, f"an accelerator that runs {precision.precision}", "no such arithmetic in the catalog")
    candidates = from_rows(rows)
    is_ideal = question.assumptions == "ideal"
    efficiencies = UNBOUNDED if is_ideal else known.efficiencies(candidates)
    points = operating_points(candidates, efficiencies, load, price.usd_per_hour)
    if not len(points):
        return Fault(where, f"a layout that holds the weights and {load.peak_tokens:g} tokens of a sequence", _why(load))
    points = pareto(points)
    kind = "modelled" if is_ideal else known.source(accelerator)
    best = preferred_place(points.tok_s_per_request, points.usd_per_mtok, question.preference_exponent)
    chosen = [rows[place] for place in points.place]
    layout = {name: [getattr(row, name) for row in chosen] for name in ("tp", "pp", "ep", "dp")}
    values: dict[str, Any] = {
        "model": model.model, "accelerator": accelerator, "precision": precision.precision,
        "tok_s_per_request": points.tok_s_per_request, "usd_per_mtok": points.usd_per_mtok, "batch": points.batch.astype(int),
        "accelerators": np.prod([layout["tp"], layout["pp"], layout["dp"]], axis=0),
        "tp": layout["tp"], "pp": layout["pp"], "ep": layout["ep"],
        "bound": np.array(BOUNDS)[points.bound], "source": source_text(kind, price),
        "usd_per_mtok_input": points.usd_per_mtok_input, "usd_per_mtok_output": points.usd_per_mtok_output,
        "drafted_tokens": points.drafted, "usd_per_accelerator_hour": price.usd_per_hour, "offer": price.offer,
        "price_date": price.price_date, "is_preferred": np.arange(len(points)) == best,
    }  # fmt: skip
    return pd.DataFrame(values)


def _why(load: Load) -> str:
    capped = f", at most {load.demand_cap_tok_per_s:g} tokens/s a replica" if math.isfinite(load.demand_cap_tok_per_s) else ""
    return f"none up to 4 nodes{capped}"


def source_text(kind: str, price: HourlyPrice) -> str:
    """Returns the source of a point: where its speed comes from, then the price and who asks it."""
    return f"{kind}; {price}"
