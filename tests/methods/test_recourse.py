"""Recourse: plans are plans and bounds bounds, a large fleet is close at once, Ctrl-C keeps what is there."""

import pytest

from planner.methods import MethodSettings, solve_program
from planner.methods.choose import suited
from planner.methods.search import Search
from planner.plan.assemble import plan_tables
from planner.program.groups import Groups
from tests.methods.hand_world import guided
from tests.worlds import random_world, tiny

EXACT = MethodSettings(relative_gap=1e-7, time_limit_s=60, threads=1)
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
    """2,400 usd, as worked in tests/program/test_build.py."""
    result = solve_program(Groups(tiny()), EXACT, "recourse")

    assert result.objective_usd == pytest.approx(2400.0)
    assert result.bound_usd == pytest.approx(2400.0, rel=1e-6)
    assert result.method == "recourse"


@pytest.mark.parametrize("seed", range(8))
def test_bound_and_plan_meet_at_the_textbook_optimum(seed: int) -> None:
    coefficients = random_world(seed)
    optimum = solve_program(Groups(coefficients), EXACT, "textbook").objective_usd
    found = solve_program(Groups(coefficients), EXACT, "recourse")
    slack = 1e-6 * max(1.0, abs(optimum))
    decision = found.decision
    tables = plan_tables(coefficients, decision.deployments, decision.traffic, decision.rentals, decision.orders)

    assert found.bound_usd <= optimum + slack
    assert found.objective_usd == pytest.approx(optimum, rel=1e-5, abs=1e-3)
    assert tables.total_usd == pytest.approx(found.objective_usd, rel=1e-6, abs=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_passes_alone_bring_a_large_fleet_within_two_percent(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the whole program at the end: the relaxation is the bound, the passes give the plan."""
    monkeypatch.setattr("planner.methods.recourse.finish", lambda *_: "none")
    groups = Groups(large_world(seed))
    found = solve_program(groups, EXACT, "recourse")
    split, guide, oracles, segments = guided(groups)

    assert found.bound_usd == pytest.approx(guide.bound, rel=1e-6)
    assert guide.bound <= found.objective_usd <= guide.bound * 1.02
    assert suited(Search(split, oracles, segments, guide, guide.bound)) in ("outer", "recourse")


def test_ctrl_c_keeps_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("planner.methods.recourse.descend", interrupted)
    result = solve_program(Groups(tiny()), EXACT, "recourse")

    assert result.limit == "interrupted"
    assert 0 < result.bound_usd <= 2400.0 + 1e-6


def test_where_passes_bring_no_plan_another_method_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """By name the whole program goes on; chosen by size, `outer` does."""
    monkeypatch.setattr("planner.methods.recourse.descend", lambda *_: None)
    monkeypatch.setattr("planner.methods.choose.suited", lambda _: "recourse")

    assert solve_program(Groups(tiny()), EXACT, "recourse").method == "recourse"
    taken = solve_program(Groups(tiny()), EXACT)
    assert (taken.method, taken.objective_usd) == ("outer", pytest.approx(2400.0))
