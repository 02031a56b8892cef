"""What fits, against hand counts."""

import numpy as np
import pytest

from planner.roofline import memory
from planner.roofline.calibration import Efficiencies
from planner.roofline.candidates import from_rows
from tests.roofline.machines import row

PLAIN = Efficiencies(usable_memory_share=0.9, workspace_bytes=1.5e9)


def test_the_worked_number_of_the_docstring() -> None:
    one = from_rows([row("llama-3.1-70b", "fp8", "8xH100-SXM", tp=8)])

    assert memory.weights_bytes_per_accelerator(one)[0] == pytest.approx(9.1e9, rel=0.02)
    assert memory.kv_bytes_per_token(one, 4096.0)[0] == 80 * 2 * 128
    assert memory.sequences_max(one, 4096.0, PLAIN)[0] * 4096 == pytest.approx(3.25e6, rel=0.02)


def test_a_model_that_does_not_fit_holds_no_sequence() -> None:
    one = from_rows([row("llama-3.1-70b", "bf16", "1xH100-SXM", 16)])

    assert memory.sequences_max(one, 4096.0, PLAIN)[0] == 0


def test_window_layers_stop_growing_at_the_window() -> None:
    one = from_rows([row("gpt-oss-120b", "mxfp4", "1xH100-SXM", 16)])
    bytes_a_layer = 2 * 8 * 64 * 2
    short, long = (memory.sequence_bytes(one, np.asarray(context))[0] for context in (100.0, 10_000.0))

    assert short == 36 * bytes_a_layer * 100
    assert long == 18 * bytes_a_layer * 10_000 + 18 * bytes_a_layer * 128


def test_attention_groups_multiply_what_a_latent_cache_holds() -> None:
    made = from_rows([row("deepseek-r1", "fp8", "8xH200-SXM", tp=8, ep=8), row("deepseek-r1", "fp8", "8xH200-SXM", dp=8, ep=8)])
    spread, grouped = memory.sequences_max(made, 4096.0, PLAIN)[[0, 1]]

    assert grouped > 5 * spread


def test_linear_layers_hold_a_state_instead_of_a_cache() -> None:
    one = from_rows([row("qwen3.5-397b-a17b", "fp8", "8xH200-SXM", tp=8)])
    per_token = (memory.sequence_bytes(one, np.asarray(2e4)) - memory.sequence_bytes(one, np.asarray(1e4)))[0] / 1e4

    assert per_token == 15 * 2 * 256
    assert memory.sequence_bytes(one, np.asarray(0.0))[0] == 45 * 256 * 4096 * 2 / 8
