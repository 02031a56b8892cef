"""Scenarios in the program: the newsvendor by hand, both engines, the enumeration, and what certainty must give back."""

import math

import pytest

from planner.methods import METHODS, MethodSettings, solve_program
from planner.methods.choose import choose
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Problem, Settings, Status, solve_many
from tests.oracles.brute_force import least_cost_usd
from tests.policy_worlds import limited, powered
from tests.uncertain_worlds import HOURS, in_scenarios, newsvendor
from tests.worlds import random_world, rich_world, tiny

THREE = {"low": (0.5, 0.6), "mid": (0.3, 1.0), "high": (0.2, 1.7)}


def arrays(world) -> Problem:
    """Returns the program of a world as arrays."""
    return compile_program(build_program(Groups(world))).problem


def optima(problems, solver="highs") -> list[float]:
    """Returns the proved optima, infinity where there is no plan."""
    answers = solve_many(problems, Settings(solver=solver, relative_gap=1e-9, absolute_gap=1e-9, threads=1, log=False))
    assert all(answer.status in (Status.OPTIMAL, Status.INFEASIBLE) for answer in answers)
    return [math.inf if answer.objective is None else answer.objective for answer in answers]


def newsvendor_usd(reserved: int, on_demand_usd_per_hour: float) -> float:
    """Returns the expected cost of the newsvendor with so many nodes reserved."""
    short = sum(chance * max(0, needed - reserved) for chance, needed in ((0.5, 1), (0.3, 2), (0.2, 4)))
    return HOURS * (3.0 * reserved + on_demand_usd_per_hour * short)


@pytest.mark.parametrize(("price", "reserved", "usd"), [(5.0, 1, 750.0), (7.0, 2, 880.0), (20.0, 4, 1200.0), (2.0, 0, 380.0)])
@pytest.mark.parametrize("method", METHODS)
def test_the_newsvendor_reserves_what_is_needed_often_enough(method, price, reserved, usd):
    """At 5 usd/h: 1 node, 300 + 500 (0.3 + 3 x 0.2) = 750 usd; planning for the mean, 1.9 nodes, reserves 2: 800 usd."""
    found = solve_program(Groups(newsvendor(price)), MethodSettings(relative_gap=1e-9, threads=1), method)

    assert newsvendor_usd(reserved, price) == pytest.approx(usd)
    assert min(newsvendor_usd(count, price) for count in range(6)) == pytest.approx(usd)
    assert found.objective_usd == pytest.approx(usd)
    assert found.decision is not None
    assert found.decision.orders["nodes"].sum() == reserved


@pytest.mark.slow
def test_engines_and_enumeration_agree_on_random_worlds_in_three_futures():
    worlds = [in_scenarios(random_world(seed), THREE) for seed in range(16)]
    worlds += [in_scenarios(rich_world(seed), THREE) for seed in range(8)]
    problems = [arrays(world) for world in worlds]
    by_hand = [least_cost_usd(world) for world in worlds]

    assert sum(math.isfinite(usd) and usd > 0 for usd in by_hand) >= 20
    assert optima(problems) == pytest.approx(by_hand, rel=1e-7)
    assert optima(problems, "scip") == pytest.approx(by_hand, rel=1e-7)


def test_outer_brackets_the_optimum_in_three_futures():
    for seed in range(3):
        groups = Groups(in_scenarios(random_world(seed), THREE))
        assert choose(groups) == "outer"
        found = solve_program(groups, MethodSettings(relative_gap=1e-6, threads=1), "outer")
        usd = least_cost_usd(groups.coefficients)
        assert found.bound_usd <= usd * (1 + 1e-7) + 1e-6
        assert found.objective_usd == pytest.approx(usd, rel=1e-5)


@pytest.mark.slow
def test_futures_that_are_all_alike_cost_what_one_costs():
    worlds = [random_world(seed) for seed in range(20)]
    alike = [in_scenarios(world, {"a": (0.25, 1.0), "b": (0.75, 1.0)}) for world in worlds]
    single = [in_scenarios(world, {"only": (1.0, 1.0)}) for world in worlds]
    certain = optima([arrays(world) for world in worlds])

    assert optima([arrays(world) for world in alike]) == pytest.approx(certain, rel=1e-7)
    assert optima([arrays(world) for world in single]) == pytest.approx(certain, rel=1e-9)


@pytest.mark.slow
def test_one_program_for_all_futures_never_costs_less_than_knowing_the_future():
    worlds = [random_world(seed) for seed in range(20)]
    unsure = optima([arrays(in_scenarios(world, THREE)) for world in worlds])
    knowing = [
        optima([arrays(in_scenarios(world, {name: (1.0, factor)})) for world in worlds]) for name, (_, factor) in THREE.items()
    ]
    waited = [sum(p * usd for (p, _), usd in zip(THREE.values(), each, strict=True)) for each in zip(*knowing, strict=True)]

    assert all(a >= b * (1 - 1e-7) for a, b in zip(unsure, waited, strict=True))
    assert any(a > b * 1.001 for a, b in zip(unsure, waited, strict=True))


def test_groups_know_the_slots_and_the_clock_of_each_scenario():
    risk = Groups(newsvendor()).risk

    assert risk.probability == {"low": 0.5, "mid": 0.3, "high": 0.2}
    assert risk.slots_of["mid"] == [("q1", "day@mid")]
    assert risk.clock_hours == pytest.approx({("q1", f"day@{name}"): HOURS for name in risk.probability})
    assert Groups(newsvendor()).hours["q1", "day@high"] == pytest.approx(20.0)
    assert sum(Groups(newsvendor()).hours.values()) == pytest.approx(HOURS)


def test_a_scenario_sees_its_own_hours_and_all_index_sets():
    groups = Groups(newsvendor())
    seen = groups.risk.seen_in("high")

    assert seen.hours == pytest.approx({("q1", "day@low"): 0.0, ("q1", "day@mid"): 0.0, ("q1", "day@high"): HOURS})
    assert (seen.rentals, seen.routes, seen.orders) == (groups.rentals, groups.routes, groups.orders)


def test_without_scenarios_there_is_one_that_is_certain():
    groups = Groups(tiny())

    assert groups.risk.probability == {"expected": 1.0}
    assert groups.risk.clock_hours == groups.hours
    assert groups.risk.slots_of["expected"] == groups.slots


@pytest.mark.parametrize(("budget", "reserved", "usd"), [(1800.0, 1, 750.0), (1700.0, 2, 800.0), (1300.0, 4, 1200.0)])
def test_a_budget_holds_in_the_dearest_future(budget, reserved, usd):
    """The newsvendor's high future costs 1800, 1600, 1400, 1200 usd with 1 to 4 nodes reserved; the mean never 1300."""
    world = limited(newsvendor(), "budget_usd", budget)
    found = solve_program(Groups(world), MethodSettings(relative_gap=1e-9, threads=1))
    rows = arrays(world).row_names

    assert sorted(name for name in rows if name.startswith("budget")) == [
        f"budget[budget_usd--@{s}]" for s in ("high", "low", "mid")
    ]
    assert found.objective_usd == pytest.approx(usd)
    assert found.decision is not None
    assert found.decision.orders["nodes"].sum() == reserved


def test_a_carbon_cap_holds_in_each_future():
    """A node emits 5 kg in its 100 h; the high future takes four, reserved or not: 20 kg, so 19 kg cannot be kept."""
    base = powered(newsvendor(), {"1xT": 0.5}, {"here": (1.0, 0.1)})
    usd = optima([arrays(limited(base, "carbon_kg", cap)) for cap in (20.0, 19.0)])

    assert usd[0] == pytest.approx(750.0)
    assert math.isinf(usd[1])
