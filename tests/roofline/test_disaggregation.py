"""Prefill-only and decode-only replicas, and the cache between them."""

import numpy as np

from planner.options.calibrated import load_calibration
from planner.roofline import disaggregation, memory, service
from planner.roofline.candidates import from_rows
from planner.roofline.lengths import Lengths
from tests.roofline.machines import row, varied

CANDIDATES = from_rows(varied())
REACHED = load_calibration().efficiencies(CANDIDATES)
LENGTHS = Lengths.of(2000, 300)


def test_a_decode_replica_is_faster_a_token_than_one_that_prefills_too() -> None:
    _, token_s = disaggregation.decode_steps(CANDIDATES, np.full(len(CANDIDATES), 32.0), LENGTHS, REACHED)
    mixed = service.operating_point(CANDIDATES, 32, LENGTHS, REACHED)

    assert (token_s < mixed.tpot_s).all()
    assert (32 / (299 * token_s) > mixed.requests_per_s).all()


def test_a_busier_prefill_replica_waits_longer() -> None:
    passes = disaggregation.prompt_passes(CANDIDATES, LENGTHS, REACHED)

    assert (passes.ttft_s(0.9, None, CANDIDATES.pp) > passes.ttft_s(0.3, None, CANDIDATES.pp)).all()


def test_the_cache_of_a_prompt_crosses_at_the_fabrics_rate() -> None:
    one = from_rows([row("llama-3.1-70b", "fp8", "8xH100-SXM", tp=8)])
    reached = load_calibration().efficiencies(one)
    wire = memory.sequence_bytes(one, np.asarray(8000.0))[0] / (50e9 * float(np.asarray(reached.scale_out_share)[0]))

    assert wire < disaggregation.kv_transfer_s(one, 8000.0, reached)[0] < wire + 2e-3


def test_no_fabric_no_transfer() -> None:
    lone = from_rows([row("llama-3.1-8b", "bf16", "1xA10G", 16)])

    assert np.isinf(disaggregation.kv_transfer_s(lone, 100.0, load_calibration().efficiencies(lone))[0])
