"""Goals other than least expected cost: one solve of the whole program a stage, earlier stages kept as rows."""

import logging
import time
from dataclasses import replace

import numpy as np

from planner.methods.result import MethodResult, MethodSettings, StageBound
from planner.methods.textbook import News, kept_on_ctrl_c, result_of
from planner.program.build import Kept, build_program
from planner.program.compile import Compiled, compile_program
from planner.program.goal_groups import Stage
from planner.program.goals import MAXIMISED
from planner.program.groups import Groups
from planner.solvers import Limit, Solution, Status, Worker

log = logging.getLogger(__name__)

KEPT_ROUNDING = 1e-9
"""Relative room of a kept goal beyond its tolerance: floating-point noise of the sum, for the point found keeps it."""
EACH_TIME_SHARE = 0.6
"""Share of the time left that a stage may take while others wait; the last may take all."""


def staged(groups: Groups, settings: MethodSettings) -> MethodResult:
    """Returns the plan that is best at the first goal, among these at the second, and so on, with a bound for each.

    The bound of a later stage speaks of the plans that keep every earlier goal within its tolerance of the value found. A
    stage that finds nothing in its time leaves the plan of the stage before it; what it proves of its own goal counts, and those
    behind it prove nothing. One that an engine calls infeasible contradicts the plan before it: it proves nothing either.
    At Ctrl-C the stage that runs is the last: its plan, or that of the stage before it, is the answer.

    Raises
    ------
    KeyboardInterrupt
        at Ctrl-C before the first stage's engine has begun
    """
    began = time.monotonic()
    stages = groups.goals.stages
    kept: list[Kept] = []
    bounds: list[StageBound] = []
    answer: MethodResult | None = None
    try:
        with Worker() as worker:
            for number, stage in enumerate(stages):
                left_s = settings.time_limit_s - (time.monotonic() - began)
                share = 1.0 if number == len(stages) - 1 else EACH_TIME_SHARE
                compiled, solution, values = _solved(groups, number, kept, worker, settings, left_s * share)
                if stage.is_told:
                    bounds.append(_bound(stage, solution))
                if values is None and answer is not None:
                    answer = replace(answer, limit="other" if solution.status is Status.INFEASIBLE else solution.limit.value)
                    break
                answer = result_of("stages", groups, compiled, solution, values, time.monotonic() - began)
                if values is None:
                    break
                if solution.limit is Limit.INTERRUPTED and stage is not stages[-1]:
                    raise KeyboardInterrupt
                value = compiled.problem.objective(values)
                kept.append((stage, value + stage.tolerance_share * abs(value) + KEPT_ROUNDING * max(1.0, abs(value))))
    except KeyboardInterrupt:
        if answer is None:
            raise
        log.warning("interrupted: later stages are left out")
        answer = replace(answer, limit="interrupted")
    assert answer is not None
    told = [StageBound(tuple(stage.weights), None) for stage in stages if stage.is_told]
    return replace(
        answer, objective_usd=None, bound_usd=None, wall_s=time.monotonic() - began, stages=(*bounds, *told[len(bounds) :])
    )


def _solved(
    groups: Groups, number: int, kept: list[Kept], worker: Worker, settings: MethodSettings, seconds: float
) -> tuple[Compiled, Solution, np.ndarray | None]:
    began, stage = time.monotonic(), groups.goals.stages[number]
    compiled = compile_program(build_program(groups, stage=stage, kept=kept))
    what = f"stage {number + 1} of {len(groups.goals.stages)}, {' and '.join(stage.weights)}"
    news = News(what, began, -1.0 if _is_turned(stage) else 1.0)
    return compiled, *kept_on_ctrl_c(compiled.problem, worker, settings, began + seconds, news)


def _is_turned(stage: Stage) -> bool:
    """Says whether a stage is one goal that is maximised: the program has its negative."""
    goals = tuple(stage.weights)
    return list(stage.weights.values()) == [1.0] and goals[0] in MAXIMISED


def _bound(stage: Stage, solution: Solution) -> StageBound:
    """Returns what a solve proves, in the goal's own sense: the most of a maximised goal, the least of any other.

    A sum by weights is told as weighed, maximised goals turned, though there be one goal in it.
    """
    bound = solution.bound
    return StageBound(tuple(stage.weights), -bound if _is_turned(stage) and bound is not None else bound)
