"""The discrete optimum against a plain loop over its space."""

import itertools

import numpy as np
import pytest

from planner.economics.erdil_devices import find_device
from planner.economics.erdil_discrete import discrete_frontier
from planner.economics.erdil_latency import Layout, Workload, can_pipeline, fits_micro_batch, latency_s
from planner.economics.erdil_models import find_model

H100 = find_device("H100")


def test_a_cell_is_the_least_over_every_layout_tried_one_by_one():
    model = find_model("Mixtral_8x7B")
    grid = discrete_frontier(model, H100, 4096.0)
    job = Workload(np.array([16.0]), np.array([64.0]), 4096.0)
    tried = [
        float(latency_s(model, H100, job, layout)[0])
        for stages, shrink, kind in itertools.product((1.0, 2.0, 4.0, 8.0), (1.0, 2.0, 4.0, 8.0, 16.0), (True, False))
        if shrink <= 16 / stages
        for layout in [Layout(np.array([stages]), np.array([shrink]), kind)]
        if fits_micro_batch(model, H100, job, stages)[0] and can_pipeline(job, layout.stages)[0]
    ]

    assert grid.latency_s[grid.places(np.array([16.0]), np.array([64.0]))[0]] == pytest.approx(min(tried))


def test_frontier_cells_are_those_that_no_other_cell_beats():
    grid = discrete_frontier(find_model("Llama_3_8B"), H100, 0.0)
    cost = grid.gpus * grid.latency_s / grid.batch
    beaten = [
        any((grid.latency_s <= latency) & (cost <= price) & ((grid.latency_s < latency) | (cost < price)))
        for latency, price in zip(grid.latency_s, cost, strict=True)
    ]

    assert grid.is_on_frontier.tolist() == [not flag and np.isfinite(t) for flag, t in zip(beaten, grid.latency_s, strict=True)]


def test_a_cell_outside_the_space_is_refused():
    grid = discrete_frontier(find_model("Llama_3_8B"), H100, 0.0)

    for gpus, batch in ((3.0, 1.0), (1.0, 1e9)):
        with pytest.raises(ValueError, match="power of two"):
            grid.places(np.array([gpus]), np.array([batch]))
