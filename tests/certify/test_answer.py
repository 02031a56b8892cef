"""An answer says what is proved and what is not; above what the plan costs nothing is."""

import dataclasses

from planner.certify.answer import Recheck

FOUND = Recheck("prices", 100.0, 100.0, "scip", 4, 4, 1.0, "", "")


def test_a_bound_up_to_the_plans_cost_stands():
    assert FOUND.is_reproved
    assert FOUND.beside(100.0) == FOUND
    assert dataclasses.replace(FOUND, reproved_usd=None).beside(50.0).clash == ""


def test_a_bound_above_the_plans_cost_is_the_certifiers_own_fault_and_proves_nothing():
    found = FOUND.beside(50.0)

    assert (found.is_reproved, found.reproved_usd, found.contradiction) == (False, None, "")
    assert found.lines == [
        "deep: nothing is re-proved, the certifier contradicts itself: it finds that no plan costs under 100.00 usd, "
        "and this one costs 50.00"
    ]
    assert found.record()["clash"] == found.clash
