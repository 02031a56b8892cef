"""The program with missing supply bought at a penalty, so that a choice for every cell is always a start on the way to a plan.

    min cost @ x + sum_r penalty_r s_r    s.t.    every link's row may be broken by s_r >= 0

A point with no slack is a plan. Penalties are above what a unit is worth on the market, and are raised where slack stays.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix

from planner.methods.guide import Guide
from planner.methods.split import Split, rows_of, with_columns
from planner.solvers import Problem
from planner.solvers.problem import Floats

NODE_FACTOR = 10.0
"""Penalty of a node that nobody supplies, over its dearest market price."""
AMOUNT_FACTOR = 30.0
"""Penalty of a unit of a shared amount, over the relaxation's price; and at least AMOUNT_LEAST usd."""
AMOUNT_LEAST = 10.0
SHORT = 1e-6
"""Slack under this is an engine's tolerance."""


@dataclass(frozen=True, eq=False)
class Slackened:
    """The program with slack columns behind its own."""

    problem: Problem
    own: int
    """Columns of the program itself."""
    rows: tuple[int, ...]
    """The link's row of each slack column."""

    def start(self, values: Floats) -> Floats:
        """Returns a point of the program's own columns with the slack that it needs."""
        columns, problem = csc_matrix(rows_of(self.problem)), self.problem
        point = np.concatenate([values, np.zeros(problem.columns - self.own)])
        missing = problem.activity(point)
        for j in range(self.own, problem.columns):
            (row,), (value,) = columns[:, j].indices, columns[:, j].data
            side = problem.row_lower[row] if value > 0 else problem.row_upper[row]
            point[j] = max(0.0, (side - missing[row]) / value)
        return point

    def slack(self, values: Floats) -> float:
        """Returns the slack in a point."""
        return float(values[self.own :].sum())

    def short(self, values: Floats) -> set[int]:
        """Returns the links' rows that a point breaks."""
        return {self.rows[j] for j in np.flatnonzero(values[self.own :] > SHORT)}

    def raised(self, factor: float) -> "Slackened":
        """Returns the same with higher penalties."""
        cost = self.problem.cost.copy()
        cost[self.own :] *= factor
        return Slackened(dataclasses.replace(self.problem, cost=cost), self.own, self.rows)


def slackened(problem: Problem, split: Split, guide: Guide) -> Slackened:
    """Returns a statement of the program (its rows first, perhaps others behind them) with slack on every link's row."""
    entries: list[tuple[int, float]] = []
    penalty: list[float] = []
    for link in split.links:
        usd = guide.duals.get(link.row, 0.0)
        if link.quantum > 0:
            dearest = max((price for _, price in guide.ladder[link.row]), default=0.0)
            each = NODE_FACTOR * max(dearest, usd, AMOUNT_LEAST) / link.quantum
        else:
            each = max(AMOUNT_LEAST, AMOUNT_FACTOR * abs(usd))
        for is_finite, value in (
            (np.isfinite(problem.row_upper[link.row]), -1.0),
            (np.isfinite(problem.row_lower[link.row]), 1.0),
        ):
            if is_finite:
                entries.append((link.row, value))
                penalty.append(each)
    count = len(entries)
    rows, values = np.array([row for row, _ in entries]), np.array([value for _, value in entries])
    added = csc_matrix((values, (rows, np.arange(count))), shape=(problem.rows, count))
    loose = with_columns(problem, added, np.array(penalty), np.zeros(count), np.full(count, np.inf))
    return Slackened(loose, problem.columns, tuple(row for row, _ in entries))
