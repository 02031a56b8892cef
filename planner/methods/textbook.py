"""The families as stated, given whole to one engine with its default options: the named baseline.

What the engine tells on the way is logged, no more: the same process would be asked the same, and would tell it, with nobody
listening. Ctrl-C asks it to stop, and what it holds by then is the answer.
"""

import dataclasses
import logging
import time
from dataclasses import dataclass, field

import numpy as np

from planner.methods.result import MethodResult, MethodSettings
from planner.program.build import build_program
from planner.program.compile import Compiled, compile_program
from planner.program.extract import extract
from planner.program.groups import Groups
from planner.solvers import Limit, Problem, Progress, Solution, Status, Worker
from planner.solvers.judge import relative_gap

log = logging.getLogger(__name__)

ROUNDING_TOLERANCE = 1e-9
"""Relative violation up to which rounded integers need no second solve of the continuous part."""
POLISH_SECONDS = 10.0
"""Seconds that this second solve may take though the time is over: one linear program, without which there is no plan."""
TELL_S = 1.0
"""Seconds between lines of the log on how far an engine is; the first plan is told at once."""
WHOLE_FIGURES = 1000.0
"""Figures from here on are told without decimals."""


def textbook(groups: Groups, settings: MethodSettings) -> MethodResult:
    """Returns the answer of one engine on the whole program; at Ctrl-C, what the engine holds by then."""
    began = time.monotonic()
    compiled = compile_program(build_program(groups))
    with Worker() as worker:
        news = News("textbook", began)
        solution, values = kept_on_ctrl_c(compiled.problem, worker, settings, began + settings.time_limit_s, news)
    return result_of("textbook", groups, compiled, solution, values, time.monotonic() - began)


def textbook_of(compiled: Compiled, groups: Groups, settings: MethodSettings, began: float) -> MethodResult:
    """Returns the answer of one engine on a compiled program, one of a study's many: Ctrl-C ends it, and the study.

    `began` is when the time limit started to run.
    """
    left_s = settings.time_limit_s - (time.monotonic() - began)
    with Worker() as worker:
        solution = worker.solve(compiled.problem, settings.for_solver(left_s))
        values = polished(compiled.problem, solution, worker, settings, settings.time_limit_s - (time.monotonic() - began))
    return result_of("textbook", groups, compiled, solution, values, time.monotonic() - began)


@dataclass(eq=False)
class News:
    """Logs how far an engine is: what is new, a second apart at least; the first plan at once."""

    what: str
    began: float
    sign: float = 1.0
    """-1 for a goal that is maximised: the engine is given its negative."""
    _told: tuple[float | None, float | None] = field(default=(None, None), init=False)
    _told_at: float = field(default=-np.inf, init=False)

    def __call__(self, progress: Progress) -> None:
        """Takes what an engine tells."""
        known, now = (progress.incumbent, progress.bound), time.monotonic()
        is_first_plan = self._told[0] is None and progress.incumbent is not None
        if known == self._told or not (is_first_plan or now - self._told_at >= TELL_S):
            return
        self._told, self._told_at = known, now
        plan = np.inf if progress.incumbent is None else progress.incumbent
        bound = -np.inf if progress.bound is None else progress.bound
        gap = relative_gap(plan, bound) if np.isfinite(plan) else np.inf
        shown = [f"{self.sign * figure:.{0 if abs(figure) >= WHOLE_FIGURES else 4}f}" for figure in (plan, bound)]
        log.info("%s: incumbent %s, bound %s, gap %.3f %%, %.1f s", self.what, *shown, 100 * gap, now - self.began)


def kept_on_ctrl_c(
    problem: Problem, worker: Worker, settings: MethodSettings, deadline: float, news: News
) -> tuple[Solution, np.ndarray | None]:
    """Returns an engine's answer and its polished values; at Ctrl-C those of what the engine holds, limit `interrupted`.

    Raises
    ------
    KeyboardInterrupt
        where the engine had not begun, or at one more while the point that it held is polished
    """
    solution = worker.solve(problem, settings.for_solver(deadline - time.monotonic()), news, keeps_on_ctrl_c=True)
    if solution.limit is Limit.INTERRUPTED:
        log.warning("interrupted: keeping the best plan and bound so far")
    try:
        return solution, polished(problem, solution, worker, settings, deadline - time.monotonic())
    except KeyboardInterrupt:
        log.warning("interrupted: the plan found is made whole first")
        solution = dataclasses.replace(solution, limit=Limit.INTERRUPTED)
        return solution, polished(problem, solution, worker, settings, 0.0)


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
    """Returns the method's answer for the polished values; the status is judged on the gap recomputed from them.

    A solve that met its gap was not interrupted.
    """
    problem = compiled.problem
    objective = None if values is None else problem.objective(values)
    status = "infeasible" if solution.status == Status.INFEASIBLE else "no_plan"
    if objective is not None:
        status = "feasible"
    is_met = solution.status is Status.OPTIMAL and solution.limit is Limit.INTERRUPTED
    return MethodResult(
        status, None if values is None else extract(compiled, values, groups), objective, solution.bound, method,
        solution.solver, solution.version, "none" if is_met else solution.limit.value, wall_s, problem.columns, problem.rows,
        int(problem.is_integer.sum()), solution.log,
    )  # fmt: skip
