"""The optima of worlds as an engine proves them."""

import math
from collections.abc import Sequence

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.program.build import build_program
from planner.program.compile import Compiled, compile_program
from planner.program.costs import COSTS
from planner.program.extract import Decision, extract
from planner.program.family import Family
from planner.program.groups import Groups
from planner.program.rules import RULES
from planner.solvers import Settings, Status, solve_many

EXACT = {"relative_gap": 1e-9, "absolute_gap": 1e-9, "threads": 1, "log": False}


def compiled(world: Coefficients, rules: Sequence[Family] = RULES) -> Compiled:
    """Returns the arrays of a world."""
    return compile_program(build_program(Groups(world), rules=rules, costs=COSTS))


def optima(worlds: Sequence[Coefficients], solver: str = "highs", rules: Sequence[Family] = RULES) -> list[float]:
    """Returns the proved optimum of each world in usd; infinity where there is no plan."""
    answers = solve_many([compiled(one, rules).problem for one in worlds], Settings(solver=solver, **EXACT))
    assert all(a.status in (Status.OPTIMAL, Status.INFEASIBLE) for a in answers), [a.message for a in answers]
    return [math.inf if a.objective is None else a.objective for a in answers]


def optimum(world: Coefficients, solver: str = "highs") -> float:
    """Returns the proved optimum of one world in usd."""
    return optima([world], solver)[0]


def decided(world: Coefficients) -> Decision:
    """Returns the decision at the optimum of a world."""
    arrays = compiled(world)
    answer = solve_many([arrays.problem], Settings(solver="highs", **EXACT))[0]
    values = answer.values  # noqa: PD011 (an array of a solution, no frame)
    assert values is not None, answer.message
    return extract(arrays, values, Groups(world))


def without(world: Coefficients, *names: str) -> Coefficients:
    """Returns the world with extension tables emptied."""
    return world.with_tables(**{name: getattr(world, name).iloc[:0] for name in names})


def rates(frame: pd.DataFrame, *columns: str) -> dict[tuple[str, ...], float]:
    """Returns requests per second by the columns named, rounded to six digits."""
    sums = frame.groupby(list(columns))["requests_per_s"].sum()
    return {key if isinstance(key, tuple) else (key,): round(float(value), 6) for key, value in sums.items()}
