"""Hand-made worlds in which a family on traffic changes the optimum to a known number, found by both engines."""

import pytest

from tests.program.optima import decided, optimum, rates, without
from tests.service_worlds import plain, turned_away

both = pytest.mark.parametrize("solver", ["highs", "scip"])


@both
def test_requests_are_turned_away_where_that_is_cheaper_than_a_node(solver):
    """Day, 10 requests/s: two nodes cost 800; one node and 2 turned away 400 + 144. Night, 4: a node 400, all away 288."""
    assert optimum(without(turned_away(), "service"), solver) == pytest.approx(1200.0)
    assert optimum(turned_away(), solver) == pytest.approx(544.0 + 288.0)


def test_what_is_turned_away_is_told():
    found = decided(turned_away())

    assert rates(found.more["unserved"], "block") == {("day",): 2.0, ("night",): 4.0}
    assert rates(found.traffic, "block") == {("day",): 8.0}


def test_without_supply_all_is_turned_away_and_without_a_price_there_is_no_plan():
    closed = turned_away()
    closed = closed.with_tables(supply=closed.supply.assign(nodes_max=0))

    assert optimum(closed) == pytest.approx(14 * 72.0)
    assert optimum(without(closed, "service")) == float("inf")
    assert optimum(plain()) == pytest.approx(1200.0)
