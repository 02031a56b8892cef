"""Restart: a search begins with an earlier plan where it still is one, else beside what it signed; optima stay what they are."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from planner.methods import MethodSettings, solve_program
from planner.methods.crew import Crew
from planner.methods.restart import resume, values_of
from planner.methods.result import Fleet, MethodResult
from planner.methods.started import Started
from planner.options.coefficients import Coefficients
from planner.program.groups import Groups
from tests.methods.meeting import EXACT
from tests.methods.poor_starts import begun_of
from tests.worlds import random_world, tiny

TINY = ["q1", "q2"]


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    """Returns one process."""
    with Crew(1) as found:
        yield found


def fleet_of(result: MethodResult, periods: list[str]) -> Fleet:
    """Returns what a result runs and signs."""
    decision = result.decision
    assert decision is not None
    frames = decision.deployments, decision.rentals, decision.orders
    return Fleet(periods, *({row[:-1]: int(row[-1]) for row in frame.itertuples(index=False, name=None)} for frame in frames))


def solved(coefficients: Coefficients, fleet: Fleet | None = None, method: str = "textbook") -> MethodResult:
    """Returns the optimum of a world, perhaps from an earlier fleet."""
    return solve_program(Groups(coefficients), dataclasses.replace(EXACT, fleet=fleet), method)


def times(coefficients: Coefficients, factor: float) -> Coefficients:
    """Returns a world with so many times the traffic."""
    demand = coefficients.demand
    return coefficients.with_tables(demand=demand.assign(requests_per_s=demand["requests_per_s"] * factor))


def resumed(coefficients: Coefficients, fleet: Fleet, crew: Crew) -> Started:
    """Returns a search that has begun with a fleet."""
    started = begun_of(Groups(coefficients), crew)
    resume(started, fleet)
    return started


@pytest.mark.parametrize("seed", range(6))
def test_the_same_world_begins_with_its_plan(seed: int, crew: Crew) -> None:
    world = random_world(seed)
    best = solved(world)
    search = resumed(world, fleet_of(best, world.periods["period"].tolist()), crew).search

    assert search.incumbent == pytest.approx(best.objective_usd, rel=1e-6, abs=1e-3)
    assert all(search.patterns)


def test_commitments_are_chosen_afresh_for_the_fleet(crew: Crew) -> None:
    """All on demand the tiny world's fleet costs 100 h x 4 usd x (2 + 1 + 3 + 1) nodes = 2,800 usd; with the best terms 2,400."""
    best = solved(tiny())
    nodes = {("q1", "day"): 2, ("q1", "night"): 1, ("q2", "day"): 3, ("q2", "night"): 1}
    fleet = dataclasses.replace(fleet_of(best, TINY), orders={}, rents={("od", *slot): n for slot, n in nodes.items()})

    assert resumed(tiny(), fleet, crew).search.incumbent == pytest.approx(2400.0)


def test_more_traffic_than_before_is_served_beside_what_was_signed(crew: Crew) -> None:
    """With twice the traffic nothing of before suffices, and what was signed stays signed."""
    fleet, doubled = fleet_of(solved(tiny()), TINY), times(tiny(), 2.0)
    started = resumed(doubled, fleet, crew)
    columns = dict(zip(started.compiled.columns, started.search.values, strict=True))

    assert fleet.orders
    assert np.isfinite(started.search.incumbent)
    assert all(columns["commit", index] >= nodes for index, nodes in fleet.orders.items())
    assert started.search.incumbent >= solved(doubled).objective_usd - 1e-3


@pytest.mark.parametrize("method", ["outer", "partwise", "recourse"])
@pytest.mark.parametrize("factor", [0.7, 1.0, 1.6])
def test_every_decomposition_ends_at_the_optimum_wherever_it_begins(method: str, factor: float) -> None:
    fleet, now = fleet_of(solved(tiny()), TINY), times(tiny(), factor)
    best, found = solved(now), solved(now, fleet, method)

    assert found.objective_usd == pytest.approx(best.objective_usd, rel=1e-6)
    assert found.bound_usd <= best.objective_usd * (1 + 1e-6)


def test_what_is_gone_is_left_out_and_a_new_period_runs_the_last_ones_fleet() -> None:
    columns = (
        ("deploy", ("chat", "m@fp8/2xT/tp1/b8", "here", "q2", "day")),
        ("deploy", ("chat", "m@fp8/2xT/tp2/b4", "here", "q2", "day")),
        ("deploy", ("chat", "m@fp8/2xT/tp1/b8", "here", "q3", "day")),
        ("deploy", ("chat", "m@fp8/2xT/tp1/b8", "there", "q3", "day")),
        ("rent", ("od", "q3", "day")), ("rent", ("od", "q3", "night")), ("commit", ("re", "q2")), ("commit", ("re", "q3")),
        ("serve", ("chat", "m@fp8/2xT/tp1/b8", "here", "q2", "day")),
    )  # fmt: skip
    replicas = {
        ("chat", "m@fp8/2xT/tp1/b16", "here", "q2", "day"): 3,
        ("chat", "m@fp8/2xT/tp4/b16", "here", "q2", "day"): 5,
        ("code", "m@fp8/2xT/tp1/b8", "here", "q2", "day"): 7,
        ("chat", "m@fp8/2xT/tp1/b8", "here", "q1", "day"): 9,
    }
    fleet = Fleet(["q1", "q2"], replicas, {("od", "q2", "day"): 2}, {("re", "q1"): 4, ("re", "q2"): 1})

    assert values_of(columns, fleet).tolist() == [3, 0, 3, 0, 2, 0, 1, 0, 0]


def test_a_foreign_plan_leaves_the_search_as_it_is(crew: Crew) -> None:
    search = resumed(tiny(), Fleet(["x"], {("a", "b", "c", "x", "e"): 1}, {}, {("none", "x"): 2}), crew).search

    assert search.incumbent == float("inf")


def test_orders_that_cannot_be_signed_any_more_are_no_start(crew: Crew) -> None:
    """Nothing is sold reserved any longer: what was signed is above its upper bound."""
    world, fleet = tiny(), fleet_of(solved(tiny()), TINY)
    supply = world.supply.assign(nodes_max=world.supply["nodes_max"].where(world.supply["offer"] != "re", 0))
    search = resumed(world.with_tables(supply=supply), fleet, crew).search

    assert search.incumbent == float("inf")


def test_an_interrupt_while_it_begins_keeps_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("planner.methods.decompose.resume", interrupted)
    found = solve_program(Groups(tiny()), MethodSettings(fleet=Fleet(TINY, {}, {}, {}), threads=1), "partwise")

    assert (found.limit, found.status) == ("interrupted", "no_plan")
    assert 0 < found.bound_usd <= 2400.0 + 1e-6
