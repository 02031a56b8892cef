"""The program of a plan with rows added to it: what else could have been decided, and at what cost.

One `Memory` serves many such questions: each solve begins with the cuts and patterns of those before it, the plan's own
certificate among them, where they still hold.
"""

import dataclasses
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from planner.methods import Certificate, CutRecord, Known, MethodResult, MethodSettings, known_of_plan, solve_near
from planner.options.coefficients import RENTED_KINDS, Coefficients
from planner.plan.interval import Proved
from planner.plan.plan import PlanTables
from planner.program.build import build_program
from planner.program.compile import Compiled, compile_program
from planner.program.groups import Groups
from planner.solvers import Problem, Solution, Worker
from planner.studies.apart import Changed, changed

GROWN_SHARE, GROWN_SECONDS_MIN = 0.3, 5.0
"""Time that adding to a plan may take, as a share of that of the solve."""
PART_GAP = 1e-4
"""Gap to which a part of the program that holds all of a question is solved."""
PART_SHARE_MAX, PART_COLUMNS_WHOLE = 0.5, 2000
"""Parts with more of the columns than this share are no gain over the whole; those of so few go whole to the engine."""
RELAXATION_SECONDS = 60.0
BOUGHT = ("rent", "commit", "hold")
"""Variables of nodes by offer."""
COUNTED = ("deploy", "rent", "commit")
"""Variables that a plan's tables count."""
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

    def with_compiled(self, compiled: Compiled) -> "Program":
        """Returns the program with other arrays of the same coefficients."""
        return dataclasses.replace(self, compiled=compiled)

    def with_rows(self, rows: Sequence[Row]) -> Compiled:
        """Returns the compiled program with rows added."""
        terms = [row[0] for row in rows]
        at = [(i, j, value) for i, row in enumerate(terms) for j, value in row.items()]
        made = sparse.csc_matrix(
            ([v for _, _, v in at], ([i for i, _, _ in at], [j for _, j, _ in at])),
            shape=(len(rows), self.compiled.problem.columns),
        )
        names = tuple(f"asked[{i}]" for i in range(len(rows)))
        lower, upper = (np.array([row[end] for row in rows], dtype=float) for end in (1, 2))
        return with_rows(self.compiled, made, lower, upper, names)

    def closed(self, offers: Collection[str]) -> Compiled:
        """Returns the compiled program in which some offers are not bought."""
        problem = self.compiled.problem
        upper = problem.column_upper.copy()
        upper[self.columns(lambda name, index: name in BOUGHT and index[0] in offers)] = 0.0
        return dataclasses.replace(self.compiled, problem=_with_bounds(problem, problem.column_lower, upper))

    def grown(self, compiled: Compiled, tables: PlanTables) -> Problem:
        """Returns the arrays of the program, perhaps with rows of its own, with no less of anything than a plan has."""
        fixed = _counts(tables, self.groups)
        lower = compiled.problem.column_lower.copy()
        for j, (name, index) in enumerate(compiled.columns):
            if name in COUNTED:
                lower[j] = min(float(fixed.get((name, index), 0.0)), compiled.problem.column_upper[j])
        return _with_bounds(compiled.problem, lower, compiled.problem.column_upper)

    def at(self, tables: PlanTables) -> Problem:
        """Returns the arrays with replicas, rents and orders fixed as a plan has them."""
        fixed = _counts(tables, self.groups)
        problem = self.compiled.problem
        lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
        for j, (name, index) in enumerate(self.compiled.columns):
            if name in COUNTED:
                lower[j] = upper[j] = float(fixed.get((name, index), 0.0))
        return _with_bounds(problem, lower, upper)


@dataclass(frozen=True)
class Compared:
    """What is proved of a program and of another: their least costs differ by as much as these do."""

    before: Proved
    after: Proved
    status: str
    """Of the solve of the other."""
    is_part: bool = False
    """Whether both are of the part alone in which the programs differ."""


@dataclass
class Memory:
    """What the solves of nearly the same program have proved and found so far; each adds to it."""

    known: Known | None = None
    parts: dict[str, Proved] = field(default_factory=dict)
    """What is proved of parts of a plan's program, by digest."""
    relaxed: dict[str, Solution] = field(default_factory=dict)
    """Relaxations of programs, by digest."""

    @classmethod
    def of_plan(cls, program: Program, tables: PlanTables, file: Path, settings: MethodSettings) -> "Memory":
        """Returns what a plan's certificate and fleet say; nothing where there is none, or it is of another program."""
        certificate = _certificate(file)
        if certificate is None:
            return cls()
        with Worker() as worker:
            values = worker.solve(program.at(tables), settings.for_solver(60.0)).values
        return cls(None if values is None else known_of_plan(program.compiled, program.groups.slots, certificate, values))

    def solve(self, compiled: Compiled, groups: Groups, settings: MethodSettings, method: str = "auto") -> MethodResult:
        """Returns the best plan of a compiled program and the bound proved, within the time of `settings`."""
        result, known = solve_near(compiled, groups, settings, self.known, method)
        if known is not None and self.known is None:
            self.known = known
        return result

    def compared(
        self, plan: Proved, before: Program, after: Program, settings: MethodSettings, method: str = "auto",
        tables: PlanTables | None = None,
    ) -> Compared:  # fmt: skip
        """Returns what is proved of a plan's program and of another one, of their differing part alone where that is small.

        Where `tables` are the plan's, adding to it is tried too.
        """
        pair = small_part(before.compiled, after.compiled)
        if pair is None:
            result = self.solve(after.compiled, after.groups, settings, method)
            grown = None if tables is None else after.grown(after.compiled, tables)
            return Compared(plan, proved_near(result, grown, settings), result.status)
        fine = dataclasses.replace(settings, relative_gap=min(settings.relative_gap, PART_GAP))
        digest = pair.before.problem.digest()
        if digest not in self.parts:
            self.parts[digest] = proved(self.solve_part(before.with_compiled(pair.before), fine))
        result = self.solve_part(after.with_compiled(pair.after), fine)
        return Compared(self.parts[digest], proved(result), result.status, is_part=True)

    def relaxation(self, problem: Problem, settings: MethodSettings) -> Solution:
        """Returns the relaxation of a program, solved once."""
        digest = problem.digest()
        if digest not in self.relaxed:
            with Worker() as worker:
                self.relaxed[digest] = worker.solve(problem.relaxed(), settings.for_solver(RELAXATION_SECONDS))
        return self.relaxed[digest]

    def solve_part(self, part: Program, settings: MethodSettings) -> MethodResult:
        """Returns the best plan of a part of a program and the bound proved."""
        is_whole = part.compiled.problem.columns <= PART_COLUMNS_WHOLE
        return self.solve(part.compiled, part.groups, settings, "textbook" if is_whole else "auto")


def small_part(before: Compiled, after: Compiled) -> Changed | None:
    """Returns the part in which two programs differ; None where it is most of them."""
    pair = changed(before, after)
    return None if pair.before.problem.columns > PART_SHARE_MAX * before.problem.columns else pair


def proved(result: MethodResult) -> Proved:
    """Returns what a solve proves of the least cost."""
    return Proved(result.objective_usd, result.bound_usd)


def proved_near(result: MethodResult, grown: Problem | None, settings: MethodSettings) -> Proved:
    """Returns what a solve proves, and at what cost a plan can be added to where that is less."""
    if grown is None:
        return proved(result)
    with Worker() as worker:
        more = worker.solve(grown, settings.for_solver(max(GROWN_SECONDS_MIN, GROWN_SHARE * settings.time_limit_s)))
    costs = [usd for usd in (result.objective_usd, None if more.values is None else more.objective) if usd is not None]
    return Proved(min(costs, default=None), result.bound_usd)


def _certificate(file: Path) -> Certificate | None:
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        cells = tuple((slot[0], slot[1], tuple(keys)) for *slot, keys in record["cells"])
        segments = tuple((key, float(low), float(high)) for key, low, high in record["segments"])
        cuts = tuple(
            CutRecord(
                c["bound_usd"], tuple(c["cells"]), tuple((int(s), float(usd)) for s, usd in c["prices"]), tuple(c["amounts"])
            )
            for c in record["cuts"]
        )
        return Certificate(record["kind"], record["bound_usd"], cells, segments, cuts)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def with_rows(
    compiled: Compiled, rows: sparse.csc_matrix, lower: np.ndarray, upper: np.ndarray, names: Sequence[str]
) -> Compiled:
    """Returns a compiled program with named rows below its own."""
    problem = compiled.problem
    base = sparse.csc_matrix((problem.values, problem.row_indices, problem.column_starts), shape=(problem.rows, problem.columns))
    whole = sparse.vstack([base, rows]).tocsc()
    whole.sort_indices()
    made = dataclasses.replace(
        problem, column_starts=whole.indptr.astype(np.int64), row_indices=whole.indices.astype(np.int64), values=whole.data,
        row_lower=np.append(problem.row_lower, lower), row_upper=np.append(problem.row_upper, upper),
        row_names=(*problem.row_names, *names), start=None,
    )  # fmt: skip
    return dataclasses.replace(compiled, problem=made)


def with_columns(compiled: Compiled, columns: Sequence[tuple[str, tuple[str, ...]]]) -> Compiled:
    """Returns a compiled program with binaries that cost nothing and stand in no row yet."""
    problem, many = compiled.problem, len(columns)
    made = dataclasses.replace(
        problem, column_starts=np.append(problem.column_starts, np.full(many, problem.column_starts[-1])),
        cost=np.append(problem.cost, np.zeros(many)), column_lower=np.append(problem.column_lower, np.zeros(many)),
        column_upper=np.append(problem.column_upper, np.ones(many)),
        is_integer=np.append(problem.is_integer, np.ones(many, bool)),
        column_names=(*problem.column_names, *(f"{name}[{','.join(index)}]" for name, index in columns)), start=None,
    )  # fmt: skip
    return Compiled(made, (*compiled.columns, *columns))


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
