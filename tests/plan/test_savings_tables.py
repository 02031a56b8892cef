"""The tables of savings plans are extensions: a plan without any has them empty."""

from planner.plan.plan import EXTENSIONS
from planner.plan.savings_tables import PLAN_USE, PLEDGES


def test_they_are_extensions_of_a_plan():
    assert EXTENSIONS["pledges"] is PLEDGES
    assert EXTENSIONS["plan_use"] is PLAN_USE
    assert PLEDGES.empty().empty
