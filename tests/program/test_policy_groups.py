"""The prepared sums of the policy families."""

from planner.program.groups import Groups
from tests.policy_worlds import priced, spotty
from tests.worlds import showcase, tiny


def test_policy_groups_are_of_their_problem():
    groups = Groups(tiny())

    assert groups.policy.groups is groups


def test_spot_nodes_are_places_of_their_own():
    groups = Groups(spotty(0.5))

    assert {place for _, _, place, _, _ in groups.deployments} == {"here", "here!spot"}
    assert groups.offers_of_bay["2xT", "here!spot"] == ["sp"]
    assert groups.region_of["here!spot"] == "here"
    assert [place for _, _, place, _, _ in Groups(spotty(0.0)).routes if place != "here"] == []


def test_a_replica_over_two_spot_nodes_is_up_while_both_are():
    world = showcase()
    kind = world.offers["kind"].where(world.offers["provider"] != "p", "spot")
    up = Groups(priced(world.with_tables(offers=world.offers.assign(kind=kind)), "spot_interruption_share", 0.1)).policy.up_share

    assert up["one", "here!spot"] == 0.9
    assert abs(up["two", "here!spot/p"] - 0.81) < 1e-12
    assert up["two", "here/q"] == 1.0
