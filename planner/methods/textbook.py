"""The families as stated, given whole to one engine with its default options: the named baseline."""

import time

import numpy as np

from planner.methods.result import MethodResult, MethodSettings
from planner.program.build import build_program
from planner.program.compile import Compiled, compile_program
from planner.program.extract import extract
from planner.program.groups import Groups
from planner.solvers import Problem, Solution, Status, Worker

ROUNDING_TOLERANCE = 1e-9
"""Relative violation up to which rounded integers need no second solve of the continuous part."""
POLISH_SECONDS = 10.0
"""Seconds that this second solve may take though the time is over: one linear program, without which there is no plan."""


def textbook(groups: Groups, settings: MethodSettings) -> MethodResult:
    """Returns the answer of one engine on the whole program."""
    began = time.monotonic()
    return textbook_of(compile_program(build_program(groups)), groups, settings, began)


def textbook_of(compiled: Compiled, groups: Groups, settings: MethodSettings, began: float) -> MethodResult:
    """Returns the answer of one engine on a compiled program; `began` is when the time limit started to run."""
    left_s = settings.time_limit_s - (time.monotonic() - began)
    with Worker() as worker:
        solution = worker.solve(compiled.problem, settings.for_solver(left_s))
        values = polished(compiled.problem, solution, worker, settings, settings.time_limit_s - (time.monotonic() - began))
    return result_of("textbook", groups, compiled, solution, values, time.monotonic() - began)


def polished(problem: Problem, solution: Solution, worker: Worker, settings: MethodSettings, left_s: float) -> np.ndarray | None:
    """Returns the solution with its integers rounded and the continuous part re-solved for them; None without one.

    `left_s`: what is left of the time limit; POLISH_SECONDS are taken where it is less, as a plan is at stake.
    A point whose rounded integers leave no feasible continuous part is no answer: None.
    """
    if solution.values is None:
        return None
    rounded = np.where(problem.is_integer, np.rint(solution.values), solution.values)
    if problem.violation(rounded).largest <= ROUNDING_TOLERANCE:
        return rounded
    again = worker.solve(problem.fix_integers(solution.values), settings.for_solver(max(POLISH_SECONDS, left_s)))
    return None if again.values is None or again.status != Status.OPTIMAL else again.values


def result_of(
    method: str, groups: Groups, compiled: Compiled, solution: Solution, values: np.ndarray | None, wall_s: float
) -> MethodResult:
    """Returns the method's answer for the polished values; the status is judged on the gap recomputed from them."""
    problem = compiled.problem
    objective = None if values is None else problem.objective(values)
    status = "infeasible" if solution.status == Status.INFEASIBLE else "no_plan"
    if objective is not None:
        status = "feasible"
    return MethodResult(
        status, None if values is None else extract(compiled, values, groups), objective, solution.bound, method,
        solution.solver, solution.version, solution.limit.value, wall_s, problem.columns, problem.rows,
        int(problem.is_integer.sum()), solution.log,
    )  # fmt: skip
