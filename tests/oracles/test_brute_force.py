"""The enumeration agrees with both engines on random worlds: neither shares code with the other."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from planner.options.coefficients import Coefficients
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Problem, Settings, Status, solve_many
from tests.oracles.brute_force import least_cost_usd, nodes_packed
from tests.worlds import random_world, rich_world, tiny

EXACT = {"relative_gap": 1e-8, "absolute_gap": 1e-9, "threads": 1, "log": False}
WORLDS = [*((random_world, seed) for seed in range(50)), *((rich_world, seed) for seed in range(60))]
MANY = [*((random_world, seed) for seed in range(50, 400)), *((rich_world, seed) for seed in range(60, 600))]


@dataclass(frozen=True)
class Case:
    """A random world, what the enumeration says it costs, and its arrays."""

    name: str
    world: Coefficients
    usd: float
    problem: Problem


def case(make: Callable[[int], Coefficients], seed: int) -> Case:
    """Returns the case of a random world."""
    world = make(seed)
    return Case(f"{make.__name__}({seed})", world, least_cost_usd(world), compile_program(build_program(Groups(world))).problem)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """The worlds of the fast test, enumerated once for both engines."""
    return [case(make, seed) for make, seed in WORLDS]


def disagreements(cases: list[Case], solver: str) -> list[str]:
    """Returns a line for each world in which an engine's optimum or bound is not the oracle's."""
    found = []
    answers = solve_many([one.problem for one in cases], Settings(solver=solver, **EXACT))
    for one, answer in zip(cases, answers, strict=True):
        if math.isinf(one.usd):
            is_same = answer.status is Status.INFEASIBLE
        else:
            is_same = answer.objective is not None and math.isclose(answer.objective, one.usd, rel_tol=1e-6, abs_tol=1e-6)
            is_same &= answer.bound is not None and answer.bound >= one.usd * (1 - 1e-6) - 1e-6
        if not is_same:
            found.append(f"{one.name}: oracle {one.usd}, {solver} {answer.status} {answer.objective} >= {answer.bound}")
    return found


@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_engines_agree_with_the_enumeration_on_110_worlds(cases, solver):
    assert disagreements(cases, solver) == []


@pytest.mark.slow
@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_engines_agree_with_the_enumeration_on_many_more_worlds(solver):
    assert disagreements([case(make, seed) for make, seed in MANY], solver) == []


def test_worlds_show_every_feature(cases):
    worlds, costs = [one.world for one in cases], [one.usd for one in cases]

    assert sum(math.isinf(usd) for usd in costs) >= 2, "some worlds have too little supply"
    assert sum(not math.isinf(usd) for usd in costs) >= 100
    for feature in (
        lambda w: w.offers["region"].nunique() == 2,
        lambda w: not w.paths["is_allowed"].all(),
        lambda w: (w.rates["network_ms_max"] < w.paths["network_ms"].max()).any(),
        lambda w: (w.paths["egress_usd_per_request"] > 0).any(),
        lambda w: (w.offers["lead_time_periods"] > 0).any(),
        lambda w: (w.options["nodes_per_replica"] > 1).any(),
        lambda w: (w.offers["kind"] == "purchase").any(),
        lambda w: (w.offers["kind"] == "owned").any(),
        lambda w: (w.offers["kind"] == "reserved").any(),
        lambda w: w.pools["pool"].nunique() < len(w.pools),
        lambda w: (w.pools["replicas_min"] > 0).any(),
    ):
        assert sum(bool(feature(w)) for w in worlds) >= 5


def test_tiny_costs_2400_usd():
    assert least_cost_usd(tiny()) == pytest.approx(2400.0, abs=1e-9)


def test_replicas_are_packed_largest_first():
    assert nodes_packed((4, 2, 2, 1), 4) == 3
    assert nodes_packed((), 4) == 0
