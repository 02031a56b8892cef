"""Speculative decoding: the two yields, the choice of draft length, and what is refused."""

import numpy as np
import pytest

from planner.economics.erdil_devices import find_device
from planner.economics.erdil_latency import Workload
from planner.economics.erdil_models import find_model
from planner.economics.erdil_speculative import (
    Draft,
    best_speculation,
    drafted_choices,
    expected_tokens,
    step_latency_s,
    token_latency,
)
from planner.errors import InputError

H100 = find_device("H100")


def test_v1_credits_the_drafts_and_a_bonus_and_v2_one_less():
    assert expected_tokens("v1", 0.8, 4) == pytest.approx(1 + 0.8 + 0.64 + 0.512 + 0.4096)
    assert expected_tokens("v2", 0.8, 4) == pytest.approx(1 + 0.8 + 0.64 + 0.512)


def test_v1_tries_one_to_twenty_drafts_and_v2_two_to_five():
    assert list(drafted_choices("v2")) == [2, 3, 4, 5]
    assert list(drafted_choices("v1")) == list(range(1, 21))


def test_drafts_never_accepted_leave_plain_decoding():
    job = Workload(np.array([8.0]), np.array([4.0]), 0.0)
    model = find_model("Llama_3_70B")
    result = token_latency("v2", model, H100, job, Draft(find_model("Llama_3_8B"), 0.0))

    assert result.drafted.tolist() == [1]
    assert result.latency_s == pytest.approx(step_latency_s("v2", model, H100, job))


def test_skipping_hopeless_draft_lengths_changes_nothing():
    rng = np.random.default_rng(3)
    plain_s, draft_s = rng.uniform(1, 2, 200), rng.uniform(0.01, 1, 200)
    verify_s = {drafted: plain_s * rng.uniform(1, 2, 200) for drafted in range(2, 6)}
    asked: list[int] = []

    def verify(drafted, cells):
        asked.append(len(cells))
        return verify_s[drafted][cells]

    result = best_speculation("v2", plain_s, draft_s, verify, 0.7)
    every = np.stack([plain_s] + [(verify_s[k] + k * draft_s) / expected_tokens("v2", 0.7, k) for k in verify_s])

    assert result.latency_s == pytest.approx(every.min(axis=0))
    assert result.drafted.tolist() == [(1, 2, 3, 4, 5)[place] for place in every.argmin(axis=0)]
    assert sum(asked) < 4 * 200


def test_certain_acceptance_is_refused_for_it_divides_by_zero():
    with pytest.raises(InputError, match="below 1"):
        Draft(find_model("Llama_3_8B"), 1.0)


def test_an_infeasible_draft_leaves_plain_decoding():
    job = Workload(np.array([2.0]), np.array([1.0]), 0.0)
    result = token_latency("v2", find_model("Llama_3_8B"), H100, job, Draft(find_model("Llama_3_405B"), 0.8))

    assert result.drafted.tolist() == [1]
    assert np.isfinite(result.latency_s).all()
