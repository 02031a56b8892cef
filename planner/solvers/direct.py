"""One solve in this process: find the engine, refuse early, let it run, settle "infeasible or unbounded"."""

import dataclasses
import importlib
import tempfile
import time
from pathlib import Path
from typing import cast

import numpy as np

from planner.errors import SolverError
from planner.solvers.claim import Claim, Engine, Said, Watch
from planner.solvers.judge import START_TOLERANCE, judge
from planner.solvers.problem import Problem
from planner.solvers.settings import Settings
from planner.solvers.solution import Limit, Solution, Watcher

BACKENDS: dict[str, str] = {
    "highs": "planner.solvers.highs",
    "scip": "planner.solvers.ortools",
    "cp_sat": "planner.solvers.ortools",
    "glop": "planner.solvers.ortools",
    "pdlp": "planner.solvers.ortools",
}
"""Solver name -> module with `NATIVE`, `refusal` and `run` (see `claim.Engine`); another solver is one line more."""


def engine_named(solver: str) -> Engine:
    """Returns the backend module of a solver; loads nothing native.

    Raises
    ------
    SolverError
        where no backend has that name
    """
    if solver not in BACKENDS:
        raise SolverError(f"solver: expected one of {', '.join(BACKENDS)}, found {solver!r}")
    return cast(Engine, importlib.import_module(BACKENDS[solver]))


def check(problem: Problem, settings: Settings) -> None:
    """Does nothing where the solver may be given the problem.

    Raises
    ------
    SolverError
        where the solver is unknown or must not be given the problem
    """
    reason = engine_named(settings.solver).refusal(problem, settings)
    if reason:
        raise SolverError(reason)


def solve_here(problem: Problem, settings: Settings, progress: Watcher | None = None) -> Solution:
    """Solves in this process, where nothing can kill an engine that ignores its time limit.

    HiGHS runs one solve at a time in a process: calls from several threads wait for each other.

    Parameters
    ----------
    progress
        is called with each `Progress`; a true answer stops the engine with limit `interrupted`

    Raises
    ------
    SolverError
        where the solver is unknown or must not be given the problem, a native option is unknown, or a native
        library that clashes is loaded already
    """
    began = time.perf_counter()
    check(problem, settings)
    with tempfile.TemporaryDirectory(prefix="planner-solve-") as folder:
        claim = claim_here(problem, settings, Watch(Path(folder) / "solver.log", progress))
    return judge(problem, settings, claim, time.perf_counter() - began)


def claim_here(problem: Problem, settings: Settings, watch: Watch) -> Claim:
    """Returns what the engine says, with infeasible told from unbounded by a second solve at no cost."""
    if problem.columns == 0:
        return _claim_without_columns(problem)
    engine = engine_named(settings.solver)
    claim = engine.run(problem, settings, watch)
    is_doubtful = claim.said is Said.INFEASIBLE_OR_UNBOUNDED or (claim.said is Said.UNBOUNDED and problem.is_mip)
    return _settled(engine, problem, settings, watch, claim) if is_doubtful else claim


def _settled(engine: Engine, problem: Problem, settings: Settings, watch: Watch, claim: Claim) -> Claim:
    """Settles a doubtful claim by asking for any feasible point.

    A MIP is doubtful when called unbounded too: engines conclude that from the LP relaxation, which says nothing of
    whether a whole point exists; where one exists, and data are rational, the MIP is unbounded (Meyer 1974).
    """
    left = None if settings.time_limit_s is None else max(settings.time_limit_s - claim.engine_s, 0.1)
    quiet = dataclasses.replace(watch, report=None)
    second = engine.run(problem.without_cost(), dataclasses.replace(settings, time_limit_s=left), quiet)
    claim = dataclasses.replace(
        claim,
        values=None,
        objective=None,
        bound=None,
        engine_s=claim.engine_s + second.engine_s,
        log=second.log if second.log.startswith(claim.log) else f"{claim.log}\n{second.log}",
    )
    if second.said is Said.INFEASIBLE:
        return dataclasses.replace(claim, said=Said.INFEASIBLE, limit=Limit.NONE)
    if second.values is not None and problem.violation(second.values).largest <= START_TOLERANCE:
        return dataclasses.replace(claim, said=Said.UNBOUNDED, limit=Limit.NONE)
    note = "infeasible or unbounded: a second solve, at no cost, did not tell which"
    return dataclasses.replace(claim, said=Said.STOPPED, limit=second.limit, note=note)


def _claim_without_columns(problem: Problem) -> Claim:
    """Decides a problem with no columns, which engines call empty: its rows must admit an activity of zero."""
    admits_zero = bool(((problem.row_lower <= 0.0) & (problem.row_upper >= 0.0)).all())
    if not admits_zero:
        return Claim(Said.INFEASIBLE, Limit.NONE, "no engine needed", 0.0)
    return Claim(
        Said.OPTIMAL,
        Limit.NONE,
        "no engine needed",
        0.0,
        values=np.zeros(0),
        objective=problem.offset,
        bound=problem.offset,
        row_duals=np.zeros(problem.rows),
        reduced_costs=np.zeros(0),
    )
