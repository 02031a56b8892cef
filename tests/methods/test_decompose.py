"""A decomposition's run: it answers where there is no point, begins with a fleet where one is given, and hands over."""

import pytest

from planner.methods import MethodSettings
from planner.methods.decompose import decompose
from planner.methods.result import Fleet, MethodResult
from planner.methods.started import Started
from planner.program.groups import Groups
from tests.worlds import tiny

FLEET = Fleet(["q1", "q2"], {("chat", "o1", "2xT/here", "q1", "day"): 1}, {}, {})


def test_a_world_without_a_point_is_infeasible_and_no_method_is_asked() -> None:
    """No node is supplied at all."""
    world = tiny()
    found = decompose(
        Groups(world.with_tables(supply=world.supply.assign(nodes_max=0))), MethodSettings(threads=1), "outer", _never
    )

    assert (found.status, found.method, found.decision) == ("infeasible", "outer", None)


@pytest.mark.parametrize("fleet", [None, FLEET])
def test_a_fleet_is_begun_with_where_one_is_given(fleet: Fleet | None, monkeypatch: pytest.MonkeyPatch) -> None:
    met: list[Fleet] = []
    monkeypatch.setattr("planner.methods.decompose.resume", lambda _, given: met.append(given))
    found = decompose(
        Groups(tiny()), MethodSettings(threads=1, fleet=fleet), "outer", lambda started: started.answer("asked", "none")
    )

    assert found.method == "asked"
    assert met == ([] if fleet is None else [fleet])


def test_ctrl_c_between_the_start_and_the_method_keeps_what_is_there() -> None:
    """The tiny world's optimum is 2,400 usd."""

    def interrupted(_: Started) -> MethodResult:
        raise KeyboardInterrupt

    found = decompose(Groups(tiny()), MethodSettings(threads=1), "outer", interrupted)

    assert (found.limit, found.status) == ("interrupted", "no_plan")
    assert 0 < found.bound_usd <= 2400.0 + 1e-6


def _never(started: Started) -> MethodResult:
    raise AssertionError(started)
