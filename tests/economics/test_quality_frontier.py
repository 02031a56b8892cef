"""Dominance against brute force, and near-optimal zones of exact and of uncertain costs."""

import math

import numpy as np
import pytest

from planner.economics.quality_frontier import INSIDE, OPEN, OUTSIDE, is_dominated, near_optimal, on_frontier
from planner.errors import InputError


@pytest.mark.parametrize("seed", range(20))
def test_the_frontier_is_what_nothing_dominates(seed: int) -> None:
    """Small whole numbers, so that ties and equal points occur."""
    rng = np.random.default_rng(seed)
    costs, scores = rng.integers(1, 6, 12).astype(float), rng.integers(1, 6, 12).astype(float)
    brute = [not any(is_dominated(c, s, oc, os) for oc, os in zip(costs, scores, strict=True))
             for c, s in zip(costs, scores, strict=True)]  # fmt: skip

    assert on_frontier(costs, scores).tolist() == brute


def test_equal_ones_stay_together() -> None:
    assert on_frontier([1.0, 1.0, 2.0], [5.0, 5.0, 5.0]).tolist() == [True, True, False]
    assert on_frontier([], []).tolist() == []


def test_near_optimal_of_exact_costs() -> None:
    found = near_optimal([10.0, 10.9, 11.1, 5.0], [70.0, 80.0, 90.0, 10.0], 60.0, 0.10)

    assert found.verdicts == (INSIDE, INSIDE, OUTSIDE, OUTSIDE)
    assert found.inside == (0, 1)
    assert found.best_usd == (10.0, 10.0)
    assert (found.cost_width_usd, found.score_width) == (pytest.approx(0.9), 10.0)


def test_a_gap_leaves_some_open() -> None:
    """The first costs 9 to 10, so the second (10.5 to 11) is inside if the first costs 10 and may not be if it costs 9."""
    found = near_optimal([10.0, 11.0, 20.0], [70.0, 70.0, 70.0], 0.0, 0.10, [9.0, 10.5, 15.0])

    assert found.verdicts == (INSIDE, OPEN, OUTSIDE)
    assert found.best_usd == (9.0, 10.0)


def test_a_single_one_is_near_itself_whatever_its_gap() -> None:
    assert near_optimal([10.0], [1.0], 0.0, 0.0, [1.0]).verdicts == (INSIDE,)


def test_a_floor_above_all_leaves_none() -> None:
    found = near_optimal([1.0], [50.0], 60.0, 0.1)

    assert found.verdicts == (OUTSIDE,)
    assert math.isnan(found.cost_width_usd)


@pytest.mark.parametrize(
    ("costs", "scores", "bounds", "text"),
    [([1.0], [1.0, 2.0], None, "a score for each cost"), ([math.nan], [1.0], None, "finite"), ([1.0], [1.0], [2.0], "bound")],
)
def test_numbers_that_cannot_be_are_refused(
    costs: list[float], scores: list[float], bounds: list[float] | None, text: str
) -> None:
    with pytest.raises(InputError, match=text):
        near_optimal(costs, scores, 0.0, 0.1, bounds)


def test_a_negative_share_is_refused() -> None:
    with pytest.raises(InputError, match="within"):
        near_optimal([1.0], [1.0], 0.0, -0.1)
