"""Speculative decoding: the expectation, gain at small batches, loss at large ones."""

import numpy as np
import pytest

from planner.options.calibrated import load_calibration
from planner.roofline.candidates import from_rows
from planner.roofline.lengths import Contexts
from planner.roofline.speculation import Speculation, speculative_memory_share, speculative_step
from planner.roofline.steps import decode
from tests.roofline.machines import row

ONE = from_rows([row("llama-3.1-70b", "fp8", "8xH100-SXM", tp=8)])
REACHED = load_calibration().efficiencies(ONE)
SHORT = Contexts(np.asarray(500.0), np.asarray(500.0), np.asarray(500.0))


def test_expected_tokens_are_the_sum_over_accepted_prefixes() -> None:
    chances = [0.7**k for k in range(4)]

    assert Speculation(3, 0.7, 0.1).tokens_per_step() == pytest.approx(sum(chances))
    assert Speculation(3, 1.0, 0.1).tokens_per_step() == 4


def test_it_wins_alone_and_loses_in_a_crowd() -> None:
    scheme = Speculation(4, 0.6, 0.05)

    def gain(batch: float) -> float:
        plain = decode(ONE, np.array([batch]), SHORT, REACHED, 1.0).total_s[0]
        return float(plain / speculative_step(ONE, batch, SHORT, scheme, REACHED).tpot_s[0])

    assert gain(1.0) > 1.5
    assert gain(4000.0) < 1.0


def test_hopeless_drafts_only_cost() -> None:
    scheme = Speculation(2, 0.0, 0.05)
    plain = decode(ONE, np.array([8.0]), SHORT, REACHED, 1.0).total_s[0]

    assert speculative_step(ONE, 8.0, SHORT, scheme, REACHED).tpot_s[0] > plain
    assert speculative_memory_share(scheme) == 1.05
