"""What is left of replicas after a loss, and how much of what is asked it carries."""

import numpy as np
import pytest

from planner.plan.survivors import Crowd, carried_share


def crowd(rates: list[list[float]], replicas: list[float]) -> Crowd:
    """Returns a crowd of one or more streams that each ask for nothing."""
    many = np.zeros(len(rates))
    return Crowd("p", "q", "b", np.array(rates), np.array(replicas), np.array(["here"] * len(replicas)), many, many)


def test_one_stream_is_carried_up_to_its_capacity():
    rates, left = np.array([[4.0, 10.0]]), np.array([2.0, 1.0])

    assert carried_share(rates, left, np.array([36.0])) == pytest.approx(0.5)
    assert carried_share(rates, left, np.array([18.0])) == 1.0
    assert carried_share(rates, left, np.array([0.0])) == 1.0


def test_several_streams_share_what_is_left():
    """One A (10 of chat or 5 of code) and one B (5 or 10): each takes its own; of two A one takes chat, one half of code."""
    rates, needs = np.array([[10.0, 5.0], [5.0, 10.0]]), np.array([10.0, 10.0])

    assert carried_share(rates, np.array([1.0, 1.0]), needs) == pytest.approx(1.0)
    assert carried_share(rates, np.array([2.0, 0.0]), needs) == pytest.approx(2 / 3)
    assert carried_share(np.array([[10.0, 5.0], [0.0, 10.0]]), np.array([2.0, 0.0]), needs) == pytest.approx(0.0)
    assert carried_share(rates, np.array([0.0, 0.0]), needs) == pytest.approx(0.0)


def test_the_most_capable_are_lost_first():
    [left] = crowd([[4.0, 10.0, 7.0]], [3.0, 1.0, 2.0]).left_after(2)

    assert left.tolist() == [3.0, 0.0, 1.0]


def test_with_several_streams_every_loss_is_a_case():
    lefts = {tuple(left) for left in crowd([[4.0, 1.0], [1.0, 4.0]], [3.0, 1.0]).left_after(2)}

    assert lefts == {(1.0, 1.0), (2.0, 0.0), (3.0, 0.0)}


def test_equal_replicas_are_one_crowd():
    merged = crowd([[4.0, 1.0, 4.0]], [3.0, 1.0, 2.0]).merged()

    assert merged.requests_per_s.tolist() == [[1.0, 4.0]]
    assert merged.replicas.tolist() == [1.0, 5.0]
