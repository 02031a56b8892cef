"""Offers: the newest point counts, everybody who listens is told while they do."""

import numpy as np

from planner.solvers import Offers


def test_the_newest_point_counts() -> None:
    offers = Offers()
    assert offers.newest is None
    offers.put(np.zeros(2))
    offers.put(np.ones(2))
    assert offers.newest is not None
    assert offers.newest.tolist() == [1.0, 1.0]


def test_all_who_listen_are_told_what_there_is_and_what_follows_until_they_leave() -> None:
    offers, heard = Offers(), []

    def listener(name: str):
        return lambda: heard.append((name, float(offers.newest[0])))

    first = offers.listen(listener("first"))
    offers.put(np.array([1.0]))
    offers.listen(listener("second"))
    offers.put(np.array([2.0]))
    first()
    first()
    offers.put(np.array([3.0]))
    assert heard == [("first", 1.0), ("second", 1.0), ("first", 2.0), ("second", 2.0), ("second", 3.0)]
