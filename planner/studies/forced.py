"""The program of a plan with rows added to it: what else could have been decided, and at what cost."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.methods import MethodSettings
from planner.options.coefficients import RENTED_KINDS, Coefficients
from planner.plan.interval import Proved
from planner.plan.plan import PlanTables
from planner.program.build import build_program
from planner.program.compile import Compiled, compile_program
from planner.program.elastic import with_row
from planner.program.extract import Decision, extract
from planner.program.groups import Groups
from planner.solvers import Problem, Solution, Worker

Row = tuple[Mapping[int, float], float, float]
"""(coefficient by column, least, most)"""


@dataclass(frozen=True, eq=False)
class Program:
    """The compiled program of a plan's coefficients."""

    groups: Groups
    compiled: Compiled

    @classmethod
    def of(cls, coefficients: Coefficients) -> "Program":
        """Returns the program of coefficient tables."""
        groups = Groups(coefficients)
        return cls(groups, compile_program(build_program(groups)))

    def columns(self, is_wanted: Callable[[str, tuple[str, ...]], bool]) -> list[int]:
        """Returns the columns whose variable and index are wanted."""
        return [j for j, (name, index) in enumerate(self.compiled.columns) if is_wanted(name, index)]

    def with_rows(self, rows: Sequence[Row]) -> Problem:
        """Returns the arrays with rows added."""
        problem = self.compiled.problem
        for terms, least, most in rows:
            row = np.zeros(problem.columns)
            row[list(terms)] = list(terms.values())
            problem = with_row(problem, row, least, most)
        return problem

    def decision(self, values: np.ndarray) -> Decision:
        """Returns the decision of a point."""
        whole = np.where(self.compiled.problem.is_integer, np.rint(values), values)
        return extract(self.compiled, whole, self.groups)

    def at(self, tables: PlanTables) -> Problem:
        """Returns the arrays with replicas, rents and orders fixed as a plan has them."""
        fixed = _counts(tables, self.groups)
        problem = self.compiled.problem
        lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
        for j, (name, index) in enumerate(self.compiled.columns):
            if name in ("deploy", "rent", "commit"):
                lower[j] = upper[j] = float(fixed.get((name, index), 0.0))
        return _with_bounds(problem, lower, upper)


def solved(worker: Worker, problem: Problem, settings: MethodSettings, time_limit_s: float) -> tuple[Solution, Proved]:
    """Returns the answer of one engine on arrays, and what it proves."""
    solution = worker.solve(problem, settings.for_solver(time_limit_s))
    objective = None if solution.values is None else solution.objective
    return solution, Proved(objective, solution.bound)


def _counts(tables: PlanTables, groups: Groups) -> dict[tuple[str, tuple[str, ...]], float]:
    rented = {name for name, row in groups.offers.items() if row["kind"] in RENTED_KINDS}
    frames: list[tuple[str, pd.DataFrame]] = [
        ("deploy", tables.deployments[["pool", "option", "place", "period", "block", "replicas"]]),
        ("rent", tables.nodes[tables.nodes["offer"].isin(rented)][["offer", "period", "block", "nodes"]]),
        ("commit", tables.orders[["offer", "period", "nodes"]]),
    ]
    return {
        (name, tuple(map(str, row[:-1]))): float(row[-1])
        for name, frame in frames for row in frame.itertuples(index=False, name=None)
    }  # fmt: skip


def _with_bounds(problem: Problem, lower: np.ndarray, upper: np.ndarray) -> Problem:
    return dataclasses.replace(problem, column_lower=lower, column_upper=upper, start=None)
