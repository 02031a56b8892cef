"""The prepared sums of the traffic families."""

from planner.program.groups import Groups
from tests.program.optima import without
from tests.service_worlds import turned_away
from tests.worlds import tiny


def test_only_priced_workloads_may_be_turned_away():
    assert Groups(turned_away()).service.refusals == [("chat", "q1", "day"), ("chat", "q1", "night")]
    assert Groups(tiny()).service.refusals == []


def test_a_workload_without_a_route_is_unanswerable_unless_it_may_be_turned_away():
    closed = turned_away()
    closed = closed.with_tables(paths=closed.paths.assign(is_allowed=False))

    assert Groups(closed).service.unanswerable == []
    assert len(Groups(without(closed, "service")).service.unanswerable) == 2
