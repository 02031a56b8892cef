"""Speculative decoding: the expectation, gain at small batches, loss at large ones."""

import numpy as np
import pytest

from planner.options.calibrated import load_calibration
from planner.roofline import service
from planner.roofline.candidates import from_rows
from planner.roofline.lengths import Contexts, Lengths
from planner.roofline.speculation import Drafts, Speculation, drafted_decode, speculative_memory_share, speculative_step
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


def test_schemes_as_arrays_agree_with_the_scheme_alone() -> None:
    """A row with a scheme has its step and seconds a token; a row without drafts is a plain step; both in one call."""
    scheme = Speculation(3, 0.7, 0.02)
    both = ONE.take(np.array([0, 0]))
    reached = load_calibration().efficiencies(both)
    drafts = Drafts(np.array([3.0, 0.0]), np.array([0.7, 0.0]), np.array([0.02, 0.0]))
    _, step_s, token_s = drafted_decode(both, np.array([8.0, 8.0]), SHORT, drafts, reached)
    alone = speculative_step(ONE, 8.0, SHORT, scheme, REACHED)

    assert (step_s[0], token_s[0]) == pytest.approx((alone.step_s[0], alone.tpot_s[0]))
    assert step_s[1] == token_s[1] == pytest.approx(decode(ONE, np.array([8.0]), SHORT, REACHED, 1.0).total_s[0])
    assert drafts.memory_factor.tolist() == [1.02, 1.0]
    assert drafts.tokens_per_step == pytest.approx([scheme.tokens_per_step(), 1.0])
    assert Drafts(np.array([2.0]), np.array([1.0]), np.array([0.1])).tokens_per_step == pytest.approx([3.0])


def test_a_steady_state_counts_the_draft_in_memory_prompts_and_tokens() -> None:
    lengths = Lengths.of(1000.0, 200.0)
    drafts = Drafts(np.array([3.0]), np.array([0.7]), np.array([0.05]))
    plain = service.operating_point(ONE, 8.0, lengths, REACHED)
    drafted = service.operating_point(ONE, 8.0, lengths, REACHED, drafts=drafts)
    none = service.operating_point(ONE, 8.0, lengths, REACHED, drafts=Drafts(*np.zeros((3, 1))))

    assert drafted.tpot_s[0] < plain.tpot_s[0]
    assert drafted.requests_per_s[0] > plain.requests_per_s[0]
    assert drafted.ttft_s[0] > plain.ttft_s[0], "steps are longer, and the draft reads the prompt too"
    assert none.tpot_s[0] == plain.tpot_s[0]
    assert service.batch_max(ONE, lengths, REACHED, drafts)[0] <= service.batch_max(ONE, lengths, REACHED)[0]
