"""Trees from the plan and cut off at the claim prove what is true and show what is false."""

import time
from types import SimpleNamespace

import pytest

from planner.certify.facts import facts_of
from planner.certify.statement import whole_program
from planner.certify.tree import Grown, grown, start_of
from planner.options.coefficients import Coefficients
from planner.pipeline import SolveSettings, make_plan
from planner.plan.files import read_plan, read_plan_inputs
from planner.solvers import Problem, Settings, Status
from tests.oracles.brute_force import least_cost_usd
from tests.small_instances import write_instance
from tests.worlds import random_world, tiny

CHANGES = {"workloads.0.slo": [{"metric": "tpot", "statistic": "mean", "ms": 40}], "supply.nodes_max_per_offer": 4}


def of(world: Coefficients, claimed_usd: float, processes: int, is_relaxed: bool = False, engine: str = "scip") -> Grown:
    problem = whole_program(facts_of(world)).problem()
    problem = problem.relaxed() if is_relaxed else problem
    return grown(problem, None, claimed_usd, 0.01, engine, time.monotonic() + 30.0, processes, is_relaxed)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("engine", ["scip", "highs"])
@pytest.mark.parametrize("seed", range(4))
def test_a_true_claim_is_proved_and_a_false_one_shown(seed: int, engine: str, processes: int) -> None:
    world = random_world(seed)
    least = least_cost_usd(world)
    true, low, false = (of(world, claimed, processes, engine=engine) for claimed in (least, 0.99 * least, 1.01 * least))

    for found, claimed in ((true, least), (low, 0.99 * least)):
        assert found.below_usd is None
        assert found.usd is not None
        assert claimed - 0.02 <= found.usd <= least + 0.01
    assert false.below_usd == pytest.approx(least, abs=0.02 * least)
    assert false.usd is None or false.usd <= least + 0.01


def test_points_of_a_relaxation_are_no_plans_and_its_bound_counts() -> None:
    found = of(tiny(), least_cost_usd(tiny()), 2, is_relaxed=True)

    assert found.usd is not None
    assert found.usd < least_cost_usd(tiny()) - 1.0
    assert found.below_usd == pytest.approx(found.usd, rel=1e-5)


class Stopped:
    """Engines that are stopped: the first, from the plan, with a bound under the claim, the one cut off with one above it."""

    asked: int

    def __enter__(self) -> "Stopped":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def solve(self, problem: Problem, settings: Settings, progress: object) -> SimpleNamespace:
        """Answers by the rows: the cut is one more."""
        assert settings.threads == 1
        is_cut = problem.rows > self.asked
        return SimpleNamespace(status=Status.NO_SOLUTION, bound=1e12 if is_cut else 700.0, objective=None)


def test_a_bound_of_the_program_cut_off_says_no_more_than_the_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.certify.tree.Worker", Stopped)
    monkeypatch.setattr(Stopped, "asked", whole_program(facts_of(tiny())).problem().rows, raising=False)

    assert of(tiny(), 1000.0, 2) == Grown(1000.0, None)
    assert of(tiny(), 1000.0, 1) == Grown(700.0, None)


def test_a_plan_is_a_point_of_the_statement_at_its_cost(tmp_path) -> None:
    wish = write_instance(tmp_path / "wish", CHANGES, requests_per_s=300.0)
    made = make_plan(wish, tmp_path / "plan", SolveSettings(gap=1e-4, time_limit_s=30, threads=1))
    plan, f = read_plan(tmp_path / "plan"), facts_of(read_plan_inputs(tmp_path / "plan").coefficients)
    sheet = whole_program(f)
    problem = sheet.problem()
    start = start_of(sheet, f, plan.tables, problem, "scip", 5.0)

    assert start is not None
    assert problem.objective(start) == pytest.approx(made.plan.facts.objective_usd, rel=1e-6)
    assert problem.violation(start).largest < 1e-6
    many = plan.tables.orders.assign(nodes=10_000) if len(plan.tables.orders) else plan.tables.orders
    more = plan.tables.nodes.assign(nodes=10_000)
    broken = type(plan.tables)(**{**vars(plan.tables), "orders": many, "nodes": more})
    assert start_of(sheet, f, broken, problem, "scip", 5.0) is None
