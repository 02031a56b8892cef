"""Recourse: plans are plans and bounds bounds, a large fleet is close at once, Ctrl-C keeps what is there."""

from types import SimpleNamespace

import numpy as np
import pytest

from planner.methods import recourse as module
from planner.methods import solve_program
from planner.methods.crew import Crew
from planner.methods.recourse import recourse_from
from planner.methods.started import Started
from planner.program.groups import Groups
from tests.methods.hand_world import guided
from tests.methods.meeting import EXACT, keeps_the_bound, meets_textbook, meets_the_hand_optimum
from tests.methods.poor_starts import begun, poor_plan
from tests.worlds import random_world, tiny

TIMES = 200.0
"""A random world's demand and supply times so much is a large fleet."""


def large_world(seed: int):
    """Returns a random world of many nodes."""
    world = random_world(seed)
    return world.with_tables(
        demand=world.demand.assign(requests_per_s=world.demand.requests_per_s * TIMES),
        supply=world.supply.assign(nodes_max=(world.supply.nodes_max * TIMES).astype(int)),
    )


def test_tiny_is_proved_to_its_hand_optimum() -> None:
    meets_the_hand_optimum("recourse")


@pytest.mark.parametrize("seed", range(8))
def test_bound_and_plan_meet_at_the_textbook_optimum(seed: int) -> None:
    meets_textbook("recourse", seed)


@pytest.mark.parametrize("seed", range(3))
def test_passes_alone_bring_a_large_fleet_within_two_percent(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the whole program at the end: the relaxation is the bound, the passes give the plan."""
    monkeypatch.setattr("planner.methods.recourse.whole_beside", lambda *_: "none")
    groups = Groups(large_world(seed))
    found = solve_program(groups, EXACT, "recourse")
    _, guide, _, _ = guided(groups)

    assert found.bound_usd == pytest.approx(guide.bound, rel=1e-6)
    assert guide.bound <= found.objective_usd <= guide.bound * 1.02


def test_ctrl_c_keeps_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    keeps_the_bound(monkeypatch, "recourse", "planner.methods.recourse.descend")


def test_where_passes_bring_no_plan_another_method_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """By name the whole program goes on; chosen by size, `outer` does."""
    monkeypatch.setattr("planner.methods.recourse._passes", lambda *_: None)
    monkeypatch.setattr("planner.methods.choose.suited", lambda *_: "recourse")

    assert solve_program(Groups(tiny()), EXACT, "recourse").method == "recourse"
    taken = solve_program(Groups(tiny()), EXACT)
    assert (taken.method, taken.objective_usd) == ("outer", pytest.approx(2400.0))


@pytest.mark.parametrize(("is_small", "is_taken"), [(True, True), (False, False)])
def test_from_the_first_plan_of_a_small_fleet_others_go_on(
    is_small: bool, is_taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one with several cells; what they leave is the answer. A larger one's passes and whole program go on themselves."""
    monkeypatch.setattr("planner.methods.search.SMALL_FLEET_NODES", 1e9 if is_small else 0.0)
    told: list[bool] = []
    monkeypatch.setattr("planner.methods.recourse._passes", lambda started, is_last: told.append(is_last))
    asked: list[Started] = []

    def beside(started: Started) -> str:
        asked.append(started)
        return "other"

    with Crew(1) as crew:
        started = begun(1, crew)
        started.search.keep(poor_plan(started))
        found = recourse_from(started, beside=beside)

    assert len(started.search.oracles) > 1
    assert bool(asked) == is_taken
    assert (found.limit == "other") == is_taken
    assert told == [not is_taken]


@pytest.mark.parametrize(
    ("is_last", "tight", "has_plan", "expected"),
    [
        (False, True, True, ["scarce"]),
        (False, True, False, ["scarce", "passes"]),
        (False, False, False, ["passes", "scarce"]),
        (True, True, False, ["passes", "scarce"]),
    ],
)
def test_under_a_tight_budget_its_least_use_comes_first(
    is_last: bool, tight: bool, has_plan: bool, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small fleets that another method goes on with: least use first, and once; a plan of it is enough."""
    told: list[str] = []
    search = SimpleNamespace(values=None, is_infeasible=False, split=SimpleNamespace(problem=None), oracles=[])
    started = SimpleNamespace(search=search, relaxed=np.zeros(1))

    def least(_: object) -> None:
        told.append("scarce")
        search.values = np.zeros(1) if has_plan else None

    def descend(*_: object, **__: object) -> list[None]:
        told.append("passes")
        return []

    monkeypatch.setattr(module, "scarce_rows", lambda _, share: np.array([3] if tight and share == module.TIGHT_SHARE else []))
    monkeypatch.setattr(module, "least_scarce", least)
    monkeypatch.setattr(module, "descend", descend)
    monkeypatch.setattr(module, "commitments_for", lambda *_: np.zeros(1))
    monkeypatch.setattr(module, "nearest", lambda *_: np.zeros(1))
    monkeypatch.setattr(module, "is_raced", lambda _: True)
    monkeypatch.setattr(module, "tell", lambda *_: None)
    module._passes(started, is_last)

    assert told == expected
