"""Laws that hold whatever the numbers: property tests over random machines, models and loads."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.options.calibrated import load_calibration
from planner.roofline import memory, service, steps
from planner.roofline.calibration import IDEAL, Efficiencies
from planner.roofline.candidates import Candidates, from_rows
from planner.roofline.lengths import Lengths
from tests.roofline.machines import row, shipped, varied

ROWS = varied()
CANDIDATES = from_rows(ROWS)
CALIBRATION = load_calibration()
REACHED = CALIBRATION.efficiencies(CANDIDATES)
batches = st.integers(1, 800)
sizes = st.integers(1, 60_000)
outputs = st.integers(2, 4000)
SLIGHTLY = 1 - 1e-12
laws = settings(max_examples=40, deadline=None)


def scaled(candidates: Candidates, name: str, factor: float) -> Candidates:
    return replace(candidates, **{name: getattr(candidates, name) * factor})


@laws
@given(batch=batches, size=sizes, output=outputs, factor=st.floats(1.0, 8.0))
@pytest.mark.parametrize("name", ["memory_byte_per_s", "scale_up_byte_per_s", "scale_out_byte_per_s"])
def test_more_bandwidth_is_never_slower(name: str, batch: int, size: int, output: int, factor: float) -> None:
    lengths = Lengths.of(size, output)
    wider = scaled(CANDIDATES, name, factor)
    slow = service.operating_point(CANDIDATES, batch, lengths, REACHED)
    fast = service.operating_point(wider, batch, lengths, REACHED)
    alone = steps.prefill(wider, size, 0.0, REACHED).total_s

    assert (fast.requests_per_s >= slow.requests_per_s * SLIGHTLY).all()
    assert (fast.tpot_s * SLIGHTLY <= slow.tpot_s).all()
    assert (alone * SLIGHTLY <= steps.prefill(CANDIDATES, size, 0.0, REACHED).total_s).all()


@laws
@given(batch=batches, size=sizes, output=outputs, factor=st.floats(1.0, 8.0))
def test_more_arithmetic_is_never_slower(batch: int, size: int, output: int, factor: float) -> None:
    lengths = Lengths.of(size, output)
    fast = CANDIDATES
    for name in ("rate_flop_per_s", "rate_16bit_flop_per_s", "attention_rate_flop_per_s"):
        fast = scaled(fast, name, factor)

    assert (
        service.operating_point(fast, batch, lengths, REACHED).requests_per_s
        >= service.operating_point(CANDIDATES, batch, lengths, REACHED).requests_per_s * SLIGHTLY
    ).all()


@laws
@given(batch=batches, size=sizes, output=outputs)
def test_doubling_the_batch_never_lowers_throughput(batch: int, size: int, output: int) -> None:
    lengths = Lengths.of(size, output)
    one = service.operating_point(CANDIDATES, batch, lengths, REACHED)
    two = service.operating_point(CANDIDATES, 2 * batch, lengths, REACHED)

    assert (two.requests_per_s >= one.requests_per_s * (1 - 1e-9)).all()
    assert (two.tpot_s >= one.tpot_s * (1 - 1e-9)).all()


@laws
@given(batch=batches, size=sizes, output=outputs, more=st.integers(1, 5000))
def test_ttft_grows_with_the_input(batch: int, size: int, output: int, more: int) -> None:
    short = service.operating_point(CANDIDATES, batch, Lengths.of(size, output), REACHED)
    long = service.operating_point(CANDIDATES, batch, Lengths.of(size + more, output), REACHED)
    alone_short = steps.prefill(CANDIDATES, size, 0.0, REACHED).total_s
    alone_long = steps.prefill(CANDIDATES, size + more, 0.0, REACHED).total_s

    assert (alone_long >= alone_short).all()
    assert (long.ttft_s > short.ttft_s * SLIGHTLY).all()


@laws
@given(batch=batches, size=sizes, output=outputs)
def test_throughput_is_never_above_the_ideal_roofline(batch: int, size: int, output: int) -> None:
    lengths = Lengths.of(size, output)
    real = service.operating_point(CANDIDATES, batch, lengths, REACHED)
    ideal = service.operating_point(CANDIDATES, batch, lengths, replace(IDEAL, interference_share=REACHED.interference_share))

    assert (real.requests_per_s <= ideal.requests_per_s * (1 + 1e-9)).all()


@laws
@given(share=st.floats(0.0, 0.99), size=sizes)
def test_prefix_hits_never_slow_a_prompt(share: float, size: int) -> None:
    hit = steps.prefill(CANDIDATES, size, share, REACHED).total_s

    assert (hit <= steps.prefill(CANDIDATES, size, 0.0, REACHED).total_s * (1 + 1e-12)).all()


@pytest.mark.parametrize("model", ["llama-3.1-70b", "deepseek-r1", "qwen3.5-397b-a17b", "mixtral-8x22b"])
def test_a_smaller_precision_never_needs_more_memory(model: str) -> None:
    formats = ["bf16", "fp8", "nvfp4", "int4-awq"]
    made = from_rows([row(model, fmt, "8xB200-SXM", tp=8) for fmt in formats])
    weights = memory.weights_bytes_per_accelerator(made)

    assert weights[0] > weights[1] > weights[2]
    assert weights[1] > weights[3]


@laws
@given(context=st.integers(1, 200_000), more=st.integers(1, 1000))
def test_longer_contexts_fit_fewer_sequences(context: int, more: int) -> None:
    assert (memory.sequences_max(CANDIDATES, context + more, REACHED) <= memory.sequences_max(CANDIDATES, context, REACHED)).all()


def test_permuting_candidates_permutes_the_answer() -> None:
    order = np.random.default_rng(3).permutation(len(ROWS))
    lengths = Lengths.of([100, 5000], [300, 50], [1, 2])
    found = service.best_under_slo(CANDIDATES, lengths, 2.0, 0.05, np.inf, REACHED)
    moved = service.best_under_slo(CANDIDATES.take(order), lengths, 2.0, 0.05, np.inf, REACHED.take(order))

    for one in fields(service.Service):
        assert np.array_equal(
            getattr(moved, one.name), getattr(found, one.name)[order], equal_nan=one.name not in ("bound", "limit")
        )


def test_every_accelerator_and_engine_has_efficiencies_in_reach() -> None:
    catalog = shipped()
    nodes = [node for node in catalog.node_types.values() if (node.accelerator, "bf16") in catalog.precision_support]
    made = from_rows([row("llama-3.1-8b", "bf16", node.node_type, 16) for node in nodes])
    for engine in ("trtllm", "vllm", "sglang", "atom", "nim", "unheard-of"):
        reached = CALIBRATION.efficiencies(made, engine)
        for name in ("memory_share", "compute_share", "attention_compute_share", "link_share"):
            values = np.asarray(getattr(reached, name))
            assert ((values > 0.05) & (values <= 0.98)).all(), (engine, name)
        assert isinstance(reached, Efficiencies)
