"""Offers: the newest point counts, each is passed on while somebody listens."""

import numpy as np

from planner.solvers import Offers


def test_the_newest_point_counts() -> None:
    offers = Offers()
    assert offers.newest is None
    offers.put(np.zeros(2))
    offers.put(np.ones(2))
    assert offers.newest is not None
    assert offers.newest.tolist() == [1.0, 1.0]


def test_a_listener_is_told_what_there_is_and_what_follows_until_it_leaves() -> None:
    offers, heard = Offers(), []
    offers.put(np.array([1.0]))
    offers.listen(lambda values: heard.append(float(values[0])))
    offers.put(np.array([2.0]))
    offers.listen(None)
    offers.put(np.array([3.0]))
    assert heard == [1.0, 2.0]


def test_who_listens_where_nothing_is_offered_hears_nothing() -> None:
    offers, heard = Offers(), []
    offers.listen(heard.append)
    assert heard == []
