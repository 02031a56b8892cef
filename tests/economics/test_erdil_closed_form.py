"""The toy model of section 2.2 and its analytic optimum; section 3.6 against the full model's components."""

from dataclasses import replace

import numpy as np
import pytest

from planner.economics.erdil_closed_form import ToyOptimum, closed_form, reduces_per_layer, toy_latency_s, toy_optimum
from planner.economics.erdil_devices import find_device
from planner.economics.erdil_latency import Layout, Workload, kernel_s, network_parts, roofline_parts
from planner.economics.erdil_models import find_model

H100 = find_device("H100")


def test_the_analytic_optimum_is_the_least_of_a_fine_grid():
    serial_s, read_s = 80 * 4 * 1e-6, 141e9 / 3.3e12
    gpus = np.exp2(np.linspace(0, 12, 20_001))
    latency = 2 * serial_s * (np.sqrt(gpus) - 1) + read_s / gpus
    optimum = toy_optimum(serial_s, read_s)

    assert optimum.latency_s == pytest.approx(latency.min(), rel=1e-6)
    assert optimum.gpus == pytest.approx(gpus[latency.argmin()], rel=1e-3)


def test_a_model_read_faster_than_a_reduce_stays_on_one_device():
    assert toy_optimum(2e-3, 1e-3) == ToyOptimum(1.0, 1e-3)


def test_at_its_fastest_the_toy_costs_three_times_its_reading_less_a_share_that_vanishes():
    for serial_s, read_s in ((1e-3, 1e-2), (1e-6, 1e-2), (1e-9, 1e-2)):
        optimum = toy_optimum(serial_s, read_s)

        assert optimum.gpus * optimum.latency_s / read_s == pytest.approx(3 - 2 * (serial_s / read_s) ** (1 / 3))
    assert optimum.gpus * optimum.latency_s / read_s == pytest.approx(3, rel=0.01)


def test_least_latency_grows_as_the_cube_root_of_reading_and_its_square_of_serial_time():
    base = toy_optimum(1e-6, 1.0).latency_s

    assert toy_optimum(1e-6, 8.0).latency_s / base == pytest.approx(2, rel=1e-2)
    assert toy_optimum(8e-6, 1.0).latency_s / base == pytest.approx(4, rel=2e-2)


def test_parallel_attention_halves_the_toys_reduces():
    assert reduces_per_layer(find_model("PaLM_540B")) == 2
    assert reduces_per_layer(find_model("Llama_3_70B")) == 4


def test_the_toy_adds_serial_reduces_to_the_longer_of_reading_and_computing():
    model = find_model("Llama_3_8B")
    job = Workload(np.array([4.0]), np.array([1.0]), 0.0)
    reading_s = 2 * model.parameters / (4 * 0.75 * 3.3e12)

    assert toy_latency_s(model, H100, job)[0] == pytest.approx(32 * 4 * (2e-6 + 6e-6) + reading_s)


def test_too_little_memory_is_an_infinite_latency():
    job = Workload(np.array([1.0, 2.0]), np.array([1.0, 1.0]), 0.0)

    assert np.isinf(toy_latency_s(find_model("Llama_3_70B"), H100, job)).tolist() == [True, False]
    assert np.isinf(closed_form(find_model("Llama_3_70B"), H100, job).total_s).tolist() == [True, False]


def test_section_3_is_the_full_model_with_2d_one_stage_and_no_shrink():
    model = find_model("Llama_3_70B")
    job = Workload(np.array([4.0, 16.0, 64.0]), np.array([1.0, 32.0, 512.0]), 1000.0)
    form = closed_form(model, H100, job)
    ones = np.ones(1)
    roofline = roofline_parts(model, H100, job, ones, ones)
    network = network_parts(model, H100, job, Layout(ones, ones, True))

    assert form.memory_s == pytest.approx(roofline.memory_s)
    assert form.network_s == pytest.approx(network.total_s)
    assert form.total_s == pytest.approx(kernel_s(model, H100) + network.total_s + roofline.total_s)


def test_zero_launch_and_zero_base_make_section_3_faster():
    job = Workload(np.array([16.0]), np.array([1.0]), 0.0)
    model = find_model("Llama_3_70B")
    free = replace(H100, kernel_launch_s=0.0, ll_base_s=0.0, ll128_base_s=0.0)

    saved_s = closed_form(model, H100, job).total_s - closed_form(model, free, job).total_s

    assert saved_s[0] == pytest.approx(80 * 4 * (4e-6 + 6.8e-6))
