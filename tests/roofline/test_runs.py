"""Benchmark runs: limits that need no roofline to know."""

import numpy as np
import pytest

from planner.options.calibrated import load_calibration
from planner.roofline import runs
from planner.roofline.candidates import from_rows
from tests.roofline.machines import row, varied

CANDIDATES = from_rows(varied())
REACHED = load_calibration().efficiencies(CANDIDATES)
ONES = np.ones(len(CANDIDATES))


def test_a_closed_loop_keeps_no_more_than_its_concurrency_decoding() -> None:
    run = runs.closed_loop(CANDIDATES, 40 * ONES, 1000 * ONES, 300 * ONES, REACHED)

    assert (run.batch <= 40).all()
    assert (run.batch >= 1).all()
    assert (run.ttft_s > run.prefill_s).all()


def test_more_concurrency_means_slower_tokens_and_more_of_them() -> None:
    few = runs.closed_loop(CANDIDATES, 4 * ONES, 1000 * ONES, 300 * ONES, REACHED)
    many = runs.closed_loop(CANDIDATES, 64 * ONES, 1000 * ONES, 300 * ONES, REACHED)

    assert (many.tpot_s > few.tpot_s).all()
    assert (many.output_tokens_per_s > few.output_tokens_per_s).all()


def test_a_static_batch_takes_its_prefill_and_its_steps() -> None:
    run = runs.static_batch(CANDIDATES, 8 * ONES, 500 * ONES, 100 * ONES, REACHED)
    seconds = run.ttft_s + 99 * run.tpot_s

    assert run.output_tokens_per_s == pytest.approx(8 * 100 / seconds / CANDIDATES.accelerators)


def test_a_batch_beyond_memory_runs_in_waves() -> None:
    one = from_rows([row("llama-2-70b", "bf16", "4xA100-40GB-SXM", 16, tp=4)])
    reached = load_calibration().efficiencies(one)
    inside = runs.capacity(one, np.ones(1) * 2000, np.ones(1) * 2000, reached)
    run = runs.static_batch(one, 4 * inside, np.ones(1) * 2000, np.ones(1) * 2000, reached)

    assert run.batch[0] == pytest.approx(inside[0])


def test_weights_beyond_the_memory_give_no_number() -> None:
    one = from_rows([row("llama-3.1-405b", "bf16", "8xH100-SXM", 16, tp=8)])
    run = runs.closed_loop(one, np.ones(1), np.ones(1) * 100, np.ones(1) * 100, load_calibration().efficiencies(one))

    assert np.isnan(run.tpot_s).all()


def test_an_open_loop_serves_what_arrives_until_it_saturates() -> None:
    slow = runs.open_loop(CANDIDATES, 0.05 * ONES, 500 * ONES, 100 * ONES, REACHED)
    flood = runs.open_loop(CANDIDATES, 1e6 * ONES, 500 * ONES, 100 * ONES, REACHED)

    assert slow.output_tokens_per_s == pytest.approx(0.05 * 100 / CANDIDATES.accelerators)
    assert np.isfinite(slow.ttft_s).all()
    assert np.isinf(flood.ttft_s).all()
    assert (flood.output_tokens_per_s * CANDIDATES.accelerators < 1e8).all()


def test_the_open_loop_and_the_closed_loop_agree_at_the_same_batch() -> None:
    closed = runs.closed_loop(CANDIDATES, 16 * ONES, 500 * ONES, 400 * ONES, REACHED)
    rate = closed.output_tokens_per_s * CANDIDATES.accelerators / 400
    opened = runs.open_loop(CANDIDATES, rate, 500 * ONES, 400 * ONES, REACHED)

    assert opened.tpot_s == pytest.approx(closed.tpot_s, rel=0.03)


def test_a_finite_queue_is_slower_than_an_endless_one() -> None:
    short = runs.offline(CANDIDATES, 1000 * ONES, 500 * ONES, 100 * ONES, REACHED)
    endless = runs.offline(CANDIDATES, 1e9 * ONES, 500 * ONES, 100 * ONES, REACHED)

    assert (short.output_tokens_per_s < endless.output_tokens_per_s).all()
