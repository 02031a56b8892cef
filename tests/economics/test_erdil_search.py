"""The grid and its frontier: ends, Pareto property, demand cap, preferred point, price look-ups."""

from dataclasses import replace

import numpy as np
import pytest

from planner.economics.erdil_devices import find_device
from planner.economics.erdil_models import find_model
from planner.economics.erdil_search import (
    LatencyGrid,
    Question,
    batch_axis,
    frontier,
    gpu_axis,
    latency_grid,
    preferred_point,
    speed_at_usd,
    thresholds_s,
    usd_at_speed,
)
from planner.errors import UnsatisfiableError

MODEL, H100 = find_model("Llama_3_8B"), find_device("H100")
QUESTION = Question(MODEL, H100, context=1000.0)


@pytest.fixture(scope="module")
def grid():
    return latency_grid(QUESTION, gpu_axis(MODEL, H100)[::8], batch_axis(MODEL)[::8])


def test_axes_run_from_the_weights_and_one_sequence_to_two_to_the_eighteen():
    mixtral = find_model("Mixtral_8x7B")

    assert gpu_axis(MODEL, H100)[[0, -1]] == pytest.approx([2 * MODEL.parameters / 80e9, 2**18])
    assert batch_axis(mixtral)[[0, -1]] == pytest.approx([1, 4 * 2**18])
    assert len(gpu_axis(MODEL, H100)) == len(batch_axis(MODEL)) == 400


def test_thresholds_of_v2_span_two_decades_from_the_least_and_those_of_v1_are_fixed():
    assert thresholds_s("v2", 0.01)[[0, -1]] == pytest.approx([0.01, 1])
    assert thresholds_s("v1", 0.01)[[0, -1]] == pytest.approx([1e-4, 1])
    assert (len(thresholds_s("v2", 0.01)), len(thresholds_s("v1", 0.01))) == (1000, 600)


def test_slower_points_are_cheaper_and_none_is_beaten_by_a_cell_of_the_grid(grid):
    points = frontier(QUESTION, grid)
    order = np.argsort(points.tok_s_per_request)
    cost = grid.gpus[None, :] * grid.latency_s / grid.batch[:, None] * H100.usd_per_hour / 3600 * 1e6

    assert (np.diff(points.usd_per_mtok[order]) > 0).all()
    assert points.tok_s_per_request.max() == 1 / grid.latency_s.min()
    for speed, usd in zip(points.tok_s_per_request, points.usd_per_mtok, strict=True):
        assert cost[(1 / grid.latency_s) >= speed * (1 - 1e-12)].min() == pytest.approx(usd, rel=1e-12)


def test_a_demand_cap_keeps_throughput_under_it_and_never_makes_a_speed_cheaper(grid):
    free = frontier(QUESTION, grid)
    capped = frontier(replace(QUESTION, demand_cap_tok_per_s=2000.0), grid)

    assert (capped.batch * capped.tok_s_per_request <= 2000).all()
    assert (free.batch * free.tok_s_per_request > 2000).any()
    assert (usd_at_speed(free, capped.tok_s_per_request * (1 - 1e-9)) <= capped.usd_per_mtok * (1 + 1e-9)).all()


def test_prices_scale_the_frontier_and_move_no_point(grid):
    base = frontier(QUESTION, grid)
    dearer = frontier(replace(QUESTION, usd_per_gpu_hour=3 * H100.usd_per_hour), grid)

    assert dearer.usd_per_mtok == pytest.approx(3 * base.usd_per_mtok)
    assert np.array_equal(dearer.gpus, base.gpus)


def test_the_preferred_point_weighs_speed_to_a_power_against_price(grid):
    points = frontier(QUESTION, grid)
    values = points.tok_s_per_request**3 / points.usd_per_mtok

    assert values[preferred_point(points, 3.0)] == values.max()
    assert preferred_point(points, 0.0) == points.usd_per_mtok.argmin()


def test_speed_at_a_price_and_price_at_a_speed_agree(grid):
    points = frontier(QUESTION, grid)
    middle = len(points.gpus) // 2

    assert speed_at_usd(points, points.usd_per_mtok[middle]) == points.tok_s_per_request[middle]
    assert usd_at_speed(points, points.tok_s_per_request[[middle]])[0] == points.usd_per_mtok[middle]
    assert np.isnan(speed_at_usd(points, points.usd_per_mtok.min() / 2))
    assert np.isinf(usd_at_speed(points, points.tok_s_per_request.max(keepdims=True) * 2))[0]


def test_a_grid_without_a_feasible_cell_is_unsatisfiable():
    empty = LatencyGrid(np.array([1.0]), np.array([1.0]), np.array([[np.inf]]), np.array([[1.0]]))

    with pytest.raises(UnsatisfiableError, match="Llama_3_8B"):
        frontier(QUESTION, empty)


def test_utilisation_is_at_most_the_cap_on_arithmetic(grid):
    points = frontier(QUESTION, grid)

    assert points.mfu.max() <= 0.7
    assert points.mfu.min() > 0
