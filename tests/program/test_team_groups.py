"""Teams: whose traffic may move to whose replicas."""

import pytest

from planner.program.groups import Groups
from tests.policy_worlds import spotty
from tests.resilience_worlds import shared, two_regions
from tests.service_worlds import bought, in_two_steps, put_off, turned_away
from tests.worlds import showcase, tiny


def teams(world):
    """Returns all teams of a world."""
    return [team for found in Groups(world).teams.of_slot.values() for team in found]


def test_a_workload_of_its_own_is_a_team_whatever_the_places():
    [team] = teams(two_regions())

    assert (team.pool, team.name, team.slot) == ("chat", "chat", ("q1", "hour"))
    assert [(one.requests_per_s, len(one.deployments)) for one in team.classes] == [({"chat": 4.0}, 2)]
    assert [(s.answered, s.is_served_whole) for s in team.streams] == [(8.0, True)]


def test_workloads_that_share_replicas_are_one_team():
    [team] = teams(shared())

    assert [s.name for s in team.streams] == ["chat", "code"]
    assert [one.requests_per_s for one in team.classes] == [{"chat": 10.0, "code": 5.0}, {"chat": 5.0, "code": 10.0}]


def test_streams_that_meet_through_others_only_are_one_team_too():
    """In `showcase` code has no route there; chat ties the places together."""
    found = [team for team in teams(showcase()) if team.slot == ("q2", "day")]

    assert [[s.name for s in team.streams] for team in found] == [["chat", "code"]]
    assert {name for one in found[0].classes for name in one.requests_per_s} == {"chat", "code"}


def test_the_steps_of_a_cascade_are_apart():
    found = {team.name: team for team in teams(in_two_steps())}

    assert list(found) == ["chat", "chat|again"]
    assert found["chat|again"].streams[0].answered == pytest.approx(0.25 * 8.0)
    assert {one.name.split("|")[1] for one in found["chat|again"].classes} == {"b"}


def test_spot_replicas_count_for_the_share_that_is_up():
    rates = {one.requests_per_s["chat"] for team in teams(spotty(0.5, 0.2)) for one in team.classes}

    assert sorted(rates) == pytest.approx([3.2, 4.0])


@pytest.mark.parametrize(("world", "is_fixed", "is_whole"), [
    (tiny(), True, True), (bought(), True, False), (turned_away(), False, False), (put_off(), False, False),
])  # fmt: skip
def test_what_is_answered_is_known_where_nothing_may_leave(world, is_fixed, is_whole):
    streams = [s for team in teams(world) for s in team.streams]

    assert {(s.is_fixed, s.is_served_whole) for s in streams} == {(is_fixed, is_whole)}
