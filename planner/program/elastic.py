r"""The elastic program: promises that may be broken at a price, so that a problem without a solution says what to give up.

Two things give. A *slack* lets one row be overstepped by an amount; a *gate* opens columns (routes that break a promise,
offers that are not on sale) at a step of a promise. With y whole, s the amount of a row, P its promise and k a step:

.. math::
   a x - s \le b, \quad 0 \le s \le most \cdot \textstyle\sum_k y_{P,k}, \qquad
   \sum_{j \in gate} x_j \le limit \cdot \sum_{k\ opens} y_{P,k}, \qquad \sum_k y_{P,k} \le 1

The objective counts broken promises, or prices them: fewest first, then cheapest of that many. The statement works on the
arrays of a compiled program, whatever families it has; a family takes part by a line in GIVES.
"""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from planner.solvers import Problem

Choice = tuple[str, str]
"""(promise, step); the step of a promise that gives by an amount is empty."""


@dataclass(frozen=True)
class Gives:
    """How the rows of a family may be overstepped, in words of a fleet."""

    noun: str
    unit: str
    key: tuple[int, ...]
    """Positions of the row's index that name the promise; rows that agree on them are one promise."""
    most_share: float = 1.0
    """Largest amount considered, as a share of the right side (of a cap: how much may be added)."""
    usd_per_unit: float | None = None
    """Price of one unit; None: a share of the right side costs that share of the fleet."""
    is_share: bool = False
    """Whether the limit is a share v in a row a (1 - v) inside - a v outside <= 0; it may give up to the whole."""


GIVES: Mapping[str, Gives] = {
    "supply": Gives("supply", "nodes", (0,)),
    "minimum_replicas": Gives("fewest replicas", "replicas", (0,)),
    "orders_min": Gives("smallest order", "nodes", (0,)),
    "demand": Gives("traffic served", "requests/s", (0,)),
    "budget": Gives("budget", "usd", (0,), 9.0, 1.0),
    "power": Gives("power cap", "kW", (0,), 9.0),
    "carbon_cap": Gives("carbon cap", "kg CO2", (0,), 9.0),
    "quota": Gives("accelerator quota", "accelerators", (0,), 9.0),
    "option_cap": Gives("distinct options at a site", "options", (0,), 9.0),
    "model_cap": Gives("distinct models at a site", "models", (0,), 9.0),
    "spare_replicas": Gives("spare replicas", "replicas", (0,)),
    "region_loss": Gives("share served without a region", "of requests", (0,)),
    "spot_share": Gives("largest share on spot nodes", "of accelerators", (0,), is_share=True),
    "vendor_share": Gives("largest share of a vendor", "of accelerators", (0,), is_share=True),
    "provider_share": Gives("largest share of a provider", "of accelerators", (0,), is_share=True),
    "region_share": Gives("largest share of a region", "of accelerators", (0,), is_share=True),
    "accelerator_share": Gives("largest share of an accelerator", "of accelerators", (0,), is_share=True),
}
"""Families whose rows are promises. All others state what machines and contracts are, and never give."""
SHARED: Mapping[str, str] = {
    "spare_carried": "spare_replicas", "spare_hull": "spare_replicas", "region_loss_carried": "region_loss",
}  # fmt: skip
"""Family of rows under another name."""


@dataclass(frozen=True)
class Slack:
    """A row that may be overstepped by up to `most`, at a price a unit; `limit` is the right side that is promised."""

    promise: str
    row: int
    limit: float
    most: float
    usd_per_unit: float


@dataclass(frozen=True)
class Gate:
    """Columns whose sum is at most `limit` x the choices that open them."""

    opened_by: tuple[Choice, ...]
    columns: tuple[int, ...]
    limit: float


@dataclass(frozen=True, eq=False)
class Elastic:
    """The elastic arrays; columns of the program come first, then one a slack, then one a choice."""

    problem: Problem
    slacks: tuple[Slack, ...]
    choices: tuple[Choice, ...]
    usd: np.ndarray
    """Price of each column."""
    first_slack: int
    first_choice: int

    def counting(self) -> Problem:
        """Returns the program that breaks the fewest promises."""
        cost = np.zeros(self.problem.columns)
        cost[self.first_choice :] = 1.0
        return dataclasses.replace(self.problem, cost=cost)

    def pricing(self, promises_max: int) -> Problem:
        """Returns the program that breaks at most so many promises at the least price."""
        row = np.zeros(self.problem.columns)
        row[self.first_choice :] = 1.0
        return dataclasses.replace(with_row(self.problem, row, -np.inf, float(promises_max)), cost=self.usd)

    def without(self, promises: Collection[str], at_most: float) -> "Elastic":
        """Returns the elastic program in which at most so many of these promises are broken."""
        row = np.zeros(self.problem.columns)
        for j, (promise, _) in enumerate(self.choices):
            row[self.first_choice + j] = float(promise in promises)
        return dataclasses.replace(self, problem=with_row(self.problem, row, -np.inf, at_most))

    def broken(self, values: np.ndarray) -> list[Choice]:
        """Returns the choices taken at a point."""
        taken = values[self.first_choice :] > 0.5
        return [choice for choice, is_taken in zip(self.choices, taken, strict=True) if is_taken]

    def share(self, row: int, promised: float, values: np.ndarray) -> float:
        """Returns the share that a point takes in a share row: inside / (inside + outside); 1 where it cannot be told."""
        terms = np.asarray(_matrix(self.problem)[row, : self.first_slack].todense()).ravel()
        x = values[: self.first_slack]
        inside = float((terms * x)[terms > 0].sum()) / max(1.0 - promised, 1e-9)
        outside = -float((terms * x)[terms < 0].sum()) / promised if promised > 0 else 0.0
        return inside / (inside + outside) if promised > 0 and inside > 0 else 1.0

    def amounts(self, values: np.ndarray) -> list[tuple[Slack, float]]:
        """Returns the rows overstepped at a point and by how much."""
        found = values[self.first_slack : self.first_choice]
        return [(s, float(v)) for s, v in zip(self.slacks, found, strict=True) if v > 1e-6 * max(1.0, abs(s.limit))]


def elastic_program(
    problem: Problem, slacks: Sequence[Slack], gates: Sequence[Gate], steps_usd: Mapping[Choice, float]
) -> Elastic:
    """Returns the elastic arrays of a program; `steps_usd` prices every choice that is not an amount."""
    promises = dict.fromkeys(slack.promise for slack in slacks)
    choices: tuple[Choice, ...] = (*((promise, "") for promise in promises), *steps_usd)
    first_slack, first_choice = problem.columns, problem.columns + len(slacks)
    at = {choice: first_choice + j for j, choice in enumerate(choices)}
    base = _matrix(problem)
    sign = [-1.0 if np.isinf(problem.row_lower[s.row]) else 1.0 for s in slacks]
    rows = np.array([s.row for s in slacks], dtype=np.int64)
    give = sparse.csc_matrix((sign, (rows, np.arange(len(slacks)))), shape=(problem.rows, len(slacks)))
    top = sparse.hstack([base, give, sparse.csc_matrix((problem.rows, len(choices)))])
    links = _links(slacks, gates, choices, at, first_slack)
    entries = [(i, j, v) for i, terms in enumerate(links) for j, v in terms.items()]
    i, j, v = zip(*entries, strict=True) if entries else ((), (), ())
    below = sparse.csc_matrix((v, (i, j)), shape=(len(links), first_choice + len(choices)))
    once = [p for p in dict.fromkeys(c[0] for c in choices) if sum(c[0] == p for c in choices) > 1]
    link_upper = np.zeros(len(links))
    link_upper[len(links) - len(once) :] = 1.0
    lower, upper = problem.row_lower.copy(), problem.row_upper.copy()
    for s in slacks:
        lower[s.row] = lower[s.row] if np.isinf(lower[s.row]) else s.limit
        upper[s.row] = upper[s.row] if np.isinf(upper[s.row]) else s.limit
    usd = np.concatenate([np.zeros(first_slack), [s.usd_per_unit for s in slacks], [steps_usd.get(c, 0.0) for c in choices]])
    made = _problem(
        problem, sparse.vstack([top, below]).tocsc(), np.concatenate([lower, np.full(len(links), -np.inf)]),
        np.concatenate([upper, link_upper]), [s.most for s in slacks], len(choices),
    )  # fmt: skip
    return Elastic(made, tuple(slacks), choices, usd, first_slack, first_choice)


def _links(
    slacks: Sequence[Slack], gates: Sequence[Gate], choices: Sequence[Choice], at: Mapping[Choice, int], first_slack: int
) -> list[dict[int, float]]:
    """Returns the rows that tie amounts and gates to choices (<= 0), then one step a promise (<= 1)."""
    found = [{first_slack + i: 1.0, at[s.promise, ""]: -s.most} for i, s in enumerate(slacks)]
    found += [{**dict.fromkeys(g.columns, 1.0), **{at[c]: -g.limit for c in g.opened_by}} for g in gates]
    for promise in dict.fromkeys(c[0] for c in choices):
        steps = [at[c] for c in choices if c[0] == promise]
        if len(steps) > 1:
            found.append(dict.fromkeys(steps, 1.0))
    return found


def _matrix(problem: Problem) -> sparse.csc_matrix:
    arrays = (problem.values, problem.row_indices, problem.column_starts)
    return sparse.csc_matrix(arrays, shape=(problem.rows, problem.columns))


def _problem(
    old: Problem, matrix: sparse.csc_matrix, row_lower: np.ndarray, row_upper: np.ndarray, most: Sequence[float], choices: int
) -> Problem:
    """Returns the arrays without cost: old columns, amounts, choices."""
    matrix.sort_indices()
    return Problem(
        column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
        cost=np.zeros(matrix.shape[1]), row_lower=row_lower, row_upper=row_upper,
        column_lower=np.concatenate([old.column_lower, np.zeros(len(most) + choices)]),
        column_upper=np.concatenate([old.column_upper, most, np.ones(choices)]),
        is_integer=np.concatenate([old.is_integer, np.zeros(len(most), bool), np.ones(choices, bool)]),
    )  # fmt: skip


def with_row(problem: Problem, row: np.ndarray, lower: float, upper: float) -> Problem:
    """Returns the arrays with one row more; names are dropped."""
    made = sparse.vstack([_matrix(problem), sparse.csc_matrix(row)]).tocsc()
    made.sort_indices()
    return dataclasses.replace(
        problem, column_starts=made.indptr.astype(np.int64), row_indices=made.indices.astype(np.int64), values=made.data,
        row_lower=np.append(problem.row_lower, lower), row_upper=np.append(problem.row_upper, upper), row_names=(), start=None,
    )  # fmt: skip
