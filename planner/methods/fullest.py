"""How full the fullest of some rows is at least, and which limits are therefore in the way of any plan.

min t    s.t.    use_r(x) <= t side_r  for some rows r, the other rows as they are
"""

import dataclasses
import logging
import math
import time
from collections.abc import Callable

import numpy as np
from scipy.sparse import csc_matrix

from planner.errors import SolverError
from planner.methods.condense import condense
from planner.methods.guide import LP_ENGINE
from planner.methods.result import MethodSettings, Need
from planner.methods.split import with_columns
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Problem, Settings, Solution, Worker
from planner.solvers.problem import Floats, Integers

log = logging.getLogger(__name__)

AMOUNTS = ("budget", "power", "carbon_cap")
"""Families of rows `<=` that say what there is of something that all share; their sides are limits a person has set."""
FULL = 0.999
"""Rows that are this full, as a share of the fullest, are in the way together."""
WHOLE_SECONDS = 10.0
"""The most that naming the limit in the way may take."""
OVER = 1e-4
"""Share above what there is from which on a bound is a proof: tolerances of engines are far below."""


def fullest(problem: Problem, rows: Integers, sides: Floats, usd: float) -> Problem:
    """Returns the program whose cost is how full the fullest of some rows is, in shares of its side, `usd` for all of it.

    Its last column is that cost; what else is asked of these rows (`<=`) is left out.
    """
    last = csc_matrix((-sides / usd, (rows, np.zeros(len(rows), dtype=int))), shape=(problem.rows, 1))
    upper = problem.row_upper.copy()
    upper[rows] = 0.0
    free = dataclasses.replace(problem, cost=np.zeros(problem.columns), row_upper=upper, offset=0.0, start=None)
    return with_columns(free, last, np.ones(1), np.full(1, -np.inf), np.full(1, np.inf))


def in_the_way(groups: Groups, settings: MethodSettings, seconds: float = WHOLE_SECONDS) -> Need | None:
    """Returns what every plan needs of what is limited, where that is why there is none; else None.

    Fractions of nodes are asked for first, then whole ones. None too where an engine cannot take the question or does not answer
    it in `seconds` (and WHOLE_SECONDS at most): naming a reason never fails, and takes little.
    """
    until = time.monotonic() + min(seconds, WHOLE_SECONDS)
    if seconds < 1.0:
        return None
    problem = condense(compile_program(build_program(groups))).compiled.problem

    def asked(solver: str) -> Settings:
        left_s = max(0.5, until - time.monotonic())
        return Settings(solver, left_s, relative_gap=OVER, threads=1, seed=settings.seed, log=False)

    try:
        with Worker() as worker:
            found = limited_need(problem, lambda one: worker.solve(one.relaxed(), asked(LP_ENGINE[settings.solver])))
            if found is not None or time.monotonic() > until:
                return found
            return limited_need(problem, lambda one: worker.solve(one, asked(settings.solver)))
    except SolverError as error:
        log.info("which limit is in the way is not told: %s", error)
        return None


def limited_need(problem: Problem, solve: Callable[[Problem], Solution]) -> Need | None:
    """Returns what every point of a program needs of what is limited, where that is more than there is; else None.

    `solve` answers the program, or its relaxation. Of the relaxation's rows those are why that are full where the fullest is
    least full: the others may as well be left out. Of the program's, another plan may be short of another row: there the full
    ones are asked about again, the others as they are, and all are named where that proves nothing.
    """
    families = [name.partition("[")[0] in AMOUNTS for name in problem.row_names]
    rows = np.flatnonzero(np.array(families, dtype=bool) & np.isneginf(problem.row_lower) & (problem.row_upper > 0))
    if not len(rows):
        return None
    found, share = _asked(problem, rows, solve)
    if share <= 1 + OVER:
        return None
    if found.values is not None:
        used = problem.activity(found.values[:-1])[rows] / problem.row_upper[rows]
        full = rows[used >= FULL * used.max()]
        again = share if found.row_duals is not None or len(full) == len(rows) else _asked(problem, full, solve)[1]
        rows, share = (full, again) if again > 1 + OVER else (rows, share)
    return Need(tuple(problem.row_names[row] for row in rows.tolist()), share)


def _asked(problem: Problem, rows: Integers, solve: Callable[[Problem], Solution]) -> tuple[Solution, float]:
    """Returns how full the fullest of some rows is, and the share that this proves; 0 where it proves nothing."""
    sides = problem.row_upper[rows]
    usd = math.sqrt(float(sides.max()) * float(sides.min()))  # coefficients as near 1 as they can be
    found = solve(fullest(problem, rows, sides, usd))
    return found, 0.0 if found.bound is None else found.bound / usd
