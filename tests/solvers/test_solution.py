"""Solution: the words that others script against."""

from planner.solvers import Limit, Status


def test_status_and_limit_speak_the_documented_words():
    assert [*Status] == ["optimal", "feasible", "infeasible", "unbounded", "no_solution", "error"]
    assert [*Limit] == ["none", "time", "interrupted", "other"]
