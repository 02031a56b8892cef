"""Break-even, why not and one more unit on instances proved to 1e-4, against bisection and solves of their own.

The bisections share no code with the studies: they change tables or add a subsidy to the arrays and ask an engine.
"""

import dataclasses
import math

import numpy as np
import pytest
from scipy import sparse

from planner import pipeline
from planner.methods import MethodSettings, solve_program
from planner.plan.assemble import plan_tables
from planner.plan.interval import Proved
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Problem, Settings, Worker, solve_here
from planner.studies.break_even import break_even
from planner.studies.forced import Memory, Program
from planner.studies.runner_up import runner_ups
from planner.studies.why_not import why_not
from planner.studies.worth import RightSide, duals, raised, worth
from tests.small_instances import second_workload, write_instance

PROVED = MethodSettings(relative_gap=1e-4, time_limit_s=60, threads=1)
EXACT = Settings(relative_gap=1e-7, threads=1, time_limit_s=60, log=False)
CHANGES = {
    "workloads.0.slo": [{"metric": "tpot", "statistic": "mean", "ms": 40}],
    "workloads.9": second_workload(slo=[{"metric": "tpot", "statistic": "mean", "ms": 25}]),
    "supply.node_types": ["8xH100-SXM", "8xH200-SXM", "8xL40S", "8xA100-80GB-SXM"], "supply.nodes_max_per_offer": 3,
    "supply.providers": ["aws", "gcp"],
}  # fmt: skip
RATE = 180.0


@pytest.fixture(scope="module")
def coefficients(tmp_path_factory):
    """Two workloads in two quarters by day and night, on four node types rented or reserved."""
    wish = write_instance(tmp_path_factory.mktemp("bisected") / "wish", CHANGES, requests_per_s=RATE)
    return pipeline.prepare_instance(*pipeline.read(wish)).coefficients


def arrays(coefficients) -> Problem:
    return compile_program(build_program(Groups(coefficients))).problem


def least_usd(coefficients) -> float:
    """Returns the least cost as the first engine proves it to 1e-7."""
    found = solve_here(arrays(coefficients), EXACT)
    return math.inf if found.objective is None else found.objective


def plan_of(coefficients):
    result = solve_program(Groups(coefficients), PROVED, "textbook")
    d = result.decision
    assert result.objective_usd - result.bound_usd <= 1.1e-4 * result.objective_usd
    return plan_tables(coefficients, d.deployments, d.traffic, d.rentals, d.orders), Proved(
        result.objective_usd, result.bound_usd
    )


def scaled(coefficients, node_type: str, factor: float):
    mine = coefficients.offers.loc[coefficients.offers["node_type"] == node_type, "offer"]
    by = np.where(coefficients.prices["offer"].isin(mine), factor, 1.0)
    prices = coefficients.prices
    return coefficients.with_tables(
        prices=prices.assign(usd_per_hour=prices["usd_per_hour"] * by, upfront_usd=prices["upfront_usd"] * by)
    )


def bisected_factor(coefficients, node_type: str) -> float:
    """Returns the factor under which the type lowers the least cost, to 0.1 %: its supply set to none is what it is without."""
    mine = set(coefficients.offers.loc[coefficients.offers["node_type"] == node_type, "offer"])
    supply = coefficients.supply
    none = supply.assign(nodes_max=supply["nodes_max"].where(~supply["offer"].isin(mine), 0))
    without = least_usd(coefficients.with_tables(supply=none))
    low, high = 0.05, 3.0
    while high / low > 1.001:
        middle = math.sqrt(low * high)
        is_in = least_usd(scaled(coefficients, node_type, middle)) < without * (1 - 2e-6)
        low, high = (middle, high) if is_in else (low, middle)
    return low


def check_break_even(coefficients, node_type: str) -> None:
    known = bisected_factor(coefficients, node_type)
    found = break_even(coefficients, node_type, PROVED, low=0.05, high=3.0, width=0.004 * known, method="textbook")

    assert 0.05 < known < 3.0
    assert found.wins_at <= known * 1.001
    assert found.wins_at == pytest.approx(known, rel=0.01)
    assert found.absent_from == pytest.approx(known, rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("node_type", ["8xL40S", "8xH100-SXM", "8xH200-SXM", "8xA100-80GB-SXM"])
def test_break_even_prices_are_the_bisected_ones_to_one_per_cent(coefficients, node_type):
    check_break_even(coefficients, node_type)


def subsidised(coefficients, node_type: str, usd: float) -> bool:
    """Says whether a subsidy for having a node of a type around the clock makes the least-cost fleet have one."""
    compiled = compile_program(build_program(Groups(coefficients)))
    problem, groups = compiled.problem, Groups(coefficients)
    mine = set(coefficients.offers.loc[coefficients.offers["node_type"] == node_type, "offer"])
    rows = sparse.lil_matrix((len(groups.slots), problem.columns + 1))
    for i, (period, block) in enumerate(groups.slots):
        for j, (name, index) in enumerate(compiled.columns):
            is_there = (name == "rent" and index[1:] == (period, block)) or (name == "hold" and index[1] == period)
            if is_there and index[0] in mine:
                rows[i, j] = 1.0
        rows[i, problem.columns] = -1.0
    base = sparse.csc_matrix((problem.values, problem.row_indices, problem.column_starts), shape=(problem.rows, problem.columns))
    whole = sparse.vstack([sparse.hstack([base, sparse.csc_matrix((problem.rows, 1))]), rows]).tocsc()
    whole.sort_indices()
    more = len(groups.slots)
    made = Problem(
        column_starts=whole.indptr.astype(np.int64), row_indices=whole.indices.astype(np.int64), values=whole.data,
        cost=np.append(problem.cost, -usd), row_lower=np.append(problem.row_lower, np.zeros(more)),
        row_upper=np.append(problem.row_upper, np.full(more, np.inf)), column_lower=np.append(problem.column_lower, 0.0),
        column_upper=np.append(problem.column_upper, 1.0), is_integer=np.append(problem.is_integer, True),
    )  # fmt: skip
    return solve_here(made, EXACT).values[-1] > 0.5


def check_why_not(coefficients, node_type: str) -> None:
    tables, plan = plan_of(coefficients)
    found = why_not(Program.of(coefficients), node_type, plan, PROVED, Memory(), tables).cost
    low, high = 1.0, plan.objective_usd
    while high / low > 1.002:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if subsidised(coefficients, node_type, middle) else (middle, high)

    assert found.low_usd <= high * 1.001
    assert found.high_usd >= low * 0.999
    assert found.high_usd - found.low_usd <= 3e-4 * plan.objective_usd
    if low > 0.03 * plan.objective_usd:
        assert (found.low_usd + found.high_usd) / 2 == pytest.approx(low, rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("node_type", ["8xH200-SXM", "8xA100-80GB-SXM", "8xL40S"])
def test_why_not_is_the_subsidy_that_brings_the_type_in(coefficients, node_type):
    check_why_not(coefficients, node_type)


def test_a_type_that_is_in_use_costs_nothing_to_have(coefficients):
    tables, plan = plan_of(coefficients)
    cost = why_not(Program.of(coefficients), "8xH100-SXM", plan, PROVED, Memory(), tables).cost

    assert (cost.low_usd, cost.high_usd) == pytest.approx((0.0, 0.0), abs=1e-4 * plan.objective_usd)


def sides_of(coefficients) -> list[RightSide]:
    supply = [RightSide("supply", (str(o), str(t)), "nodes") for o, t in coefficients.supply[["offer", "period"]].to_numpy()]
    asked = coefficients.demand[["workload", "period", "block"]].to_numpy().tolist()
    demand = [RightSide("demand", tuple(map(str, key)), "requests/s", 100.0) for key in asked]
    return [*demand, *(RightSide("pools", (w,), "replicas", 200.0) for w in ("chat", "code")), *supply]


def check_worths(coefficients, sides) -> tuple[int, int]:
    """Returns how many duals mislead, and how many changes are not 0."""
    tables, plan = plan_of(coefficients)
    before, misleading, moved = least_usd(coefficients), 0, 0
    with Worker() as worker:
        found = duals(Program.of(coefficients), tables, sides, PROVED, worker)
    for side, dual in zip(sides, found, strict=True):
        one = worth(coefficients, side, plan, PROVED, dual, "textbook")
        known = least_usd(raised(coefficients, side)) - before
        assert one.change.low_usd - 0.01 <= known <= one.change.high_usd + 0.01
        assert one.change.high_usd - one.change.low_usd <= 2.2e-4 * plan.objective_usd
        is_off = not (known / 2 - 0.01 <= dual <= known * 2 + 0.01 or known * 2 - 0.01 <= dual <= known / 2 + 0.01)
        assert one.is_misleading <= is_off, (side, dual, known)
        assert ("misleading" in one.text) == one.is_misleading
        misleading, moved = misleading + one.is_misleading, moved + (abs(known) > 1.0)
    return misleading, moved


def test_one_more_is_worth_the_difference_of_two_proved_solves_on_a_few_right_sides(coefficients):
    check_worths(coefficients, sides_of(coefficients)[:3])


@pytest.mark.slow
def test_one_more_is_worth_the_difference_of_two_proved_solves_on_over_thirty_right_sides(coefficients):
    sides = sides_of(coefficients)
    assert len(sides) >= 30
    misleading, moved = check_worths(coefficients, sides)

    assert moved >= 8
    assert misleading >= 1


def test_runner_ups_of_a_large_fleet_are_apart_in_some_part(coefficients):
    """Every two fleets differ by a tenth of the plan's accelerator-hours in some part, and cost at most a fifth more."""
    share = 0.1
    result = solve_program(Groups(coefficients), PROVED, "textbook")
    plan = Proved(result.objective_usd, result.bound_usd)
    settings = dataclasses.replace(PROVED, relative_gap=1e-3)
    found = runner_ups(
        Program.of(coefficients), plan, settings, Memory(), 0.2, "kinds", share, result.decision, fleets_max=4
    )  # fmt: skip
    fleets = found.fleets

    assert len(fleets) >= 3
    assert all(fleet.objective_usd <= 1.2 * plan.objective_usd * (1 + 1e-6) for fleet in fleets)
    for i, one in enumerate(fleets):
        for other in fleets[:i]:
            parts = set(one.hours) | set(other.hours)
            apart = max(abs(one.hours.get(p, 0.0) - other.hours.get(p, 0.0)) for p in parts)
            assert apart >= share * found.accelerator_hours * (1 - 1e-6)
