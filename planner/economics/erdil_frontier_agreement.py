"""Agreement of recomputed frontiers with reference frontiers of the authors' own search: cost at equal speed.

A folder of reference frontiers holds `frontier_summary.csv`, one row per frontier with its inputs and its key figures,
and one CSV of points per frontier. Cells with exactly as many devices as the weights need (`at_memory_edge`) are
feasible or not by a rounding error, so a frontier may agree with them in or out.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.economics.erdil_agreement import Verdict, relative_differences
from planner.economics.erdil_constants import as_version
from planner.economics.erdil_devices import find_device
from planner.economics.erdil_models import FloatArray, find_model
from planner.economics.erdil_search import (
    Frontier,
    LatencyGrid,
    Question,
    fits_all,
    frontier,
    latency_grid,
    preferred_point,
    speed_at_usd,
    usd_at_speed,
)
from planner.economics.erdil_speculative import Draft
from planner.errors import InputError, PlannerError

FRONTIER_TOLERANCE = 0.03
"""Relative, in cost at equal speed."""
EQUAL_SPEED = 1e-6
"""Relative slack within which two speeds are equal; the reference has ten digits."""
EDGE = 1e-9
"""Relative distance from weights / memory within which a number of devices lies at the memory edge."""
SUMMARY = "frontier_summary.csv"
BUDGETS_USD_PER_MTOK = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
"""Prices at which the summary states the fastest speed."""


@dataclass(frozen=True)
class FrontierVerdict:
    """The verdict on a frontier's points and the worst difference from its row of the summary."""

    points: Verdict
    summary_worst: float
    summary_where: str


def frontier_file(row: Mapping[str, Any]) -> str:
    """Returns the file of a summary row: frontier_v2_<id>.csv, or frontier_<id>.csv where the id names its core."""
    name, core = str(row["id"]), str(row["core"])
    return f"frontier_{name}.csv" if name.startswith(f"{core}_") else f"frontier_{core}_{name}.csv"


def question_of(row: Mapping[str, Any]) -> Question:
    """Returns what a summary row asks for: objects by name, with the precisions and the price it states.

    Raises
    ------
    InputError
        Where a name, a core or the text of `spec` (`DRAFT a=ACCEPTANCE`) is unknown.
    """
    version = as_version(str(row["core"]))
    model = replace(
        find_model(str(row["model"]), version),
        weight_bytes=float(row["w_bytes"]),
        activation_bytes=float(row["act_bytes"]),
    )
    return Question(
        model=model,
        device=find_device(str(row["gpu"]), version),
        context=float(row["input_len"]),
        version=version,
        draft=_draft(row["spec"], version),
        demand_cap_tok_per_s=float(row["demand_cap"]),
        usd_per_gpu_hour=float(row["price"]),
    )


def _draft(text: Any, version: str) -> Draft | None:
    """The draft model and acceptance of a cell such as `Llama_3_8B a=0.8`; an empty cell is plain decoding."""
    if not isinstance(text, str) or not text.strip():
        return None
    name, mark, acceptance = text.partition(" a=")
    if not mark:
        raise InputError.single(f"{SUMMARY}, column spec", "DRAFT a=ACCEPTANCE", repr(text))
    return Draft(find_model(name.strip(), as_version(version)), float(acceptance))


def frontier_verdict(path: Path, row: Mapping[str, Any]) -> FrontierVerdict:
    """Returns how far a reference frontier and its summary row are from the frontier recomputed on the paper's grid."""
    try:
        reference = pd.read_csv(path)
        question = question_of(row)
        grid = latency_grid(question)
        candidates = [_agreement(question, grid, reference, row, keeps_edge) for keeps_edge in (True, False)]
        return min(candidates, key=lambda verdict: (verdict.points.worst, verdict.summary_worst))
    except (KeyError, ValueError, PlannerError) as error:
        problem = f"cannot be compared: {error}"
        return FrontierVerdict(Verdict(path.name, 0, math.inf, "", FRONTIER_TOLERANCE, problem=problem), 0.0, "")


def _agreement(
    question: Question, grid: LatencyGrid, reference: pd.DataFrame, row: Mapping[str, Any], keeps_edge: bool
) -> FrontierVerdict:
    """The agreement with the memory-edge cells in or out; only points away from that edge count."""
    is_edge = _is_at_edge(question, grid.gpus)
    if not keeps_edge:
        grid = replace(grid, latency_s=np.where(is_edge, np.inf, grid.latency_s))
    ours = frontier(question, grid)
    theirs = _reference_frontier(reference)
    forward = relative_differences(theirs.usd_per_mtok, _cost_at_equal_speed(ours, theirs))
    holds = _fits_mismatch(question, reference)
    backward = _backward(theirs, ours)[~_is_at_edge(question, ours.gpus)]
    robust = reference["at_memory_edge"].to_numpy() == 0
    by_row = np.maximum(forward, holds)
    worst = float(max(by_row[robust].max(initial=0.0), backward.max(initial=0.0)))
    edge_worst = float(by_row[~robust].max(initial=0.0))
    verdict = Verdict(
        frontier_file(row),
        len(reference),
        worst,
        _where(by_row, robust, worst),
        FRONTIER_TOLERANCE,
        int((~robust).sum()),
        edge_worst,
    )
    return FrontierVerdict(verdict, *_summary_difference(ours, row))


def _is_at_edge(question: Question, gpus: FloatArray) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    fewest = question.model.weights_bytes / question.device.hbm_bytes
    return np.abs(gpus / fewest - 1) <= EDGE


def _reference_frontier(reference: pd.DataFrame) -> Frontier:
    columns = ("tok_per_s_per_req", "usd_per_mtok", "n_gpu", "batch", "mfu")
    speed, usd, gpus, batch, mfu = (reference[name].to_numpy(dtype=float) for name in columns)
    return Frontier(speed, usd, gpus, batch, mfu, np.ones_like(speed))


def _cost_at_equal_speed(points: Frontier, at: Frontier) -> FloatArray:
    """The least cost of `points` at the speeds of `at`."""
    return usd_at_speed(points, at.tok_s_per_request * (1 - EQUAL_SPEED))


def _backward(theirs: Frontier, ours: Frontier) -> FloatArray:
    """Our points against the reference's cost; beyond its fastest point, by how much we are faster."""
    cost = _cost_at_equal_speed(theirs, ours)
    excess = ours.tok_s_per_request / theirs.tok_s_per_request.max() - 1
    return np.where(np.isinf(cost), excess, np.abs(ours.usd_per_mtok / np.where(np.isinf(cost), 1.0, cost) - 1))


def _fits_mismatch(question: Question, reference: pd.DataFrame) -> FloatArray:
    """Infinite where the reference says otherwise of whether a point holds the KV cache of all its sequences."""
    ours = fits_all(question, reference["n_gpu"].to_numpy(float), reference["batch"].to_numpy(float))
    return np.where(ours == (reference["fits_hbm_full_kv"].to_numpy() != 0), 0.0, np.inf)


def _where(by_row: FloatArray, robust: "np.ndarray[Any, np.dtype[np.bool_]]", worst: float) -> str:
    rows = np.flatnonzero(robust & (by_row == worst))
    return f"row {int(rows[0]) + 1}" if len(rows) else "a recomputed point"


def _summary_difference(ours: Frontier, row: Mapping[str, Any]) -> tuple[float, str]:
    """The worst relative difference among the speeds and prices of a summary row, and its column."""
    preferred = preferred_point(ours, float(row["pref_alpha"]))
    figures = {
        "max_tok_s": float(ours.tok_s_per_request.max()),
        "min_usd": float(ours.usd_per_mtok.min()),
        "pref_tok_s": float(ours.tok_s_per_request[preferred]),
        "pref_usd": float(ours.usd_per_mtok[preferred]),
        **{f"tok_s_at_{usd:g}usd": speed_at_usd(ours, usd) for usd in BUDGETS_USD_PER_MTOK},
    }
    differences = {
        name: float(relative_differences(np.asarray(_stated(row[name])), np.asarray(figure)))
        for name, figure in figures.items()
        if name in row
    }
    name = max(differences, key=lambda column: differences[column])
    return differences[name], f"{row['id']}, {name}"


def _stated(cell: Any) -> float:
    """The number in a cell; NaN where it is empty."""
    return math.nan if cell is None or not str(cell).strip() else float(cell)
