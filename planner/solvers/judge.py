"""Turns what an engine says into what we vouch for: every number is recomputed, every contradiction is an error.

The engine's point is evaluated against the arrays it was given; its objective is recomputed; its bound must not lie
above any feasible point known; for an LP the bound is recomputed from the multipliers (`duality`). A feasible start
is a point like any other: it is returned where the engine found nothing better.
"""

import math
from dataclasses import dataclass

import numpy as np

from planner.errors import SolverError
from planner.solvers.claim import Claim, Said
from planner.solvers.duality import PRICE_TOLERANCE, dual_bound
from planner.solvers.problem import Floats, Problem
from planner.solvers.settings import Settings
from planner.solvers.solution import Solution, Status

FEASIBILITY_TOLERANCE = 1e-5
"""Largest relative violation of an answer: ten times what engines are asked for (HiGHS and SCIP stop at 1e-6, in
their scaled and presolved space; rounding and re-solving `fix_integers` brings it to 1e-7)."""
START_TOLERANCE = 1e-6
"""Largest relative violation of a start that counts as a known feasible point: what every engine must accept."""
AGREEMENT = 1e-6
"""Largest relative difference between an engine's figure and ours that floating point explains."""
NUMERICAL_GAP = 1e-9
"""A relative gap of this size is closed: below it, the sum of the objective itself is not exact."""
LP_GAP = 1e-6
"""The same for an LP, whose engines stop at tolerances of 1e-7 on prices and rows rather than at a gap."""
SMALLEST_OBJECTIVE = 1e-9
"""Denominator of the gap for an objective of zero."""


@dataclass(frozen=True, eq=False)
class Point:
    """A feasible point with its recomputed objective and largest relative violation."""

    values: Floats
    objective: float
    violation: float


def judge(problem: Problem, settings: Settings, claim: Claim, wall_s: float) -> Solution:
    """Returns the Solution that the claim supports; status `error` with an explanation where it contradicts itself."""
    start = feasible_start(problem)
    point = _point(problem, claim.values, FEASIBILITY_TOLERANCE)
    contradiction = _contradiction(problem, claim, point, start)
    if contradiction:
        return _solution(Status.ERROR, settings, claim, wall_s, message=contradiction)
    if claim.said in (Said.INFEASIBLE, Said.UNBOUNDED):
        return _solution(Status(claim.said.value), settings, claim, wall_s)
    dropped = claim.values is not None and point is None
    best = min((p for p in (point, start) if p is not None), key=lambda p: p.objective, default=None)
    bound = _bound(problem, claim)
    note = f"the engine's point is dropped: {_not_a_point(problem, claim.values)}" if dropped else ""
    if best is None:
        return _solution(Status.NO_SOLUTION, settings, claim, wall_s, bound=bound, message=_why(claim, note, True))
    if bound is not None:
        bound = min(bound, best.objective)
    is_proved = bound is not None and is_closed(best.objective, bound, settings, is_mip=problem.is_mip)
    status = Status.OPTIMAL if is_proved else Status.FEASIBLE
    message = _why(claim, note or ("the start is returned" if best is start else ""), is_proved)
    return _solution(status, settings, claim, wall_s, point=best, bound=bound, message=message)


def is_closed(objective: float, bound: float, settings: Settings, *, is_mip: bool) -> bool:
    """Tells whether objective - bound is within the gaps asked for (or within what floating point can tell)."""
    relative = max(settings.relative_gap, NUMERICAL_GAP if is_mip else LP_GAP)
    return objective - bound <= max(relative * abs(objective), settings.absolute_gap)


def relative_gap(objective: float, bound: float) -> float:
    """Returns (objective - bound) / max(|objective|, 1e-9), never below 0."""
    return max(objective - bound, 0.0) / max(abs(objective), SMALLEST_OBJECTIVE)


def feasible_start(problem: Problem) -> Point | None:
    """Returns the start as a known feasible point, None where it is absent, incomplete or infeasible."""
    if problem.start is None or np.isnan(problem.start).any():
        return None
    return _point(problem, problem.start, START_TOLERANCE)


def _point(problem: Problem, values: Floats | None, tolerance: float) -> Point | None:
    """Returns the values as a feasible point, None where they are not one."""
    if values is None or np.shape(values) != (problem.columns,):
        return None
    violation = problem.violation(values).largest
    if not violation <= tolerance:
        return None
    values = np.array(values, dtype=np.float64)
    values.flags.writeable = False
    return Point(values, problem.objective(values), violation)


def _contradiction(problem: Problem, claim: Claim, point: Point | None, start: Point | None) -> str:
    """Returns in words how the claim contradicts the problem or itself, empty where it does not."""
    if claim.said is Said.FAILED:
        return f"the engine failed: {claim.note or 'no reason given'}"
    if claim.said is Said.INFEASIBLE_OR_UNBOUNDED:
        return "the engine could not tell infeasible from unbounded"
    if claim.values is not None and not np.isfinite(claim.values).all():
        return f"the engine's point is none: {_not_a_point(problem, claim.values)}"
    if claim.said is Said.OPTIMAL and point is None:
        return f"the engine says optimal but {_not_a_point(problem, claim.values)}"
    if claim.said is Said.INFEASIBLE and (point or start) is not None:
        return "the engine says infeasible but a feasible point is known"
    if claim.said is Said.UNBOUNDED and dual_bound(problem) > -np.inf:
        return "the engine says unbounded but costs and column bounds alone bound the objective"
    return _wrong_objective(problem, claim, point) or _wrong_bound(claim, point, start)


def _wrong_objective(problem: Problem, claim: Claim, point: Point | None) -> str:
    """Returns how the engine's objective differs from what its point costs, empty where it does not."""
    if point is None or claim.objective is None:
        return ""
    scale = 1.0 + float(np.abs(problem.cost) @ np.abs(point.values)) + abs(problem.offset)
    if abs(claim.objective - point.objective) <= AGREEMENT * scale:
        return ""
    return f"the engine's objective is {claim.objective:.12g}, its point costs {point.objective:.12g}"


def _wrong_bound(claim: Claim, point: Point | None, start: Point | None) -> str:
    """Returns how the engine's bound is above a point that is known, empty where it is not."""
    if claim.bound is None:
        return ""
    if math.isnan(claim.bound):
        return "the engine's bound is not a number"
    for name, known in (("its own point", point), ("the start", start)):
        if known is not None and claim.bound - known.objective > AGREEMENT * max(1.0, abs(known.objective)):
            return f"the engine's bound {claim.bound:.12g} is above the objective {known.objective:.12g} of {name}"
    return ""


def _not_a_point(problem: Problem, values: Floats | None) -> str:
    """Returns why values are not a feasible point."""
    if values is None:
        return "gives no values"
    if np.shape(values) != (problem.columns,):
        return f"gives values of shape {np.shape(values)} for {problem.columns} columns"
    if not np.isfinite(values).all():
        return f"the value of column {problem.column_name(int(np.argmin(np.isfinite(values))))} is not finite"
    return problem.violation(values).describe(problem)


def _bound(problem: Problem, claim: Claim) -> float | None:
    """Returns the best lower bound: of an LP from its multipliers, else the engine's; costs and bounds alone at least."""
    bounds = [dual_bound(problem)]
    duals = None if problem.is_mip else claim.row_duals
    if duals is not None and duals.shape == (problem.rows,) and np.isfinite(duals).all():
        bounds.append(dual_bound(problem, duals, price_tolerance=PRICE_TOLERANCE))
    elif claim.bound is not None:
        bounds.append(claim.bound)
    best = max(bounds)
    return best if np.isfinite(best) else None


def _why(claim: Claim, note: str, is_proved: bool) -> str:
    """Returns the message of a solution whose status may differ from what the engine said."""
    notes = [claim.note, note]
    if claim.said is Said.OPTIMAL and not is_proved:
        notes.append("the engine says optimal, but the gap recomputed from its bound is larger than asked for")
    return "; ".join(text for text in notes if text)


def _solution(
    status: Status,
    settings: Settings,
    claim: Claim,
    wall_s: float,
    *,
    point: Point | None = None,
    bound: float | None = None,
    message: str = "",
) -> Solution:
    """Returns the Solution in which what the status does not support is None."""
    is_lp_answer = claim.said is Said.OPTIMAL and point is not None
    return Solution(
        status=status,
        limit=claim.limit,
        values=None if point is None else point.values,
        objective=None if point is None else point.objective,
        bound=bound,
        gap=None if point is None or bound is None else relative_gap(point.objective, bound),
        row_duals=claim.row_duals if is_lp_answer else None,
        reduced_costs=claim.reduced_costs if is_lp_answer else None,
        violation=None if point is None else point.violation,
        wall_s=wall_s,
        engine_s=claim.engine_s,
        solver=settings.solver,
        version=claim.version,
        log=claim.log if settings.log else "",
        node_count=claim.node_count,
        message=message,
    )


def answer_or_raise(solution: Solution) -> Solution:
    """Returns the solution unless its status is `error`.

    Raises
    ------
    SolverError
        with the solution's message and the tail of its log
    """
    if solution.status is Status.ERROR:
        raise SolverError(f"{solution.solver}: {solution.message}\n{solution.log[-2000:]}".rstrip())
    return solution
