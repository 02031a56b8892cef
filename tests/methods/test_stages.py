"""Stages: each keeps what the ones before it found, and says what it proves."""

import dataclasses
import logging

import pytest

from planner.methods import MethodSettings, solve_program, stages
from planner.methods.stages import _bound, staged
from planner.pipeline import SolveSettings, make_plan
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.goal_groups import Stage
from planner.program.groups import Groups
from planner.solvers import Limit, Settings, Status, solve
from tests.service_worlds import bought
from tests.small_instances import write_instance
from tests.uncertain_worlds import newsvendor, with_limits, with_tail
from tests.worlds import tiny

EXACT = MethodSettings(relative_gap=1e-9, threads=1)


def order(*goals: tuple[str, float]):
    """Returns the rows of a lexicographic order: (goal, tolerance)."""
    return [(f"goal|{i + 1}", "goal", name, tolerance, "share") for i, (name, tolerance) in enumerate(goals)]


@pytest.mark.parametrize("weight", [0.999_999, 1.0])
def test_the_tail_alone_leaves_the_other_futures_to_be_settled_by_cost(weight):
    """At weight 1 what cheap futures cost is no matter to the first stage; the second takes the cheapest plan."""
    found = solve_program(Groups(with_tail(newsvendor(20.0), weight, 0.2)), EXACT)

    assert found.method == "stages"
    assert found.decision is not None
    assert found.decision.orders["nodes"].tolist() == [4]
    assert found.decision.rentals.empty


def test_a_kept_goal_holds_within_its_tolerance():
    """Tiny costs 2400 usd at least; held at 2400 + 5 % nothing dearer than 2520 is left."""
    groups = Groups(tiny())
    stage = Stage({"least_cost": 1.0}, 0.05)
    held = compile_program(build_program(groups, stage=stage, kept=[(stage, 2399.0)])).problem
    loose = compile_program(build_program(groups, stage=stage, kept=[(stage, 2520.0)])).problem

    assert solve(held, Settings(threads=1)).objective is None
    assert solve(loose, Settings(threads=1, relative_gap=1e-9)).objective == pytest.approx(2400.0)
    assert "kept_goal[1]" in loose.row_names


def test_a_kept_goal_that_nothing_can_change_is_no_row():
    """Without a site all is bought by the token, and nothing of the fleet's own emits."""
    api_alone = bought()
    groups = Groups(api_alone.with_tables(sites=api_alone.sites.iloc[:0]))
    carbon, cost = Stage({"least_carbon": 1.0}, 0.0), Stage({"least_cost": 1.0}, 0.0)
    problem = compile_program(build_program(groups, stage=cost, kept=[(carbon, 0.0)])).problem

    assert not [name for name in problem.row_names if name.startswith("kept_goal")]
    assert solve(problem, Settings(threads=1)).status == "optimal"


def test_stages_that_find_no_plan_say_so():
    world = with_tail(newsvendor(), 0.5, 0.2)
    none = world.with_tables(supply=world.supply.assign(nodes_max=0))
    found = staged(Groups(none), EXACT)

    assert (found.status, found.decision) == ("infeasible", None)


def test_an_order_of_one_goal_is_that_goal():
    found = staged(Groups(with_limits(tiny(), *order(("least_cost", 0.0)))), EXACT)

    assert [(stage.goals, stage.bound) for stage in found.stages] == [(("least_cost",), pytest.approx(2400.0, rel=1e-6))]


@pytest.mark.parametrize(
    ("goal", "weight", "bound"),
    [("least_cost", 1.0, 10.0), ("least_cost", 0.5, 10.0), ("most_served", 1.0, -10.0), ("most_served", 2.0, 10.0)],
)
def test_a_goal_that_has_a_weight_is_told_as_weighed(goal, weight, bound):
    """Only a goal by itself is told in its own sense: of a sum by weights what is maximised is turned."""
    solution = solve(compile_program(build_program(Groups(tiny()))).problem, Settings(threads=1))

    assert _bound(Stage({goal: weight}), dataclasses.replace(solution, bound=10.0)).bound == bound
    assert _bound(Stage({goal: weight}), dataclasses.replace(solution, bound=None)).bound is None


def test_least_cost_at_a_weight_is_a_goal_of_its_own():
    """2400 usd at half a point a usd are 1200, and so is the bound."""
    world = with_limits(tiny(), ("goal|1", "goal", "least_cost", 0.5, "weight"))
    found = solve_program(Groups(world), EXACT)

    assert found.method == "stages"
    assert found.stages[0].bound == pytest.approx(1200.0)


def test_a_later_stage_that_is_called_infeasible_contradicts_the_plan_before_it(monkeypatch):
    """Every stage keeps what the one before it found, so that its plan is a point there: that is no answer."""
    once = stages.build_program
    groups = Groups(with_limits(tiny(), *order(("least_cost", 0.0), ("least_carbon", 0.0))))
    too_strict = lambda groups, stage, kept: once(groups, stage=stage, kept=[(one, 1.0) for one, _ in kept])  # noqa: E731
    monkeypatch.setattr(stages, "build_program", too_strict)
    found = staged(groups, EXACT)

    assert found.decision is not None
    assert found.limit == "other"
    assert found.stages[-1].bound is None


THREE = order(("least_carbon", 0.0), ("least_cost", 0.0), ("most_served", 0.0))


def ctrl_c(*_, **__):
    """Stands for whatever is interrupted."""
    raise KeyboardInterrupt


def proved(found):
    """Returns the bound of each stage that is told."""
    return [stage.bound for stage in found.stages]


def test_ctrl_c_while_a_later_stage_is_built_keeps_the_plan_and_the_proof_before_it(monkeypatch):
    groups, once = Groups(with_limits(tiny(), *THREE)), stages.build_program
    least_kg = proved(staged(groups, EXACT))[0]
    monkeypatch.setattr(stages, "build_program", lambda of, stage, kept: ctrl_c() if kept else once(of, stage=stage))
    found = staged(groups, EXACT)

    assert (found.status, found.limit) == ("feasible", "interrupted")
    assert found.decision is not None
    assert proved(found) == [least_kg, None, None]


@pytest.mark.parametrize("has_point", [True, False])
def test_ctrl_c_in_a_later_stage_ends_with_it(monkeypatch, has_point):
    """Its plan, or that of the stage before, is the answer, as at a time limit; its bound counts; the last is not begun."""
    groups, once, made = Groups(with_limits(tiny(), *THREE)), stages.kept_on_ctrl_c, stages.result_of
    least_kg = proved(staged(groups, EXACT))[0]
    met, answers = [], []

    def second_stopped(*given):
        solution, values = once(*given)
        met.append(values)
        if len(met) < 2:
            return solution, values
        stopped = dataclasses.replace(solution, status=Status.FEASIBLE, limit=Limit.INTERRUPTED, bound=2000.0)
        return stopped, values if has_point else None

    monkeypatch.setattr(stages, "kept_on_ctrl_c", second_stopped)
    monkeypatch.setattr(stages, "result_of", lambda *given: answers.append(given[4]) or made(*given))
    found = staged(groups, EXACT)

    assert len(met) == 2
    assert answers[-1] is met[1 if has_point else 0]
    assert (found.status, found.limit) == ("feasible", "interrupted")
    assert proved(found) == [least_kg, 2000.0, None]


def test_ctrl_c_before_there_is_a_plan(monkeypatch):
    """While the first stage is built nothing is kept, as in decompositions; of its engine's last word the bound is."""
    groups, once = Groups(with_limits(tiny(), *THREE)), stages.kept_on_ctrl_c

    def stopped(*given):
        solution, _ = once(*given)
        return dataclasses.replace(solution, status=Status.NO_SOLUTION, limit=Limit.INTERRUPTED, values=None, bound=1.0), None

    monkeypatch.setattr(stages, "kept_on_ctrl_c", stopped)
    found = staged(groups, EXACT)

    assert (found.status, found.limit, found.decision) == ("no_plan", "interrupted", None)
    assert proved(found) == [1.0, None, None]

    monkeypatch.setattr(stages, "build_program", ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        staged(groups, EXACT)


def test_a_plan_interrupted_passes_its_audit_and_says_what_is_proved(tmp_path, monkeypatch):
    """The stage left out has no gap, so that the plan does not claim to be optimal."""
    once = stages.build_program
    monkeypatch.setattr(stages, "build_program", lambda of, stage, kept: ctrl_c() if kept else once(of, stage=stage))
    goal = {"kind": "lexicographic", "order": ["least_carbon", "least_cost"]}
    outcome = make_plan(write_instance(tmp_path / "i", {"goal": goal}), tmp_path / "plan", SolveSettings(threads=1))

    assert outcome.audit.passed
    assert (outcome.plan.facts.status, outcome.plan.facts.limit) == ("feasible", "interrupted")
    assert [goal.bound is None for goal in outcome.plan.facts.goals] == [False, True]


def test_every_stage_tells_how_far_it_is(caplog):
    with caplog.at_level(logging.INFO, "planner"):
        staged(Groups(with_limits(tiny(), *order(("most_served", 0.0), ("least_cost", 0.0)))), EXACT)

    told = [record.getMessage() for record in caplog.records if "incumbent" in record.getMessage()]
    assert {line.split(":")[0] for line in told} == {"stage 1 of 2, most_served", "stage 2 of 2, least_cost"}
    assert not any("incumbent -" in line for line in told)
