"""Differences of least costs are intervals."""

from planner.plan.interval import NOT_DETERMINED, Interval, Proved


def test_the_ends_are_bounds_against_objectives():
    found = Interval.between(Proved(100.0, 99.0), Proved(120.0, 118.0))

    assert (found.low_usd, found.high_usd) == (18.0, 21.0)
    assert found.verdict == "dearer"
    assert Interval.between(Proved(120.0, 118.0), Proved(100.0, 99.0)).verdict == "cheaper"


def test_an_interval_that_holds_zero_determines_nothing():
    found = Interval.between(Proved(100.0, 90.0), Proved(101.0, 95.0))

    assert found.verdict == NOT_DETERMINED
    assert found.text == "[-5.00 usd, 11.00 usd]: not determined at this gap"


def test_a_missing_bound_leaves_that_end_open():
    assert Interval.between(Proved(100.0, None), Proved(101.0, 95.0)) == Interval(-5.0, None)


def test_what_is_proved_to_be_nothing_is_called_the_same():
    nothing = Interval.between(Proved(100.0, 100.0), Proved(100.0, 100.0))

    assert (nothing.verdict, nothing.text, nothing.words) == ("the same",) * 3
