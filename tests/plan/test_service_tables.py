"""Plan tables of the traffic families are part of every plan, empty where nobody wishes anything."""

from planner.plan.plan import EXTENSIONS
from planner.plan.service_tables import API_TRAFFIC, UNSERVED
from tests.plan.worlds import tables


def test_tables_are_there_and_empty_in_a_plan_without_wishes():
    for declared in (UNSERVED, API_TRAFFIC):
        assert EXTENSIONS[declared.name] is declared
        assert getattr(tables(), declared.name).empty
