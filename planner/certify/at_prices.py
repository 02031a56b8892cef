r"""A bound from prices of what parts share: rows that tie parts together are priced, every part that is left is proved alone.

With y >= 0 for some of the rows,  A x <= b,  and all other rows kept in X, any plan x costs

    cost @ x  >=  cost @ x + y @ (A x - b)  >=  -y @ b + min over X of (cost + A' y) @ x

since y @ (A x - b) is not above 0. X falls into parts, which share no row that is kept: the last term is the sum of their least
costs. So it is a bound whatever the prices are and whichever rows are priced; the plan stores prices that make it a good one.
Rows of nodes (`cover`) tie traffic to contracts, and so do limits on traffic: they are taken out, at 0 where no price is.
A limit over contracts alone without a price stays where it is: taken out at 0 it would say nothing. Contracts that such a row
ties are one part; else contracts of one offer are. Each part is stated here afresh and given to the other engine; one that no
time is left for counts as what the duals of all parts' relaxation prove of it (`dual_bound`), which needs trust in no engine.
"""

import contextlib
import time
from collections import deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from planner.certify.facts import Facts
from planner.certify.statement import whole_program
from planner.errors import InputError
from planner.solvers import Problem, Settings, Solution, Worker, dual_bound
from planner.solvers.problem import LARGEST_BOUND, Booleans, Integers

PART_GAP = 1e-6
ROUNDING_USD = 1e-9
"""Prices up to here are what rounding leaves of none."""
RELAXED_SHARE = 0.2
"""Share of the time at most for the relaxation of all parts together."""
DUALS_OF = {"highs": "highs", "scip": "glop"}
"""Where duals of a relaxation come from: SCIP tells none, GLOP is in the same library."""
SECONDS_MIN = 1.0
"""The least time that a part gets, so that most are proved whatever the time is."""
FAIR_SHARES = 4
"""Times its fair share that a part may take: most are done at once."""
CONTRACT_COLUMNS = 400
"""Contracts of so many columns are proved together: each offer by itself is next to nothing."""
NONE = np.zeros(0, dtype=np.int64)
Prices = Mapping[Hashable, float]
"""usd of a unit of a shared row by its name: (family, *index), as `statement` and the plan's file name it."""


@dataclass(frozen=True)
class AtPrices:
    """What prices prove, and what is odd about them."""

    usd: float
    """The bound that they prove."""
    parts: int
    parts_proved: int
    """Parts proved to PART_GAP in the time."""
    prices: int
    """Prices that were given."""
    unknown: int
    """Prices of rows that are not stated: they count for nothing."""
    below: int
    """Prices below 0, which count as 0."""
    stored_usd: float | None = None
    """The bound that they are said to prove."""

    def odd(self, noise_usd: float) -> list[str]:
        """Returns what of the prices is not as it should be, in words; a bound may differ by `noise_usd` from what is said."""
        left = self.parts - self.parts_proved
        found = [f"{left} of {self.parts} parts were not proved to the end and count as far as they were"] if left else []
        found += [f"{self.unknown} of {self.prices} stored prices are of rows that are not stated"] if self.unknown else []
        found += [f"{self.below} of {self.prices} stored prices are below 0 and count as 0"] if self.below else []
        if self.stored_usd is not None and self.usd < self.stored_usd - noise_usd:
            found.append(f"the stored prices prove {self.usd:.2f} usd, their file says {self.stored_usd:.2f}")
        return found


def least_at(f: Facts, prices: Prices, engine: str, deadline: float, processes: int) -> AtPrices:
    """Returns the bound at prices (0 for those below, and of rows without one) as far as it is proved in the time.

    Raises InputError where prices are so large that no engine takes what they add up to.
    """
    sheet = whole_program(f)
    is_contract = np.array([is_contract_name(name) for name in sheet.columns])
    problem, constant = priced(sheet.problem(), sheet.names, prices, is_contract)
    parts = list(parts_of(problem, is_contract))
    least = _relaxed(problem, parts, engine, RELAXED_SHARE * (deadline - time.monotonic()))
    answers = solve_each([part.problem for part in parts], engine, deadline, processes)
    for k, answer in answers.items():
        least[k] = max(least[k], -np.inf if answer.bound is None else answer.bound)
    done = sum(map(_is_proved, answers.values()))
    known = set(sheet.names.values())
    unknown = sum(abs(usd) > ROUNDING_USD and name not in known for name, usd in prices.items())
    below = sum(usd < -ROUNDING_USD for usd in prices.values())
    return AtPrices(constant + sum(least), len(parts), done, len(prices), unknown, below)


def solve_each(problems: Sequence[Problem], engine: str, deadline: float, processes: int) -> dict[int, Solution]:
    """Returns the answers by position that there is time for; one that is begun may take FAIR_SHARES of the time left."""
    waiting, found = deque(range(len(problems))), dict[int, Solution]()

    def serve(worker: Worker) -> None:
        while (left_s := deadline - time.monotonic()) > 0:
            each_s = max(SECONDS_MIN, FAIR_SHARES * left_s * processes / max(1, len(waiting)))
            settings = Settings(engine, min(left_s, each_s), relative_gap=PART_GAP, threads=1, log=False)
            try:
                k = waiting.popleft()
            except IndexError:
                return
            found[k] = worker.solve(problems[k], settings)

    with ThreadPoolExecutor(processes) as pool, contextlib.ExitStack() as stack:
        served = [pool.submit(serve, stack.enter_context(Worker())) for _ in range(processes)]
        for one in served:
            one.result()
    return found


def _relaxed(problem: Problem, parts: Sequence["Part"], engine: str, seconds: float) -> list[float]:
    """Returns what is proved of each part by the duals of their relaxation, or by no duals where that is more."""
    settings = Settings(DUALS_OF[engine], max(0.1, seconds), threads=1, log=False)
    with Worker() as worker:
        duals = worker.solve(problem.relaxed(), settings).row_duals
    least = [dual_bound(part.problem) for part in parts]
    if duals is None:
        return least
    return [max(usd, dual_bound(part.problem, duals[part.rows])) for usd, part in zip(least, parts, strict=True)]


def is_contract_name(name: Hashable) -> bool:
    """Says whether a column of the statement, by its name, is of a contract."""
    return isinstance(name, tuple) and name[0] in ("rent", "order", "tier", "open", "full")


def _is_proved(answer: Solution) -> bool:
    if answer.objective is None or answer.bound is None:
        return False
    return answer.objective - answer.bound <= 2 * PART_GAP * abs(answer.objective) + 1e-6


def priced(problem: Problem, names: Mapping[int, Hashable], prices: Prices, is_contract: Booleans) -> tuple[Problem, float]:
    """Returns the problem with named rows (each `<=`) taken out and priced, and what their right sides are worth.

    A named row over contracts alone (columns where `is_contract`) stays as it is where it has no price.
    """
    matrix = csc_matrix((problem.values, problem.row_indices, problem.column_starts), shape=(problem.rows, problem.columns))
    usd = np.zeros(problem.rows)
    for row, name in names.items():
        usd[row] = max(0.0, prices.get(name, 0.0))
    shared = np.zeros(problem.rows, dtype=bool)
    shared[problem.row_indices[~is_contract[problem.column_of_entry]]] = True
    own = np.array([row for row in range(problem.rows) if row not in names or not (shared[row] or usd[row])], dtype=np.int64)
    kept = csc_matrix(csr_matrix(matrix)[own])
    kept.sort_indices()
    cost = problem.cost + matrix.T @ usd
    if np.abs(cost).max(initial=0.0) >= LARGEST_BOUND:
        raise InputError.single("prices of shared rows", "costs under 1e20 usd by them", f"{np.abs(cost).max():g}")
    worth = -float(sum(usd[row] * problem.row_upper[row] for row in names if usd[row]))
    return Problem(
        column_starts=kept.indptr.astype(np.int64), row_indices=kept.indices.astype(np.int64), values=kept.data,
        cost=cost, row_lower=problem.row_lower[own], row_upper=problem.row_upper[own],
        column_lower=problem.column_lower, column_upper=problem.column_upper, is_integer=problem.is_integer,
    ), worth  # fmt: skip


@dataclass(frozen=True, eq=False)
class Part:
    """What rows tie together, as a problem of its own."""

    problem: Problem
    rows: Integers
    """Positions of its rows in the problem that it is a part of."""
    columns: Integers
    """Positions of its columns there."""


def parts_of(problem: Problem, is_contract: Booleans) -> Iterator[Part]:
    """Yields what the rows tie together, as problems of their own; contracts several at a time."""
    matrix = csc_matrix((problem.values, problem.row_indices, problem.column_starts), shape=(problem.rows, problem.columns))
    graph = csr_matrix(
        (np.ones(matrix.nnz), matrix.indices + problem.columns, np.append(matrix.indptr, [matrix.nnz] * problem.rows)),
        shape=(problem.columns + problem.rows,) * 2,
    )
    _, found = connected_components(graph, directed=False)
    labels = np.asarray(found, dtype=np.int64)
    of_column, of_row = labels[: problem.columns], labels[problem.columns :]
    rows = dict(_grouped(of_row))
    batch: list[int] = []
    for label, columns in _grouped(of_column):
        if not is_contract[columns].any():
            yield _part(problem, matrix, columns, rows.get(label, NONE))
            continue
        batch += columns.tolist()
        if len(batch) >= CONTRACT_COLUMNS:
            yield _part(problem, matrix, np.array(batch), np.flatnonzero(np.isin(of_row, of_column[batch])))
            batch = []
    if batch:
        yield _part(problem, matrix, np.array(batch), np.flatnonzero(np.isin(of_row, of_column[batch])))


def _grouped(labels: Integers) -> Iterator[tuple[int, Integers]]:
    """Yields every label with the positions that have it."""
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(labels[order]) != 0]) if len(order) else np.zeros(0, dtype=np.int64)
    for positions in np.split(order, starts[1:]):
        yield int(labels[positions[0]]), positions


def _part(problem: Problem, matrix: csc_matrix, columns: Integers, rows: Integers) -> Part:
    inner = csc_matrix(csr_matrix(matrix[:, columns])[rows])
    inner.sort_indices()
    made = Problem(
        column_starts=inner.indptr.astype(np.int64), row_indices=inner.indices.astype(np.int64), values=inner.data,
        cost=problem.cost[columns], row_lower=problem.row_lower[rows], row_upper=problem.row_upper[rows],
        column_lower=problem.column_lower[columns], column_upper=problem.column_upper[columns],
        is_integer=problem.is_integer[columns],
    )  # fmt: skip
    return Part(made, rows, columns)
