"""Goals other than least expected cost: one solve of the whole program a stage, earlier stages kept as rows."""

import time
from dataclasses import replace

import numpy as np

from planner.methods.result import MethodResult, MethodSettings, StageBound
from planner.methods.textbook import polished, result_of
from planner.program.build import Kept, build_program
from planner.program.compile import Compiled, compile_program
from planner.program.goal_groups import Stage
from planner.program.goals import MAXIMISED
from planner.program.groups import Groups
from planner.solvers import Solution, Status, Worker

KEPT_ROUNDING = 1e-9
"""Relative room of a kept goal beyond its tolerance: floating-point noise of the sum, for the point found keeps it."""
EACH_TIME_SHARE = 0.6
"""Share of the time left that a stage may take while others wait; the last may take all."""


def staged(groups: Groups, settings: MethodSettings) -> MethodResult:
    """Returns the plan that is best at the first goal, among these at the second, and so on, with a bound for each.

    The bound of a later stage speaks of the plans that keep every earlier goal within its tolerance of the value found. A
    stage that finds nothing in its time leaves the plan of the stage before it; what it proves of its own goal counts, and those
    behind it prove nothing. One that an engine calls infeasible contradicts the plan before it: it proves nothing either.
    """
    began = time.monotonic()
    stages = groups.goals.stages
    kept: list[Kept] = []
    bounds: list[StageBound] = []
    answer: MethodResult | None = None
    with Worker() as worker:
        for number, stage in enumerate(stages):
            left_s = settings.time_limit_s - (time.monotonic() - began)
            share = 1.0 if number == len(stages) - 1 else EACH_TIME_SHARE
            compiled, solution, values = _solved(groups, stage, kept, worker, settings, left_s * share)
            if stage.is_told:
                bounds.append(_bound(stage, solution))
            if values is None:
                if answer is None:
                    answer = result_of("stages", groups, compiled, solution, None, time.monotonic() - began)
                    break
                bounds += [StageBound(tuple(later.weights), None) for later in stages[number + 1 :] if later.is_told]
                answer = replace(answer, limit="other" if solution.status is Status.INFEASIBLE else solution.limit.value)
                break
            value = compiled.problem.objective(values)
            kept.append((stage, value + stage.tolerance_share * abs(value) + KEPT_ROUNDING * max(1.0, abs(value))))
            answer = result_of("stages", groups, compiled, solution, values, time.monotonic() - began)
    assert answer is not None
    return replace(answer, objective_usd=None, bound_usd=None, wall_s=time.monotonic() - began, stages=tuple(bounds))


def _solved(
    groups: Groups, stage: Stage, kept: list[Kept], worker: Worker, settings: MethodSettings, seconds: float
) -> tuple[Compiled, Solution, np.ndarray | None]:
    began = time.monotonic()
    compiled = compile_program(build_program(groups, stage=stage, kept=kept))
    solution = worker.solve(compiled.problem, settings.for_solver(seconds - (time.monotonic() - began)))
    left_s = seconds - (time.monotonic() - began)
    return compiled, solution, polished(compiled.problem, solution, worker, settings, left_s)


def _bound(stage: Stage, solution: Solution) -> StageBound:
    """Returns what a solve proves, in the goal's own sense: the most of a maximised goal, the least of any other.

    A sum by weights is told as weighed, maximised goals turned, though there be one goal in it.
    """
    goals = tuple(stage.weights)
    is_turned = list(stage.weights.values()) == [1.0] and goals[0] in MAXIMISED
    bound = solution.bound
    return StageBound(goals, -bound if is_turned and bound is not None else bound)
