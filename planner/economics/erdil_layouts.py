"""The layouts the paper's search tries for every (devices, batch) cell, and the fastest of them."""

from dataclasses import dataclass, replace

import numpy as np

from planner.economics.erdil_constants import Version
from planner.economics.erdil_devices import ErdilDevice
from planner.economics.erdil_latency import (
    BoolArray,
    Layout,
    Workload,
    can_pipeline,
    fits_all_sequences,
    fits_micro_batch,
    kernel_s,
    network_parts,
    roofline_parts,
    split,
)
from planner.economics.erdil_latency_v1 import LayoutV1, latency_parts_v1
from planner.economics.erdil_models import ErdilModel, FloatArray

STAGE_STEPS = 10
"""v2 tries P = 1 and P = min(B, L)^(j/9), j = 0..9, all real-valued."""
SHRINK_STEPS = 6
"""v2 tries sigma = X^(j/5), j = 0..5."""
STAGES_V1 = (1.0, 2.0, 4.0, 6.0)
"""v1 tries these numbers of stages."""
CELLS_PER_BLOCK = 512
"""Cells evaluated at once, so that the arrays of all their layouts stay in cache."""


@dataclass(frozen=True)
class BestLayouts:
    """The fastest layout of each cell and its step; `bound` is memory, arithmetic or network, whichever is longest."""

    latency_s: FloatArray
    is_two_dimensional: BoolArray
    stages: FloatArray
    expert_groups: FloatArray
    ff_degree: FloatArray
    attention_degree: FloatArray
    attention_shrink: FloatArray
    bound: list[str]


def stage_candidates(model: ErdilModel, batch: FloatArray) -> FloatArray:
    """Returns the stages v2 tries, shape (11, cells); the first two rows are both 1, as in the notebook.

    The powers are taken as the notebook takes them, 2^(j/9 log2): the last may pass B by a rounding error and is then
    refused by P <= B.
    """
    steps = np.logspace(0, np.log2(np.minimum(batch, model.layers)), base=2, num=STAGE_STEPS)
    return np.concatenate([np.ones((1, *batch.shape)), steps])


def shrink_candidates(stage_gpus: FloatArray) -> FloatArray:
    """Returns the attention shrinks v2 tries, shape (6, *stage_gpus.shape), by the notebook's own rounding."""
    return np.asarray(np.logspace(0, np.log2(stage_gpus), base=2, num=SHRINK_STEPS))


def step_latency_s(version: Version, model: ErdilModel, device: ErdilDevice, load: Workload) -> FloatArray:
    """Returns the latency of the fastest layout for every cell; infinite where none is feasible.

    Parameters
    ----------
    load
        `gpus` and `batch` are arrays that broadcast to the shape of the result; context and query tokens are scalars.

    Raises
    ------
    InputError
        Where the device has no arithmetic rate for the model's weight bits.
    """
    gpus, batch = np.broadcast_arrays(np.asarray(load.gpus, dtype=float), np.asarray(load.batch, dtype=float))
    cells = replace(load, gpus=gpus.ravel(), batch=batch.ravel())
    latency = np.full(cells.gpus.shape, np.inf)
    possible = np.flatnonzero(_may_be_feasible(version, model, device, cells))
    evaluate = _fastest_v1_s if version == "v1" else _fastest_s
    for start in range(0, len(possible), CELLS_PER_BLOCK):
        block = possible[start : start + CELLS_PER_BLOCK]
        latency[block] = evaluate(model, device, replace(cells, gpus=cells.gpus[block], batch=cells.batch[block]))
    return latency.reshape(gpus.shape)


def _may_be_feasible(version: Version, model: ErdilModel, device: ErdilDevice, load: Workload) -> BoolArray:
    """Cells that some number of stages makes feasible; one device at least, for one stage is the fewest."""
    if version == "v1":
        return fits_all_sequences(model, device, load) & (load.gpus >= 1) & (load.batch >= 1)
    most_stages = stage_candidates(model, load.batch).max(axis=0)
    return fits_micro_batch(model, device, load, most_stages) & (load.gpus >= 1) & (load.batch >= 1)


def _fastest_s(model: ErdilModel, device: ErdilDevice, load: Workload) -> FloatArray:
    """Fastest v2 layout; arrays run (shrink, stages, cells)."""
    stages = stage_candidates(model, load.batch)
    shrink = shrink_candidates(load.gpus / stages)
    is_feasible = fits_micro_batch(model, device, load, stages) & can_pipeline(load, stages)
    roofline_s = roofline_parts(model, device, load, stages, shrink).total_s
    best_s = np.full(load.gpus.shape, np.inf)
    for is_two_dimensional in (True, False):
        network = network_parts(model, device, load, Layout(stages, shrink, is_two_dimensional))
        by_stages_s = (network.total_s + roofline_s).min(axis=0)
        best_s = np.minimum(best_s, np.where(is_feasible, by_stages_s, np.inf).min(axis=0))
    return best_s + kernel_s(model, device)


def _fastest_v1_s(model: ErdilModel, device: ErdilDevice, load: Workload) -> FloatArray:
    """Fastest v1 layout; arrays run (stages, cells)."""
    stages = np.array(STAGES_V1)[:, None]
    is_feasible = fits_all_sequences(model, device, load) & can_pipeline(load, stages)
    best_s = np.full(load.gpus.shape, np.inf)
    for is_two_dimensional in (True, False):
        parts = latency_parts_v1(model, device, load, LayoutV1(stages, is_two_dimensional))
        best_s = np.minimum(best_s, np.where(is_feasible, parts.total_s, np.inf).min(axis=0))
    return best_s


def best_layouts(version: Version, model: ErdilModel, device: ErdilDevice, load: Workload) -> BestLayouts:
    """Returns the fastest layout of each cell of a few; ties go to 2D, then to fewer stages, as in the search.

    `load.gpus` and `load.batch` are one-dimensional arrays of one length.
    """
    return _best_layouts_v1(model, device, load) if version == "v1" else _best_layouts_v2(model, device, load)


def _best_layouts_v2(model: ErdilModel, device: ErdilDevice, load: Workload) -> BestLayouts:
    stages = stage_candidates(model, load.batch)
    shrink = shrink_candidates(load.gpus / stages)
    is_feasible = fits_micro_batch(model, device, load, stages) & can_pipeline(load, stages)
    roofline = roofline_parts(model, device, load, stages, shrink)
    networks_s = np.stack([network_parts(model, device, load, Layout(stages, shrink, flat)).total_s for flat in (True, False)])
    totals_s = np.where(is_feasible, kernel_s(model, device) + networks_s + roofline.total_s, np.inf)
    order = np.moveaxis(totals_s, 1, 2).reshape(-1, totals_s.shape[-1])  # 2D first, then stages, then shrink
    winner = order.argmin(axis=0)
    kind, stage, step = np.unravel_index(winner, (2, stages.shape[0], SHRINK_STEPS))
    cell = np.arange(len(winner))
    chosen_stages, chosen_shrink = stages[stage, cell], shrink[step, stage, cell]
    chosen = split(model, load, chosen_stages, chosen_shrink)
    memory_s = np.broadcast_to(roofline.memory_s, shrink.shape)[step, stage, cell]
    arithmetic_s = np.broadcast_to(roofline.arithmetic_s, shrink.shape)[step, stage, cell]
    return BestLayouts(
        latency_s=order[winner, cell],
        is_two_dimensional=kind == 0,
        stages=chosen_stages,
        expert_groups=chosen.expert_groups,
        ff_degree=chosen.ff_degree,
        attention_degree=chosen.attention_degree,
        attention_shrink=chosen_shrink,
        bound=_bounds(memory_s, arithmetic_s, networks_s[kind, step, stage, cell]),
    )


def _best_layouts_v1(model: ErdilModel, device: ErdilDevice, load: Workload) -> BestLayouts:
    stages = np.array(STAGES_V1)[:, None]
    is_feasible = fits_all_sequences(model, device, load) & can_pipeline(load, stages)
    parts = [latency_parts_v1(model, device, load, LayoutV1(stages, flat)) for flat in (True, False)]
    totals_s = np.stack([np.where(is_feasible, part.total_s, np.inf) for part in parts])
    order = totals_s.reshape(-1, totals_s.shape[-1])
    winner = order.argmin(axis=0)
    kind, stage = np.unravel_index(winner, totals_s.shape[:2])
    cell = np.arange(len(winner))
    networks_s = np.stack([part.network_s for part in parts])[kind, stage, cell]
    memory_s = np.stack([part.memory_s for part in parts])[kind, stage, cell]
    arithmetic_s = np.broadcast_to(parts[0].arithmetic_s, totals_s.shape[1:])[stage, cell]
    chosen_stages = stages[stage, 0]
    degree = load.gpus / chosen_stages
    ones = np.ones_like(degree)
    return BestLayouts(
        latency_s=order[winner, cell],
        is_two_dimensional=kind == 0,
        stages=chosen_stages,
        expert_groups=ones,
        ff_degree=degree,
        attention_degree=degree,
        attention_shrink=ones,
        bound=_bounds(memory_s, arithmetic_s, networks_s),
    )


def _bounds(memory_s: FloatArray, arithmetic_s: FloatArray, network_s: FloatArray) -> list[str]:
    """The longest of the three parts, cell by cell."""
    names = ("memory", "arithmetic", "network")
    longest = np.stack([memory_s, arithmetic_s, network_s]).argmax(axis=0)
    return [names[int(index)] for index in longest]
