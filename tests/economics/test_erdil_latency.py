"""One step of v2: components by hand and the quirks that the module says it keeps."""

import itertools

import numpy as np
import pytest

from planner.economics.erdil_devices import find_device
from planner.economics.erdil_latency import (
    Layout,
    Workload,
    can_pipeline,
    expert_groups,
    fits_all_sequences,
    fits_micro_batch,
    latency_s,
    network_parts,
    roofline_parts,
    split,
    tensor_group,
)
from planner.economics.erdil_models import find_model

H100 = find_device("H100")
LLAMA = find_model("Llama_3_70B")


def one(*values):
    return tuple(np.array([float(value)]) for value in values)


def load(gpus, batch, context=0.0, query_tokens=1.0):
    return Workload(*one(gpus, batch), context, query_tokens)


def test_a_1d_group_has_its_degree_of_ranks_and_a_2d_group_the_root_of_it():
    line, flat = tensor_group(np.array([64.0]), False, 8), tensor_group(np.array([64.0]), True, 8)

    assert [part[0] for part in line] == [64, 1, 8]
    assert [part[0] for part in flat] == [8, 8, pytest.approx(np.sqrt(8))]


def test_experts_are_spread_as_wide_as_possible_from_two_sparsities_on():
    deepseek = find_model("DeepSeek_V3")

    assert expert_groups(deepseek, *one(32, 55.9))[0] == 1
    assert expert_groups(deepseek, *one(32, 56))[0] == 32
    assert expert_groups(deepseek, *one(512, 56))[0] == 256


def test_v2_charges_the_cache_of_one_micro_batch_only():
    job = load(8, 64, context=32768)  # 687 GB of cache and 141 GB of weights on 640 GB

    assert not fits_micro_batch(LLAMA, H100, job, 1.0)[0]
    assert fits_micro_batch(LLAMA, H100, job, 2.0)[0]
    assert not fits_all_sequences(LLAMA, H100, job)[0]


def test_stages_are_no_more_than_devices_and_sequences():
    assert [can_pipeline(load(4, 2), *one(stages))[0] for stages in (1, 2, 3)] == [True, True, False]
    assert not can_pipeline(load(1, 64), *one(2))[0]


def test_stages_multiply_reading_and_leave_arithmetic_alone():
    ones = np.ones(1)
    whole = roofline_parts(LLAMA, H100, load(8, 64), ones, ones)
    staged = roofline_parts(LLAMA, H100, load(8, 64), 4 * ones, ones)

    assert staged.unembedding_read_s[0] == pytest.approx(4 * whole.unembedding_read_s[0])
    assert staged.arithmetic_s[0] == pytest.approx(whole.arithmetic_s[0])


def test_shrunk_attention_computes_its_projections_longer_and_reads_its_cache_as_fast():
    ones = np.ones(1)
    job = load(8, 16, context=1000)
    wide, narrow = (roofline_parts(LLAMA, H100, job, ones, factor * ones) for factor in (1, 4))

    assert narrow.projection_flop_s[0] == pytest.approx(4 * wide.projection_flop_s[0])
    assert narrow.kv_read_s[0] == wide.kv_read_s[0]
    assert narrow.attention_flop_s[0] == wide.attention_flop_s[0]


def test_attention_shrunk_to_one_device_needs_no_reduce():
    network = network_parts(LLAMA, H100, load(8, 1), Layout(*one(1, 8), is_two_dimensional=False))

    assert network.attention.total_s[0] == 0
    assert network.ff.total_s[0] > 80 * 15.2e-6


def test_a_dense_model_exchanges_nothing_among_experts():
    assert network_parts(LLAMA, H100, load(8, 512), Layout(*one(1, 1), is_two_dimensional=True)).expert_s == 0


def test_attention_reads_are_those_of_its_own_degree():
    parts = split(LLAMA, load(32, 8), *one(2, 4))

    assert (parts.stage_gpus[0], parts.attention_degree[0], parts.ff_degree[0], parts.tokens[0]) == (16, 4, 16, 4)


@pytest.mark.parametrize("name", ["Llama_3_8B", "DeepSeek_V3", "GPT_4"])
@pytest.mark.parametrize("is_two_dimensional", [True, False])
def test_more_tokens_to_verify_never_make_a_step_faster(name, is_two_dimensional):
    gpus, batch = np.meshgrid(np.exp2(np.arange(0.0, 12)), np.exp2(np.arange(0.0, 15)))
    layout = Layout(np.ones(1), np.ones(1), is_two_dimensional)
    steps = [latency_s(find_model(name), H100, Workload(gpus, batch, 100.0, q), layout) for q in (1.0, 2.0, 3.0, 5.0)]

    assert all((longer >= shorter).all() for shorter, longer in itertools.pairwise(steps))
