"""Steps: the worked number, what bounds, experts touched, chunks and the parts of a step."""

import numpy as np
import pytest

from planner.options.calibrated import load_calibration
from planner.roofline import steps
from planner.roofline.calibration import IDEAL, Efficiencies
from planner.roofline.candidates import from_rows
from tests.roofline.machines import row, varied

SMALL = from_rows([row("llama-3.1-8b", "bf16", "1xH100-SXM", 16)])
MIXTURE = from_rows([row("deepseek-r1", "fp8", "8xH200-SXM", tp=8)])


def test_one_sequence_reads_the_weights_once() -> None:
    step = steps.decode_step(SMALL, 1, 1, IDEAL)

    assert step.total_s[0] == pytest.approx((16.06e9 - 2 * 4096 * 128256) / 3.35e12, rel=0.01)
    assert steps.BOUNDS[step.bound[0]] == "memory"


def test_many_sequences_are_bound_by_arithmetic() -> None:
    step = steps.decode_step(SMALL, 4000, 1, IDEAL)

    assert steps.BOUNDS[step.bound[0]] == "compute"
    assert step.total_s[0] > 4000 * 2 * (8.03e9 - 0.53e9) / 989e12


def test_overheads_bind_a_small_model_on_a_fast_machine() -> None:
    tiny = from_rows([row("llama-3.2-1b", "fp8", "1xB200-SXM")])

    assert steps.BOUNDS[steps.decode_step(tiny, 1, 100, load_calibration().efficiencies(tiny)).bound[0]] == "overhead"


@pytest.mark.parametrize(("batch", "share"), [(1, 8 / 256), (32, 1 - (1 - 8 / 256) ** 32), (4096, 1.0)])
def test_a_batch_touches_the_expected_share_of_experts(batch: int, share: float) -> None:
    found = steps.decode_coverage(MIXTURE, np.array([float(batch)]), Efficiencies())

    assert found[0] == pytest.approx(share)


def test_parts_add_up_to_the_step() -> None:
    candidates = from_rows(varied())
    step = steps.decode_step(candidates, 50, 2000, load_calibration().efficiencies(candidates))
    parts = step.attention_projection_s + step.attention_s + step.ffn_s + step.expert_s + step.head_s + step.activation_s

    assert step.total_s == pytest.approx(parts + step.collective_s + step.overhead_s)
    assert step.total_s == pytest.approx(step.memory_s + step.compute_s + step.collective_s + step.overhead_s)


def test_a_prompt_beyond_the_chunk_streams_the_weights_again() -> None:
    whole = Efficiencies(chunk_tokens=1e9, layer_overhead_s=0.0, step_overhead_s=0.0)
    chunked = Efficiencies(chunk_tokens=512.0, layer_overhead_s=0.0, step_overhead_s=0.0)

    assert steps.prefill(SMALL, 4096, 0.0, chunked).ffn_s[0] > steps.prefill(SMALL, 4096, 0.0, whole).ffn_s[0]


def test_prefill_attention_is_quadratic_and_windows_make_it_linear() -> None:
    windowed = from_rows([row("gpt-oss-120b", "mxfp4", "1xH100-SXM", 16)])
    full = (
        steps.prefill(SMALL, np.array([20_000.0]), 0.0, IDEAL).attention_s[0]
        / steps.prefill(SMALL, 10_000, 0.0, IDEAL).attention_s[0]
    )
    capped = (
        steps.prefill(windowed, 20_000, 0.0, IDEAL).attention_s[0] / steps.prefill(windowed, 10_000, 0.0, IDEAL).attention_s[0]
    )

    assert full == pytest.approx(4.0)
    assert 3.5 < capped < 4.0
