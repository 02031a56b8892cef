"""One step of v1: its traffic by hand and where it differs from v2."""

import numpy as np
import pytest

from planner.economics.erdil_devices import find_device
from planner.economics.erdil_latency import Workload
from planner.economics.erdil_latency_v1 import LayoutV1, latency_parts_v1, memory_bytes_v1, reduced_widths
from planner.economics.erdil_models import find_model

MODEL = find_model("Llama_3_8B", "v1")


def test_one_device_and_one_token_move_weights_and_activations_once():
    ones = np.ones(1)
    d, f, heads, qkv = 4096, 14336, 4096, (32 + 16) * 128
    layer = 2 * (qkv * d + d * heads + 3 * d * f)
    activations = 2 * d + qkv + 2 * heads + 2 * d + 3 * 2 * (f + d)  # the output of qkv without its element size

    bytes_moved = memory_bytes_v1(MODEL, 0.0, ones, 1.0, ones, False)[0]

    assert bytes_moved == pytest.approx(32 * (layer + activations) + 2 * 128256 * d)


def test_1d_rereads_inputs_but_rewrites_the_output_of_query_key_value():
    ones = np.ones(1)
    two = memory_bytes_v1(MODEL, 0.0, ones, 1.0, 2 * ones, False) - memory_bytes_v1(MODEL, 0.0, ones, 1.0, ones, False)

    assert two[0] == pytest.approx(32 * ((32 + 16) * 128 + 2 * 4096 + 3 * 2 * 14336))


def test_1d_reduces_twice_a_layer_and_2d_four_times():
    assert len(reduced_widths(MODEL, False)) == 2
    assert len(reduced_widths(MODEL, True)) == 4
    assert reduced_widths(find_model("Mixtral_8x7B", "v1"), False) == [4096, 2 * 4096]


def test_hand_overs_are_paid_per_stage_boundary():
    device = find_device("H100", "v1")
    job = Workload(np.array([12.0]), np.array([12.0]), 0.0)
    parts = [latency_parts_v1(MODEL, device, job, LayoutV1(np.array([float(stages)]), False)) for stages in (1, 2, 6)]
    vector_s = 12 / 12 * 4096 * 2 / 2 / 25e9 / 0.5 / 2  # one vector to the next of two ranks, halved as no reduce is

    assert parts[0].pipeline_s[0] == 0
    assert parts[1].pipeline_s[0] == pytest.approx(11.8e-6 + vector_s)
    assert parts[2].pipeline_s[0] == pytest.approx(5 * (11.8e-6 + vector_s))
