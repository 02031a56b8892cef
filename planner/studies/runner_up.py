r"""The next best fleets: cheapest first, each with another set of parts, until none within a share of the best is left.

A fleet's parts are its offers, or what they are in kind (node type and contract). With z one where a part is in use,

.. math:: \sum_{j \in part} x_j \le most \cdot z, \qquad z \le \sum_{j \in part} x_j, \qquad
   \sum_{known} (1 - z) + \sum_{others} z \ge 1 \text{ for every set known}

The list is complete where the last solve proves that no further set costs so little: every set of parts within the share
is in it, at its least cost to within the gap of the solves.
"""

import dataclasses
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from planner.methods import MethodSettings
from planner.plan.interval import Proved
from planner.plan.summary import money
from planner.program.elastic import with_row
from planner.solvers import Problem, Status, Worker
from planner.studies.forced import Program, solved

RUNNERS_MAX = 50


@dataclass(frozen=True)
class Fleet:
    """A set of parts and the least cost found with exactly these in use."""

    parts: tuple[str, ...]
    objective_usd: float
    bound_usd: float | None
    nodes: Mapping[str, int]
    """Most nodes of any slot, by part."""


@dataclass(frozen=True)
class RunnerUps:
    """The fleets within a share of the plan's cost, cheapest first, the plan's own set of parts among them."""

    within_share: float
    level: str
    """`offers`: every offer is a part; `kinds`: node type and contract are."""
    fleets: tuple[Fleet, ...]
    is_complete: bool

    @property
    def lines(self) -> list[str]:
        """The answer for people."""
        told = "all of them" if self.is_complete else "not proved to be all"
        found = [f"fleets within {self.within_share:.1%} of the plan, by {self.level} ({told}):"]
        for fleet in self.fleets:
            nodes = ", ".join(f"{count} x {part}" for part, count in fleet.nodes.items())
            found.append(f"  {money(fleet.objective_usd)}: {nodes}")
        return found

    def record(self) -> dict[str, Any]:
        """Returns the answer as plain JSON values."""
        return dataclasses.asdict(self)


def runner_ups(
    program: Program, plan: Proved, settings: MethodSettings, worker: Worker, time_limit_s: float,
    within_share: float = 0.02, level: str = "kinds", fleets_max: int = RUNNERS_MAX,
) -> RunnerUps:  # fmt: skip
    """Returns the fleets whose least cost is within a share of the plan's, each with another set of parts."""
    assert plan.objective_usd is not None
    deadline = time.monotonic() + time_limit_s
    parts = _parts(program, level)
    ceiling = plan.objective_usd + within_share * abs(plan.objective_usd)
    problem, first = _with_parts(program, parts, ceiling)
    fleets: list[Fleet] = []
    is_complete = False
    while len(fleets) < fleets_max and time.monotonic() < deadline:
        solution, found = solved(worker, problem, settings, deadline - time.monotonic())
        is_complete = solution.status == Status.INFEASIBLE
        if solution.values is None or found.objective_usd is None:
            break
        used = solution.values[first : first + len(parts)] > 0.5
        fleets.append(_fleet(program, parts, solution.values, used, found))
        problem = _without(problem, first, used)
    return RunnerUps(within_share, level, tuple(sorted(fleets, key=lambda f: f.objective_usd)), is_complete)


def _parts(program: Program, level: str) -> dict[str, list[int]]:
    """Returns the columns of each part: rents and orders of an offer, or of a node type on a kind of contract."""
    found: dict[str, list[int]] = defaultdict(list)
    for j, (name, index) in enumerate(program.compiled.columns):
        if name in ("rent", "commit"):
            offer = program.groups.offers[index[0]]
            found[index[0] if level == "offers" else f"{offer['node_type']} {offer['kind']}"].append(j)
    return dict(found)


def _with_parts(program: Program, parts: Mapping[str, list[int]], ceiling: float) -> tuple[Problem, int]:
    """Returns the arrays with a binary a part, tied to its columns, and a ceiling on cost; and the first binary's place."""
    problem = program.compiled.problem
    first, count = problem.columns, len(parts)
    rows: list[tuple[int, int, float]] = []
    upper: list[float] = []
    for p, columns in enumerate(parts.values()):
        for j in columns:
            rows += [(len(upper), j, 1.0), (len(upper), first + p, -_most(program, j))]
            upper.append(0.0)
        rows += [(len(upper), first + p, 1.0), *((len(upper), j, -1.0) for j in columns)]
        upper.append(0.0)
    at, of, value = zip(*rows, strict=True)
    base = sparse.csc_matrix((problem.values, problem.row_indices, problem.column_starts), shape=(problem.rows, first))
    added = sparse.csc_matrix((value, (at, of)), shape=(len(upper), first + count))
    matrix = sparse.vstack([sparse.hstack([base, sparse.csc_matrix((problem.rows, count))]), added]).tocsc()
    matrix.sort_indices()
    made = dataclasses.replace(
        problem, column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
        cost=np.append(problem.cost, np.zeros(count)), column_lower=np.append(problem.column_lower, np.zeros(count)),
        column_upper=np.append(problem.column_upper, np.ones(count)),
        is_integer=np.append(problem.is_integer, np.ones(count, bool)),
        row_lower=np.append(problem.row_lower, np.full(len(upper), -np.inf)), row_upper=np.append(problem.row_upper, upper),
        row_names=(), column_names=(), start=None,
    )  # fmt: skip
    return with_row(made, made.cost, -np.inf, ceiling - problem.offset), first


def _most(program: Program, column: int) -> float:
    """Returns the most nodes that supply lets a rent or an order have."""
    offer = program.compiled.columns[column][1][0]
    return float(max(count for (name, _), count in program.groups.nodes_max.items() if name == offer))


def _fleet(program: Program, parts: Mapping[str, list[int]], values: np.ndarray, used: np.ndarray, found: Proved) -> Fleet:
    names = tuple(part for part, is_used in zip(parts, used, strict=True) if is_used)
    slots: dict[tuple[str, str, str], float] = defaultdict(float)
    columns = program.compiled.columns
    member = {j: part for part, indices in parts.items() for j in indices}
    for j, part in member.items():
        name, index = columns[j]
        key = (part, index[1], index[2]) if name == "rent" else (part, "", "")
        slots[key] += round(float(values[j]))
    nodes = {part: int(max((n for (p, _, _), n in slots.items() if p == part), default=0)) for part in names}
    assert found.objective_usd is not None
    return Fleet(names, found.objective_usd, found.bound_usd, nodes)


def _without(problem: Problem, first: int, used: np.ndarray) -> Problem:
    """Returns the arrays without one set of parts."""
    row = np.zeros(problem.columns)
    row[first : first + len(used)] = np.where(used, -1.0, 1.0)
    return with_row(problem, row, 1.0 - float(used.sum()), np.inf)
