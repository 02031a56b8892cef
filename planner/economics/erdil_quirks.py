"""Which quirk of the paper's model moves what: the frontier searched again with one quirk set right or taken away.

Numbers of quirks are those of docs/erdil.md. Every search is on the paper's grid; `step` takes each n-th row and column.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from planner.economics.erdil_discrete import discrete_frontier
from planner.economics.erdil_latency import (
    Layout,
    Workload,
    fits_all_sequences,
    kernel_s,
    network_parts,
    roofline_parts,
)
from planner.economics.erdil_layouts import best_layouts
from planner.economics.erdil_models import FloatArray
from planner.economics.erdil_search import (
    Frontier,
    LatencyGrid,
    Question,
    batch_axis,
    frontier,
    gpu_axis,
    latency_grid,
    preferred_point,
    usd_at_speed,
)

USABLE_SHARE = 0.9
"""Share of memory that engines leave to weights and cache (their usual default)."""
LAUNCHES_MORE = 3.0
"""Twelve launches a layer for the paper's four: real layers launch 8 to 15 kernels."""
WIDE_NODE = 72
Regrid = Callable[[Question, LatencyGrid], LatencyGrid]


@dataclass(frozen=True)
class Change:
    """One quirk set right: `question` changes constants, `grid` the search; `quirk` is its number in docs/erdil.md."""

    quirk: str
    name: str
    question: Callable[[Question], Question] = lambda question: question
    grid: Regrid = lambda question, grid: grid


def _device(**values: float) -> Callable[[Question], Question]:
    def changed(question: Question) -> Question:
        return replace(question, device=replace(question.device, **values))  # type: ignore[arg-type]

    return changed


def _usable(question: Question) -> Question:
    return replace(question, device=replace(question.device, hbm_bytes=USABLE_SHARE * question.device.hbm_bytes))


def _launches(factor: float) -> Callable[[Question], Question]:
    def changed(question: Question) -> Question:
        return replace(question, device=replace(question.device, kernel_launch_s=factor * question.device.kernel_launch_s))

    return changed


def _activation_rate(question: Question) -> Question:
    """8- and 4-bit weights computed at the 16-bit rate of their activations."""
    peak = question.device.peak_16bit_flop_per_s
    return replace(question, device=replace(question.device, peak_8bit_flop_per_s=peak, peak_4bit_flop_per_s=peak))


def _released_heads(question: Question) -> Question:
    """Eight KV heads, as the released Llama 3 405B has; other models as they are."""
    model = question.model
    return replace(question, model=replace(model, group_size=16)) if model.model.startswith("Llama_3_405B") else question


def _all_layers(question: Question) -> Question:
    """61 layers for DeepSeek-V3, as released; other models as they are."""
    return replace(question, model=replace(question.model, layers=61)) if question.model.has_latent_attention else question


def _whole_cache(question: Question, grid: LatencyGrid) -> LatencyGrid:
    """Only cells that hold the cache of all their sequences."""
    load = Workload(grid.gpus[None, :], grid.batch[:, None], question.context)
    fits = fits_all_sequences(question.model, question.device, load)
    return replace(grid, latency_s=np.where(fits, grid.latency_s, np.inf))


def _powers_of_two(question: Question, grid: LatencyGrid) -> LatencyGrid:
    """Powers of two of devices, sequences, stages and shrinks only."""
    found = discrete_frontier(question.model, question.device, question.context)
    gpus, batch = np.unique(found.gpus), np.unique(found.batch)
    latency = found.latency_s.reshape(len(gpus), len(batch)).T
    return LatencyGrid(gpus, batch, latency, np.ones_like(latency))


CHANGES = (
    Change("", "as the paper has it"),
    Change("1", "405B with its 8 KV heads", _released_heads),
    Change("2", "DeepSeek-V3 with its 61 layers", _all_layers),
    Change("5", "cache of all sequences charged", grid=_whole_cache),
    Change("6", "90 % of memory usable", _usable),
    Change("8", "powers of two only", grid=_powers_of_two),
    Change("13", "low-bit weights at the 16-bit rate", _activation_rate),
    Change("15", "collectives without base latency", _device(ll_base_s=0.0, ll128_base_s=0.0)),
    Change("15", "a node of 72", _device(node_size=WIDE_NODE)),
    Change("16", "no launch latency", _launches(0.0)),
    Change("16", "three times the launches", _launches(LAUNCHES_MORE)),
    Change("19", "no caps on arithmetic and bandwidth", _device(arithmetic_cap=1.0, memory_cap=1.0)),
)


def effects(question: Question, step: int = 2, changes: tuple[Change, ...] = CHANGES) -> pd.DataFrame:
    """Returns fastest, preferred and cheapest point under every change.

    Columns: quirk, change, fastest_tok_s, preferred_tok_s, preferred_usd, cheapest_usd, middle_usd (price at half the
    paper's own top speed; infinite where it is out of reach).
    """
    rows = []
    middle_tok_s = 0.0
    for change in changes:
        points = changed_frontier(question, change, step)
        middle_tok_s = middle_tok_s or float(points.tok_s_per_request.max()) / 2
        best = preferred_point(points, 3.0)
        rows.append(
            {
                "quirk": change.quirk, "change": change.name, "fastest_tok_s": points.tok_s_per_request.max(),
                "preferred_tok_s": points.tok_s_per_request[best], "preferred_usd": points.usd_per_mtok[best],
                "cheapest_usd": points.usd_per_mtok.min(),
                "middle_usd": float(usd_at_speed(points, np.array([middle_tok_s]))[0]),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def changed_frontier(question: Question, change: Change, step: int = 1) -> Frontier:
    """Returns the frontier of a question under a change."""
    asked = change.question(question)
    gpus, batch = gpu_axis(asked.model, asked.device)[::step], batch_axis(asked.model)[::step]
    if change.grid is _powers_of_two:
        return frontier(asked, _powers_of_two(asked, LatencyGrid(gpus, batch, np.zeros(0), np.zeros(0))))
    return frontier(asked, change.grid(asked, latency_grid(asked, gpus, batch)))


def rooflines_apart(question: Question, points: Frontier) -> FloatArray:
    """Returns how many times longer each step is with one roofline per kind of product (quirk 7), layouts as they are.

    max(attention cache) + max(feed-forward) + max(projections and output table) against one max over the whole pass.
    """
    load = Workload(points.gpus, points.batch, question.context)
    chosen = best_layouts("v2", question.model, question.device, load)
    parts = roofline_parts(question.model, question.device, load, chosen.stages, chosen.attention_shrink)
    layouts = [Layout(chosen.stages, chosen.attention_shrink, flat) for flat in (True, False)]
    flat_s, line_s = (network_parts(question.model, question.device, load, layout).total_s for layout in layouts)
    network_s = np.where(chosen.is_two_dimensional, flat_s, line_s)
    apart_s = (
        np.maximum(parts.kv_read_s, parts.attention_flop_s)
        + np.maximum(parts.ff_read_s, parts.ff_flop_s)
        + np.maximum(parts.attention_read_s + parts.unembedding_read_s, parts.projection_flop_s)
    )
    return np.asarray((kernel_s(question.model, question.device) + network_s + apart_s) / chosen.latency_s)
