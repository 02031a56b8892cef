r"""Hull cuts proved again: what a pool's traffic and replicas in a slot cost at least, with shared rows at some prices.

With the shared rows taken out the program falls into parts (`at_prices`). Whatever usd y a unit of each shared row is said to
cost, of any sign, and f the least of (cost + A' y) @ x over the rows of one part w, every plan keeps

    (cost_w + A_w' y) @ x_w  >=  f        by the definition of f,

a row of the whole program that its relaxation may break, as that lives on fractions of replicas. f is proved here afresh: the
other engine's dual bound of the part as it is stated here, whatever the plan's file says of it. Where nothing in the row is
below 0 a whole column's coefficient above f counts as f, since one unit fulfils the row.
"""

import dataclasses
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, vstack

from planner.certify.arrays import Sheet
from planner.certify.at_prices import Part, is_contract_name, parts_of, priced, solve_each
from planner.certify.stored import StoredHull
from planner.errors import InputError
from planner.solvers import Problem, Status
from planner.solvers.problem import LARGEST_BOUND, Floats, Integers

LEAST_USD = 1e-3
"""A cut that asks for less says nothing."""
SMALLEST = 1e-9
"""Entries of a cut nearer to 0, which engines may drop, are raised to it, or to 0: that weakens the cut."""
SIDE = 1000.0
"""Side of a cut's row: engines may err by their tolerance of 1e-6 in a row, which is to be little beside it."""
LARGEST = 1e9
"""A cut with a larger entry, which prices far from any market make, is left out: no engine is exact beside it."""
ROOM = 1e-7
"""Share by which a cut is loosened against rounding."""
WHOLE_NAMES = {
    "nothing": frozenset[str](), "commitments": frozenset({"order", "open", "full"}),
    "contracts": frozenset({"order", "open", "full", "rent"}),
}  # fmt: skip
"""Columns that stay whole by what a plan says is whole in the statement its bound is of; all where it says so."""


@dataclass(frozen=True)
class Hulled:
    """The whole program with the cuts that were proved, as rows."""

    problem: Problem
    cuts: int
    """Cuts that were stored."""
    proved: int
    """Cuts of which as much was proved as is said."""
    unknown: int
    """Cuts of a slot's pool, or prices of rows, that are not stated."""
    late: int
    """Cuts that were not proved to the end in the time."""

    @property
    def odd(self) -> list[str]:
        """What of the cuts is not as it should be, in words."""
        found = [f"{self.unknown} of {self.cuts} stored hull cuts are of what is not stated"] if self.unknown else []
        found += [f"{self.late} of {self.cuts} stored hull cuts were not proved to the end in the time"] if self.late else []
        less = self.cuts - self.unknown - self.late - self.proved
        return found + ([f"{less} of {self.cuts} stored hull cuts count for less than they say"] if less else [])


@dataclass(frozen=True, eq=False)
class _Ask:
    """One part at one vector of prices, and what is said that it costs at least."""

    columns: Integers
    problem: Problem
    said_usd: float


def hulled(sheet: Sheet, stored: StoredHull, engine: str, deadline: float, processes: int) -> Hulled:
    """Returns the whole program of a sheet with the stored cuts as rows, each at what is proved of it in the time.

    Raises InputError where prices are so large that no engine takes what they add up to.
    """
    problem = sheet.problem()
    asks, unknown = _asks(sheet, problem, stored)
    answers = solve_each([ask.problem for ask in asks], engine, deadline, processes)
    rows: list[tuple[Integers, Floats]] = []
    proved = late = 0
    for k, ask in enumerate(asks):
        answer = answers.get(k)
        usd = -np.inf if answer is None or answer.bound is None else answer.bound
        is_reached = usd >= ask.said_usd * (1 - 1e-6) - 0.01
        proved += is_reached
        late += not is_reached and (answer is None or answer.status != Status.OPTIMAL)
        row = _coefficients(ask.problem, usd) if usd > LEAST_USD else None
        if row is not None and np.abs(row).max() <= LARGEST:
            rows.append((ask.columns, row))
    return Hulled(_with_rows(problem, rows), len(stored.cuts), proved, unknown, late)


def loosened(problem: Problem, sheet: Sheet, whole: str) -> Problem:
    """Returns a problem in which nothing is whole but what `whole` says (see `WHOLE_NAMES`): a relaxation, or itself."""
    if whole not in WHOLE_NAMES:
        return problem
    kept = np.array([isinstance(name, tuple) and name[0] in WHOLE_NAMES[whole] for name in sheet.columns], dtype=bool)
    return dataclasses.replace(problem, is_integer=problem.is_integer & kept)


def _asks(sheet: Sheet, problem: Problem, stored: StoredHull) -> tuple[list[_Ask], int]:
    """Returns what is to be proved, and how many cuts speak of what is not stated."""
    are_contracts = np.array([is_contract_name(name) for name in sheet.columns])
    apart, _ = priced(problem, sheet.names, {}, are_contracts)
    home, row_of = _homes(sheet, list(parts_of(apart, are_contracts))), {name: row for row, name in sheet.names.items()}
    matrix = csc_matrix((problem.values, problem.row_indices, problem.column_starts), (problem.rows, problem.columns))
    weights: dict[int, Floats | None] = {}
    asks, unknown = [], 0
    for cut in stored.cuts:
        part = home.get((cut.slot, cut.pool))
        if cut.prices not in weights:
            weights[cut.prices] = _weights(stored.prices[cut.prices], row_of, problem.rows)
        usd = weights[cut.prices]
        if part is None or usd is None:
            unknown += 1
            continue
        cost = np.asarray(problem.cost[part.columns] + matrix[:, part.columns].T @ usd)
        if np.abs(cost).max() >= LARGEST_BOUND:
            raise InputError.single("prices of hull cuts", "costs under 1e20 usd by them", f"{np.abs(cost).max():g}")
        asks.append(_Ask(part.columns, dataclasses.replace(part.problem, cost=cost), cut.least_usd))
    return asks, unknown


def _homes(sheet: Sheet, parts: Sequence[Part]) -> dict[tuple[Hashable, Hashable], Part]:
    """Returns the part of each (slot, pool) that has replicas."""
    names, home = list(sheet.columns), {}
    for part in parts:
        for name in [names[j] for j in part.columns.tolist()]:
            if isinstance(name, tuple) and name[0] == "d":
                home[name[1], name[2]] = part
    return home


def _weights(prices: Sequence[tuple[Hashable, float]], row_of: dict[Hashable, int], rows: int) -> Floats | None:
    """Returns the price of each row of the program; None where one is of a row that is not stated."""
    usd = np.zeros(rows)
    for name, value in prices:
        if name not in row_of:
            return None
        usd[row_of[name]] = value
    return usd


def _coefficients(part: Problem, least_usd: float) -> Floats:
    """Returns the entries of  row @ x >= 1  of a part that costs at least so much."""
    row = part.cost / least_usd
    if np.all(row >= 0) and np.all(part.column_lower >= 0):
        row = np.where(part.is_integer, np.minimum(row, 1.0), row)
    return np.where(np.abs(row) < SMALLEST, np.where(row > 0, SMALLEST, 0.0), row)


def _with_rows(problem: Problem, rows: Sequence[tuple[Integers, Floats]]) -> Problem:
    if not rows:
        return problem
    count = len(rows)
    where = np.concatenate([np.full(len(columns), i) for i, (columns, _) in enumerate(rows)])
    columns, values = (np.concatenate(part) for part in zip(*rows, strict=True))
    own = csc_matrix((problem.values, problem.row_indices, problem.column_starts), (problem.rows, problem.columns))
    matrix = csc_matrix(vstack([own, csr_matrix((SIDE * values, (where, columns)), (count, problem.columns))], format="csc"))
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return Problem(
        column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
        cost=problem.cost, row_lower=np.append(problem.row_lower, np.full(count, SIDE * (1.0 - ROOM))),
        row_upper=np.append(problem.row_upper, np.full(count, np.inf)), column_lower=problem.column_lower,
        column_upper=problem.column_upper, is_integer=problem.is_integer,
    )  # fmt: skip
