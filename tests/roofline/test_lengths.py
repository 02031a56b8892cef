"""Moments of length classes, by hand and by brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.roofline.lengths import Lengths, causal_context

TWO = Lengths.of([100, 1000], [10, 90], [3, 1])


def test_resident_sequences_are_length_biased() -> None:
    assert TWO.mean_resident_context == pytest.approx((30 * 105 + 90 * 1045) / 120)
    assert TWO.mean_peak_context == pytest.approx((30 * 110 + 90 * 1090) / 120)


def test_means_and_quantiles() -> None:
    assert TWO.mean_input == 325
    assert TWO.mean_output == 30
    assert (TWO.input_quantile(0.75), TWO.input_quantile(0.76), TWO.output_quantile(1.0)) == (100, 1000, 90)


@given(size=st.integers(1, 400), cap=st.integers(0, 500))
def test_causal_context_is_the_sum_over_tokens(size: int, cap: int) -> None:
    limit = cap if cap else size
    fine = 200
    positions = (np.arange(size * fine) + 0.5) / fine

    assert causal_context(np.asarray(float(size)), np.asarray(float(cap))) == pytest.approx(
        np.minimum(positions, limit).sum() / fine, rel=1e-5
    )


def test_windows_cap_contexts_class_by_class() -> None:
    windows = np.array([0.0, 200.0])
    resident = TWO.resident_contexts(windows, np.zeros(2))
    prefill = TWO.prefill_contexts(windows, np.zeros(2))

    assert resident.window == pytest.approx([TWO.mean_resident_context, (30 * 105 + 90 * 200) / 120])
    assert prefill.window == pytest.approx([0.75 * 5000 + 0.25 * 500000, 0.75 * 5000 + 0.25 * (20000 + 800 * 200)])


@pytest.mark.parametrize("bad", [([-1], [5], [1]), ([1], [0], [1]), ([1], [5], [0])])
def test_impossible_lengths_raise(bad: tuple[list[float], list[float], list[float]]) -> None:
    with pytest.raises(ValueError, match="lengths need"):
        Lengths.of(*bad)


@pytest.mark.parametrize("cached_share", [0.0, 0.25, 1.0])
def test_a_cached_prefix_saves_its_own_attention(cached_share):
    """Prompts of 100 tokens attend to 5000 in all; the first h of them to h^2 of that."""
    lengths = Lengths.of(np.array([100.0]), np.array([10.0]), np.array([1.0]))
    found = lengths.prefill_contexts(np.zeros(1), np.zeros(1), cached_share)

    assert float(found.full) == pytest.approx(5000 * (1 - cached_share**2))
    assert float(found.window[0]) == pytest.approx(5000 * (1 - cached_share**2))
