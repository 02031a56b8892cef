"""Goals in the program: the newsvendor's tail by hand, both engines, an enumeration, and the order of stages."""

import math
from dataclasses import replace

import pytest

from planner.methods import MethodSettings, solve_program
from planner.options.coefficients import Coefficients
from planner.plan.goals import tail_mean
from planner.plan.scenarios import seen_in
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.goal_groups import Stage
from planner.program.groups import Groups
from planner.solvers import Settings, Status, solve_many
from tests.oracles import brute_force
from tests.uncertain_worlds import HOURS, in_scenarios, newsvendor, with_limits, with_tail
from tests.worlds import random_world, rich_world, tiny

THREE = {"low": (0.5, 0.6), "mid": (0.3, 1.0), "high": (0.2, 1.7)}
CHANCES = ((0.5, 1), (0.3, 2), (0.2, 4))
"""(probability, nodes needed) of the newsvendor's futures."""


def tail_cost_usd(reserved: int, weight: float) -> float:
    """Returns the tail-weighed cost of the newsvendor at 5 usd/h on demand; the tail is the dearest fifth."""
    costs = [(chance, HOURS * (3.0 * reserved + 5.0 * max(0, needed - reserved))) for chance, needed in CHANCES]
    mean = sum(chance * usd for chance, usd in costs)
    return (1 - weight) * mean + weight * max(usd for _, usd in costs)


@pytest.mark.parametrize(("weight", "reserved", "usd"), [(0.1, 1, 855.0), (0.4, 2, 1120.0), (0.8, 4, 1200.0), (1.0, 4, 1200.0)])
def test_the_newsvendor_who_minds_the_dear_future_reserves_more(weight, reserved, usd):
    """With k nodes reserved mean and dearest future cost 750 and 1800, 800 and 1600, 1000 and 1400, 1200 and 1200 usd.

    At weight 0 one node is best (750 usd); at 0.4 two: 0.6 x 800 + 0.4 x 1600 = 1120 usd, where one costs 1170.
    """
    found = solve_program(Groups(with_tail(newsvendor(), weight, 0.2)), MethodSettings(relative_gap=1e-9, threads=1))

    assert tail_cost_usd(reserved, weight) == pytest.approx(usd)
    assert min(tail_cost_usd(count, weight) for count in range(6)) == pytest.approx(usd)
    assert found.decision is not None
    assert found.decision.orders["nodes"].sum() == reserved
    assert [(stage.goals, stage.bound) for stage in found.stages] == [(("tail_cost",), pytest.approx(usd, rel=1e-6))]
    assert found.bound_usd is None


def test_a_future_on_the_edge_of_the_tail_counts_by_its_part():
    """The dearest 0.4: 0.2 of high and 0.2 of mid."""
    costs = [(0.5, 300.0), (0.3, 800.0), (0.2, 1800.0)]

    assert tail_mean(costs, 0.4) == pytest.approx((0.2 * 1800 + 0.2 * 800) / 0.4)
    assert tail_mean(costs, 1.0) == pytest.approx(0.5 * 300 + 0.3 * 800 + 0.2 * 1800)
    assert tail_mean(costs, 0.01) == pytest.approx(1800.0)


def least_tail_usd(world: Coefficients, weight: float, share: float) -> float:
    """Returns the least tail-weighed cost by enumeration: every order book, then each future at its own least cost.

    Both the mean and the tail fall with every future's cost, so each future is served as cheaply as the orders let it.
    """
    chances = dict(world.blocks.drop_duplicates("scenario")[["scenario", "probability"]].itertuples(index=False, name=None))
    clocks = {name: brute_force.Facts.of(seen_in(world, name)) for name in chances}
    facts = {name: replace(one, hours={slot: h for slot, h in one.hours.items() if h > 0}) for name, one in clocks.items()}
    needs = {name: {slot: brute_force.slot_needs(one, slot) for slot in one.hours} for name, one in facts.items()}
    if not all(way for one in needs.values() for way in one.values()):
        return math.inf
    books = brute_force.order_books(brute_force.Facts.of(world))

    def usd(held: object, order_usd: float) -> float:
        costs = [(p, order_usd + brute_force._rent_usd(facts[n], needs[n], held)) for n, p in chances.items()]
        if any(math.isinf(each) for _, each in costs):
            return math.inf
        return (1 - weight) * sum(p * each for p, each in costs) + weight * tail_mean(costs, share)

    return min(usd(held, order_usd) for held, order_usd, _ in books)


@pytest.mark.slow
def test_engines_and_enumeration_agree_on_the_tail_of_random_worlds():
    worlds = [in_scenarios(random_world(seed), THREE) for seed in range(16)]
    worlds += [in_scenarios(rich_world(seed), THREE) for seed in range(8)]
    by_hand = [least_tail_usd(world, 0.5, 0.35) for world in worlds]
    problems = [compile_program(build_program(Groups(with_tail(world, 0.5, 0.35)))).problem for world in worlds]

    assert sum(math.isfinite(usd) and usd > 0 for usd in by_hand) >= 20
    for solver in ("highs", "scip"):
        answers = solve_many(problems, Settings(solver=solver, relative_gap=1e-9, absolute_gap=1e-9, threads=1, log=False))
        assert all(answer.status in (Status.OPTIMAL, Status.INFEASIBLE) for answer in answers)
        found = [math.inf if answer.objective is None else answer.objective for answer in answers]
        assert found == pytest.approx(by_hand, rel=1e-6)


def test_without_a_goal_least_cost_is_the_one_stage():
    goals = Groups(tiny()).goals

    assert goals.is_cost_alone
    assert [dict(stage.weights) for stage in goals.stages] == [{"least_cost": 1.0}]


def test_a_tail_weight_stands_for_cost_and_a_weight_of_one_leaves_cost_to_settle():
    half, whole = (Groups(with_tail(newsvendor(), weight, 0.2)).goals for weight in (0.5, 1.0))

    assert [dict(stage.weights) for stage in half.stages] == [{"tail_cost": 1.0}]
    assert [(dict(stage.weights), stage.is_told) for stage in whole.stages] == [
        ({"tail_cost": 1.0}, True), ({"least_cost": 1.0}, False),
    ]  # fmt: skip
    assert not half.is_cost_alone


def test_an_order_is_a_stage_a_goal_with_its_tolerance():
    world = with_limits(
        tiny(), ("goal|1", "goal", "least_carbon", 0.05, "share"), ("goal|2", "goal", "most_served", 0.0, "share")
    )
    stages = Groups(world).goals.stages

    assert [(dict(s.weights), s.tolerance_share, s.is_told) for s in stages] == [
        ({"least_carbon": 1.0}, 0.05, True), ({"most_served": 1.0}, 0.0, True), ({"least_cost": 1.0}, 0.0, False),
    ]  # fmt: skip


def test_weights_are_one_stage():
    world = with_limits(
        tiny(), ("goal|1", "goal", "least_cost", 1.0, "weight"), ("goal|2", "goal", "least_carbon", 0.2, "weight")
    )

    assert Groups(world).goals.stages == (Stage({"least_cost": 1.0, "least_carbon": 0.2}),)


def test_every_cost_in_expectation_is_the_mean_of_what_its_scenarios_see():
    """The tail counts each term once a scenario, as that scenario sees it: probability times these is the term itself."""
    from planner.program.costs import COSTS

    groups = Groups(in_scenarios(rich_world(3), THREE))
    for cost in COSTS:
        mean = compile_program(build_program(groups, costs=[cost])).problem.cost
        seen = [compile_program(build_program(groups.risk.seen_in(name), costs=[cost])).problem.cost for name in THREE]
        assert sum(p * each for (p, _), each in zip(THREE.values(), seen, strict=True)) == pytest.approx(mean)
