"""Rewrites a pure-integer problem with whole coefficients, the only kind that CP-SAT may be trusted with.

Measured: behind a generic model builder CP-SAT takes continuous columns as whole and reports a wrong "optimal". So
a problem is refused unless every column is whole and bounded, and every row and the cost can be multiplied by one
number each that makes all its coefficients whole, small enough that no sum overflows 2**53.
"""

import dataclasses
import math
from fractions import Fraction

import numpy as np

from planner.errors import SolverError
from planner.solvers.problem import Floats, Problem

LARGEST_DENOMINATOR = 10**6
LARGEST_VALUE = 2.0**31
"""Column bounds beyond this are refused: CP-SAT would cut them off silently (its own default is 1e7)."""
LARGEST_SUM = 2.0**53
EXACT = 1e-15
"""Relative difference at which a double is taken as the fraction it was written as (0.1 as 1/10): a few roundings.
Every number is within 1e-12 of some fraction with a denominator up to 10**6, so more would let pi pass."""
SIDE_SLACK = 1e-9
"""How close to a whole number a scaled row side is taken as one (0.35 * 20), far below what `judge` tolerates."""


@dataclasses.dataclass(frozen=True, eq=False)
class Whole:
    """A problem with whole coefficients, and what its objective was multiplied by."""

    problem: Problem
    cost_scale: float


def whole_problem(problem: Problem) -> Whole:
    """Returns the problem with rows and cost scaled to whole coefficients.

    Raises
    ------
    SolverError
        where a column is continuous or unbounded, or a row or the cost cannot be made whole
    """
    _refuse_columns(problem)
    lower, upper = np.ceil(problem.column_lower), np.floor(problem.column_upper)
    reach = np.maximum(np.abs(lower), np.abs(upper))
    cost_scale = _multiplier(problem.cost, "the cost")
    cost = np.rint(problem.cost * cost_scale)
    if np.abs(cost) @ reach >= LARGEST_SUM:
        raise SolverError("CP-SAT cannot take the problem: the cost in whole numbers overflows 2**53")
    scales, values = np.ones(problem.rows), np.array(problem.values)
    order = np.argsort(problem.row_indices, kind="stable")
    ends = np.cumsum(np.bincount(problem.row_indices, minlength=problem.rows))
    for row, entries in enumerate(np.split(order, ends[:-1]) if problem.rows else []):
        scales[row] = _multiplier(problem.values[entries], f"row {problem.row_name(row)}")
        values[entries] = np.rint(problem.values[entries] * scales[row])
        if np.abs(values[entries]) @ reach[problem.column_of_entry[entries]] >= LARGEST_SUM:
            raise SolverError(f"CP-SAT cannot take the problem: row {problem.row_name(row)} overflows 2**53")
    row_lower = _inner(np.ceil, problem.row_lower * scales)
    row_upper = _inner(np.floor, problem.row_upper * scales)
    is_crossed = row_lower > row_upper  # no whole activity in between: left as it is, for the engine to prove
    whole = dataclasses.replace(
        problem,
        values=values,
        cost=cost,
        offset=problem.offset * cost_scale,
        row_lower=np.where(is_crossed, problem.row_lower * scales, row_lower),
        row_upper=np.where(is_crossed, problem.row_upper * scales, row_upper),
        column_lower=np.where(lower > upper, problem.column_lower, lower),
        column_upper=np.where(lower > upper, problem.column_upper, upper),
    )
    return Whole(whole, cost_scale)


def _refuse_columns(problem: Problem) -> None:
    """Raises where a column is not whole, bounded and of moderate size."""
    tests = (
        (~problem.is_integer, "is continuous, and CP-SAT would silently solve it as whole"),
        (~(np.abs(problem.column_lower) <= LARGEST_VALUE), f"has no lower bound within {LARGEST_VALUE:g}"),
        (~(np.abs(problem.column_upper) <= LARGEST_VALUE), f"has no upper bound within {LARGEST_VALUE:g}"),
    )
    for is_wrong, reason in tests:
        if is_wrong.any():
            name = problem.column_name(int(is_wrong.argmax()))
            raise SolverError(f"CP-SAT cannot take the problem: column {name} {reason}; use highs or scip")


def _multiplier(numbers: Floats, where: str) -> float:
    """Returns the smallest multiplier that makes all numbers whole."""
    denominators = []
    for number in np.unique(np.abs(numbers)):
        fraction = Fraction(float(number)).limit_denominator(LARGEST_DENOMINATOR)
        if abs(float(fraction) - number) > EXACT * number:
            raise SolverError(
                f"CP-SAT cannot take the problem: {where} has the coefficient {float(number)!r}, no fraction with a "
                f"denominator up to {LARGEST_DENOMINATOR}; use highs or scip"
            )
        denominators.append(fraction.denominator)
    multiplier = math.lcm(*denominators) if denominators else 1
    if multiplier > LARGEST_SUM:
        raise SolverError(f"CP-SAT cannot take the problem: {where} needs a common denominator of {multiplier}")
    return float(multiplier)


def _inner(rounding: np.ufunc, sides: Floats) -> Floats:
    """Rounds scaled row sides inwards, which loses no whole activity."""
    nearest = np.rint(sides)
    is_whole = np.isclose(sides, nearest, rtol=SIDE_SLACK, atol=SIDE_SLACK)
    return np.where(is_whole, nearest, rounding(sides))
