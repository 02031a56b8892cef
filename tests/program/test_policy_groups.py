"""The prepared sums of the policy families."""

from planner.program.groups import Groups
from tests.worlds import tiny


def test_policy_groups_are_of_their_problem():
    groups = Groups(tiny())

    assert groups.policy.groups is groups
