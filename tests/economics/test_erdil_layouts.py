"""The layouts tried, and that the fastest is taken."""

import numpy as np
import pytest

from planner.economics.erdil_devices import find_device
from planner.economics.erdil_latency import Layout, Workload, latency_s
from planner.economics.erdil_layouts import best_layouts, shrink_candidates, stage_candidates, step_latency_s
from planner.economics.erdil_models import find_model
from planner.errors import InputError

H100 = find_device("H100")


def test_stages_run_from_one_to_the_lesser_of_batch_and_layers():
    stages = stage_candidates(find_model("Llama_3_70B"), np.array([4.0, 1000.0]))

    assert stages.shape == (11, 2)
    assert stages[:2].tolist() == [[1, 1], [1, 1]]
    assert stages[-1] == pytest.approx([4, 80])
    assert stages[4, 1] == pytest.approx(80 ** (3 / 9))


def test_attention_shrinks_run_from_one_to_all_devices_of_a_stage():
    assert shrink_candidates(np.array([32.0]))[:, 0] == pytest.approx([32 ** (step / 5) for step in range(6)])


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(("name", "context"), [("Llama_3_70B", 0.0), ("Mixtral_8x22B", 4096.0)])
def test_the_winner_told_has_the_latency_of_the_search(version, name, context):
    rng = np.random.default_rng(7)
    job = Workload(np.exp2(rng.uniform(2, 10, 60)), np.exp2(rng.uniform(0, 12, 60)), context)
    model, device = find_model(name, version), find_device("H100", version)
    searched_s = step_latency_s(version, model, device, job)
    winner = best_layouts(version, model, device, job)

    assert winner.latency_s == pytest.approx(searched_s)
    assert np.isfinite(searched_s).any()
    assert set(winner.bound) <= {"memory", "arithmetic", "network"}


def test_the_winners_own_layout_has_its_latency():
    model = find_model("DeepSeek_V3")
    job = Workload(np.array([32.0, 100.0]), np.array([64.0, 4.0]), 1000.0)
    winner = best_layouts("v2", model, H100, job)
    layouts = [Layout(winner.stages, winner.attention_shrink, kind) for kind in (True, False)]
    flat_s, line_s = (latency_s(model, H100, job, layout) for layout in layouts)

    assert np.where(winner.is_two_dimensional, flat_s, line_s) == pytest.approx(winner.latency_s)


def test_blocks_and_shapes_change_nothing():
    model = find_model("Llama_3_8B")
    gpus, batch = np.exp2(np.linspace(0, 9, 40)), np.exp2(np.linspace(0, 12, 30))
    grid_s = step_latency_s("v2", model, H100, Workload(gpus[None, :], batch[:, None], 0.0))
    row_s = step_latency_s("v2", model, H100, Workload(gpus, np.full(40, batch[17]), 0.0))

    assert grid_s.shape == (30, 40)
    assert np.array_equal(grid_s[17], row_s)


def test_less_than_one_device_or_too_little_memory_is_infeasible():
    job = Workload(np.array([0.9, 1.0, 2.0]), np.array([1.0, 1.0, 1.0]), 0.0)

    assert np.isinf(step_latency_s("v2", find_model("Llama_3_70B"), H100, job)).tolist() == [True, True, False]
    assert np.isinf(step_latency_s("v1", find_model("PaLM_8B", "v1"), H100, job)).tolist() == [True, False, False]


def test_weights_without_an_arithmetic_rate_are_refused():
    job = Workload(np.array([8.0]), np.array([1.0]), 0.0)

    with pytest.raises(InputError, match="4 bits"):
        step_latency_s("v2", find_model("Llama_3_70B_4_bit"), find_device("A100"), job)
