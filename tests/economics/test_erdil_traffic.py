"""Bytes of a matrix product by hand, and the share of experts that are met."""

import numpy as np
import pytest

from planner.economics.erdil_models import find_model
from planner.economics.erdil_traffic import expert_coverage, ff_bytes_per_layer, product_bytes

LLAMA = find_model("Llama_3_70B")


def test_one_device_reads_weights_and_inputs_and_writes_outputs_once():
    assert product_bytes(LLAMA, 100, 50, np.array([3.0]), np.array([1.0]))[0] == 2 * (100 * 50 + 50 * 3 + 100 * 3)


def test_a_square_product_on_four_devices_moves_activations_twice_each():
    assert product_bytes(LLAMA, 64, 64, np.array([5.0]), np.array([4.0]))[0] == 2 * (64 * 64 + 2 * 64 * 5 + 2 * 64 * 5)


def test_activation_traffic_is_least_at_the_chosen_split():
    out_width, in_width, degree, tokens = 8192, 28672, 16.0, 10.0
    chosen = product_bytes(LLAMA, out_width, in_width, np.array([tokens]), np.array([degree]))[0]
    others = [2 * (out_width * in_width + t * in_width * tokens + degree / t * out_width * tokens) for t in (1, 2, 4, 8, 16)]

    assert chosen <= min(others)


def test_a_dense_model_meets_all_of_its_one_expert_and_a_sparse_one_few_at_first():
    mixtral = find_model("Mixtral_8x7B")

    assert expert_coverage(LLAMA, np.array([1.0]))[0] == 1
    assert expert_coverage(mixtral, np.array([1.0, 2.0])) == pytest.approx([1 / 4, 1 - (3 / 4) ** 2])


def test_one_token_reads_two_of_eight_experts():
    mixtral = find_model("Mixtral_8x7B")
    weights = 2 * 3 * mixtral.hidden * mixtral.intermediate * 2

    assert ff_bytes_per_layer(mixtral, np.array([1.0]), np.array([1.0]))[0] == pytest.approx(weights, rel=1e-3)
