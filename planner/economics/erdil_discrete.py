"""The exact optimum of the v2 model over a discrete space: powers of two of everything, 1D or 2D."""

from dataclasses import dataclass

import numpy as np

from planner.economics.erdil_devices import ErdilDevice
from planner.economics.erdil_latency import BoolArray, Layout, Workload, can_pipeline, fits_micro_batch, latency_s
from planner.economics.erdil_models import ErdilModel, FloatArray

GPUS: FloatArray = np.exp2(np.arange(10.0))
"""Devices of the discrete space, 1 to 512."""
BATCHES: FloatArray = np.exp2(np.arange(15.0))
"""Sequences in flight of the discrete space, 1 to 16384."""
STAGES: FloatArray = np.exp2(np.arange(4.0))
"""Pipeline stages of the discrete space, 1 to 8."""
SHRINKS: FloatArray = np.exp2(np.arange(10.0))
"""Attention shrinks of the discrete space, as far as X = G/P goes."""


@dataclass(frozen=True)
class DiscreteFrontier:
    """The fastest layout of every (devices, batch) cell, and which cells are Pareto in speed and price."""

    gpus: FloatArray
    batch: FloatArray
    latency_s: FloatArray
    is_on_frontier: BoolArray

    def places(self, gpus: FloatArray, batch: FloatArray) -> np.ndarray:
        """Returns the places of cells; raises ValueError for one that is not in the space."""
        rows, columns = np.searchsorted(GPUS, gpus), np.searchsorted(BATCHES, batch)
        rows, columns = np.minimum(rows, len(GPUS) - 1), np.minimum(columns, len(BATCHES) - 1)
        if not (np.array_equal(GPUS[rows], gpus) and np.array_equal(BATCHES[columns], batch)):
            raise ValueError("a number of devices or sequences that is not a power of two in the discrete space")
        return rows * len(BATCHES) + columns


def discrete_frontier(model: ErdilModel, device: ErdilDevice, context: float) -> DiscreteFrontier:
    """Returns the optimum of each cell; infinite where no layout is feasible.

    Examples
    --------
    >>> from planner.economics.erdil_devices import find_device
    >>> from planner.economics.erdil_models import find_model
    >>> grid = discrete_frontier(find_model("Llama_3_8B"), find_device("H100"), 0.0)
    >>> round(1 / float(grid.latency_s.min()), 1)  # tokens per second of a request
    448.6
    """
    gpus, batch = (axis.ravel() for axis in np.meshgrid(GPUS, BATCHES, indexing="ij"))
    load = Workload(gpus, batch, context)
    stages, shrink = STAGES[:, None], SHRINKS[:, None, None]
    is_feasible = fits_micro_batch(model, device, load, stages) & can_pipeline(load, stages)
    is_candidate = is_feasible & (shrink <= gpus / stages)
    both_s = [latency_s(model, device, load, Layout(stages, shrink, flat)) for flat in (False, True)]
    best_s = np.where(is_candidate, np.minimum(*both_s), np.inf).min(axis=(0, 1))
    return DiscreteFrontier(gpus, batch, best_s, _is_pareto(best_s, gpus * best_s / batch))


def _is_pareto(latency: FloatArray, cost: FloatArray) -> BoolArray:
    """Whether no other cell is at least as fast and as cheap, and better in one; infeasible cells never are."""
    flags = np.zeros(len(latency), dtype=bool)
    order = np.lexsort((cost, latency))
    least = np.inf
    for place in order:
        if np.isfinite(latency[place]) and cost[place] < least:
            flags[place] = True
            least = float(cost[place])
    return flags
