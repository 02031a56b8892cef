"""OR-Tools through MathOpt's protocol messages: SCIP and CP-SAT for MIPs, GLOP and PDLP for LPs.

The model message is filled array by array, not coefficient by coefficient. Gap: SCIP divides by
min(|objective|, |bound|), CP-SAT by max(1, |objective|) of a whole-number objective: both prove ours.
"""

import datetime
import importlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.errors import SolverError
from planner.solvers.claim import Claim, Said, Watch
from planner.solvers.clash import refuse_clash
from planner.solvers.integral import whole_problem
from planner.solvers.problem import LARGEST_BOUND, Floats, Problem
from planner.solvers.settings import Native, Settings
from planner.solvers.solution import Limit, Progress

NATIVE = "ortools"
LP_TOLERANCE = 1e-7
"""What PDLP is asked for, relative and absolute: its own default of 1e-6 would leave gaps that `judge` cannot close."""

PRINTED = 1e-6
"""SCIP prints seven digits, so that a printed bound may be above the true one by half a unit of the seventh."""
STOP_POLL_S = 0.1


@dataclass(frozen=True)
class Dialect:
    """How one MathOpt solver wants to be addressed: its number, its parameter message, and what it takes."""

    solver_type: str
    parameters: str
    title: str
    takes_integers: bool
    takes_seed: bool


DIALECTS = {
    "scip": Dialect("SOLVER_TYPE_GSCIP", "gscip", "SCIP", takes_integers=True, takes_seed=True),
    "cp_sat": Dialect("SOLVER_TYPE_CP_SAT", "cp_sat", "CP-SAT", takes_integers=True, takes_seed=True),
    "glop": Dialect("SOLVER_TYPE_GLOP", "glop", "GLOP", takes_integers=False, takes_seed=True),
    "pdlp": Dialect("SOLVER_TYPE_PDLP", "pdlp", "PDLP", takes_integers=False, takes_seed=False),
}

REASONS = {
    "OPTIMAL": Said.OPTIMAL,
    "INFEASIBLE": Said.INFEASIBLE,
    "UNBOUNDED": Said.UNBOUNDED,
    "INFEASIBLE_OR_UNBOUNDED": Said.INFEASIBLE_OR_UNBOUNDED,
    "FEASIBLE": Said.STOPPED,
    "NO_SOLUTION_FOUND": Said.STOPPED,
    "IMPRECISE": Said.STOPPED,
}
"""MathOpt termination reason -> what it says; a reason that is not here is a failure."""

LIMITS = {"TIME": Limit.TIME, "INTERRUPTED": Limit.INTERRUPTED}
"""MathOpt limit -> ours; any other is `other` where the solve was stopped."""


def refusal(problem: Problem, settings: Settings) -> str:
    """Returns why the engine must not be given the problem, empty where it may."""
    dialect = DIALECTS[settings.solver]
    if problem.is_mip and not dialect.takes_integers:
        name = problem.column_name(int(problem.is_integer.argmax()))
        return f"{dialect.title} solves LPs only, and column {name} must be whole; use highs or scip"
    if settings.solver == "cp_sat":
        try:
            whole_problem(problem)
        except SolverError as error:
            return str(error)
    return ""


def run(problem: Problem, settings: Settings, watch: Watch) -> Claim:
    """Solves with the engine that `settings.solver` names and returns what it says.

    Raises
    ------
    SolverError
        where ortools clashes with a loaded library, the engine must not be given the problem, or MathOpt refuses it
    """
    reason = refusal(problem, settings)
    if reason:
        raise SolverError(reason)
    refuse_clash(NATIVE)
    callback_pb2, parameters_pb2 = _message("callback_pb2"), _message("parameters_pb2")
    solver: Any = importlib.import_module("ortools.math_opt.core.python.solver")
    dialect = DIALECTS[settings.solver]
    whole = whole_problem(problem) if settings.solver == "cp_sat" else None
    given, scale = (problem, 1.0) if whole is None else (whole.problem, whole.cost_scale)
    reports = _Reports(given, scale, settings, watch)
    began = time.perf_counter()
    try:
        result = solver.solve(
            _model(given),
            parameters_pb2.SolverTypeProto.Value(dialect.solver_type),
            parameters_pb2.SolverInitializerProto(),
            _parameters(settings, dialect),
            _model_parameters(given),
            reports.take_lines,
            reports.registration(callback_pb2),
            reports.callback(callback_pb2),
            reports.interrupter,
        )
    except Exception as error:
        reports.raise_failure()
        raise SolverError(f"{dialect.title} does not take the problem: {error}") from error
    finally:
        reports.close()
    reports.raise_failure()
    return _read(result, given, scale, settings, time.perf_counter() - began, watch)


def _message(name: str) -> Any:
    """Returns one of MathOpt's modules of protocol messages."""
    return importlib.import_module(f"ortools.math_opt.{name}")


def _model(problem: Problem) -> Any:
    """Returns the model message; MathOpt wants the matrix by rows."""
    model = _message("model_pb2").ModelProto()
    columns, rows = range(problem.columns), range(problem.rows)
    model.variables.ids.extend(columns)
    model.variables.lower_bounds.extend(problem.column_lower.tolist())
    model.variables.upper_bounds.extend(problem.column_upper.tolist())
    model.variables.integers.extend(problem.is_integer.tolist())
    model.objective.offset = problem.offset
    priced = np.flatnonzero(problem.cost)
    model.objective.linear_coefficients.ids.extend(priced.tolist())
    model.objective.linear_coefficients.values.extend(problem.cost[priced].tolist())
    model.linear_constraints.ids.extend(rows)
    model.linear_constraints.lower_bounds.extend(problem.row_lower.tolist())
    model.linear_constraints.upper_bounds.extend(problem.row_upper.tolist())
    order = np.lexsort((problem.column_of_entry, problem.row_indices))
    order = order[problem.values[order] != 0.0]
    matrix = model.linear_constraint_matrix
    matrix.row_ids.extend(problem.row_indices[order].tolist())
    matrix.column_ids.extend(problem.column_of_entry[order].tolist())
    matrix.coefficients.extend(problem.values[order].tolist())
    return model


def _model_parameters(problem: Problem) -> Any:
    """Returns the message that carries the start as a hint."""
    parameters = _message("model_parameters_pb2").ModelSolveParametersProto()
    if problem.start is not None and problem.is_mip:
        given = np.flatnonzero(~np.isnan(problem.start))
        hint = parameters.solution_hints.add().variable_values
        hint.ids.extend(given.tolist())
        hint.values.extend(problem.start[given].tolist())
    return parameters


def _parameters(settings: Settings, dialect: Dialect) -> Any:
    """Returns the solve parameters: our words first, then the caller's native ones."""
    parameters = _message("parameters_pb2").SolveParametersProto()
    if settings.time_limit_s is not None:
        parameters.time_limit.FromTimedelta(datetime.timedelta(seconds=settings.time_limit_s))
    if dialect.takes_integers:
        parameters.relative_gap_tolerance = settings.engine_gap()
        parameters.absolute_gap_tolerance = settings.absolute_gap
    if dialect.takes_seed:
        parameters.random_seed = settings.seed
    if settings.solver == "scip":
        parameters.threads = settings.threads or 1
    elif settings.solver != "glop":
        parameters.threads = settings.thread_count()
    if settings.solver == "pdlp":
        criteria = parameters.pdlp.termination_criteria.simple_optimality_criteria
        criteria.eps_optimal_absolute = criteria.eps_optimal_relative = LP_TOLERANCE
    native = getattr(parameters, dialect.parameters)
    if settings.solver == "scip":
        _assign_scip(native, settings.native)
    else:
        _assign(native, settings.native, dialect.title)
    return parameters


def _assign_scip(message: Any, native: Mapping[str, Native]) -> None:
    """Sorts SCIP options into MathOpt's maps by type; node counts are SCIP's long ones."""
    for name, value in native.items():
        if isinstance(value, bool):
            message.bool_params[name] = value
        elif isinstance(value, int):
            kind = message.long_params if name.endswith(("nodes", "nodesofs")) else message.int_params
            kind[name] = value
        elif isinstance(value, float):
            message.real_params[name] = value
        else:
            kind = message.char_params if len(value) == 1 else message.string_params
            kind[name] = value


def _assign(message: Any, native: Mapping[str, Native], title: str) -> None:
    """Sets fields of a parameter message by dotted name."""
    for name, value in native.items():
        *path, last = name.split(".")
        target = message
        try:
            for part in path:
                target = getattr(target, part)
            setattr(target, last, value)
        except (AttributeError, TypeError, ValueError) as error:
            raise SolverError(f"{title} does not take the option {name} = {value!r}: {error}") from error


class _Reports:
    """Writes log lines to the watch's file and forwards incumbents; an exception in the watch stops the engine."""

    def __init__(self, problem: Problem, scale: float, settings: Settings, watch: Watch) -> None:
        pybind_solve_interrupter: Any = importlib.import_module("ortools.util.python.pybind_solve_interrupter")
        self.interrupter = pybind_solve_interrupter.PySolveInterrupter()
        self._problem, self._scale, self._watch = problem, scale, watch
        self._has_incumbents = settings.solver == "cp_sat" and watch.report is not None
        self._reads_scip = settings.solver == "scip" and watch.report is not None
        self._fields: list[str] = []
        self._began = time.perf_counter()
        self._file = watch.log_path.open("a", encoding="utf-8")
        self._failure: BaseException | None = None
        self._is_closed = threading.Event()
        threading.Thread(target=self._await_stop, daemon=True).start()

    def close(self) -> None:
        """Closes the log file and ends the thread that waits for `watch.stop`."""
        self._is_closed.set()
        self._file.close()

    def raise_failure(self) -> None:
        """Raises what the watch raised while the engine ran."""
        if self._failure is not None:
            raise self._failure

    def take_lines(self, lines: list[str]) -> None:
        """Writes log lines; reads bound and incumbent from SCIP's table."""
        for line in lines:
            self._file.write(line + "\n")
            if self._reads_scip and "|" in line:
                self._take_scip_row([field.strip() for field in line.split("|")])
        self._file.flush()

    def registration(self, callback_pb2: Any) -> Any:
        """Returns the events asked for: CP-SAT's incumbents (SCIP's event handler complains when it ends)."""
        registration = callback_pb2.CallbackRegistrationProto()
        if self._has_incumbents:
            registration.request_registration.append(callback_pb2.CALLBACK_EVENT_MIP_SOLUTION)
        return registration

    def callback(self, callback_pb2: Any) -> Callable[[Any], Any] | None:
        """Returns the callable for those events."""
        if not self._has_incumbents:
            return None

        def take(data: Any) -> Any:
            values = _dense(data.primal_solution_vector, self._problem.columns)
            stats = data.mip_stats
            self._tell(stats.primal_bound / self._scale, stats.dual_bound / self._scale, values)
            return callback_pb2.CallbackResultProto()

        return take

    def _await_stop(self) -> None:
        while not self._is_closed.is_set():
            if self._watch.stop.wait(STOP_POLL_S):
                self.interrupter.interrupt()
                return

    def _take_scip_row(self, fields: list[str]) -> None:
        if "dualbound" in fields:
            self._fields = fields
        elif len(fields) == len(self._fields):
            self._tell(*incumbent_and_bound(dict(zip(self._fields, fields, strict=True))), None)

    def _tell(self, incumbent: float | None, bound: float | None, values: Floats | None) -> None:
        if self._watch.report is None or self._watch.stop.is_set():
            return
        try:
            progress = Progress(time.perf_counter() - self._began, _known(incumbent), _known(bound), values)
            if self._watch.report(progress):
                self._watch.stop.set()
        except BaseException as failure:  # raised again by raise_failure
            self._failure = failure
            self._watch.stop.set()


def _read(result: Any, problem: Problem, scale: float, settings: Settings, engine_s: float, watch: Watch) -> Claim:
    """Returns what the engine says, in units of the original objective."""
    result_pb2, version = _message("result_pb2"), importlib.import_module(NATIVE).__version__
    end = result.termination
    reason = result_pb2.TerminationReasonProto.Name(end.reason).removeprefix("TERMINATION_REASON_")
    said = REASONS.get(reason, Said.FAILED)
    limit = LIMITS.get(result_pb2.LimitProto.Name(end.limit).removeprefix("LIMIT_"), Limit.OTHER)
    if limit is Limit.OTHER and watch.stop.is_set():
        limit = Limit.INTERRUPTED
    elif limit is Limit.OTHER and settings.time_limit_s is not None and engine_s >= 0.95 * settings.time_limit_s:
        limit = Limit.TIME  # CP-SAT calls every limit undetermined
    values = objective = duals = reduced = None
    if result.solutions and result.solutions[0].HasField("primal_solution"):
        primal = result.solutions[0].primal_solution
        values, objective = _dense(primal.variable_values, problem.columns), primal.objective_value / scale
    if result.solutions and result.solutions[0].HasField("dual_solution") and not problem.is_mip:
        dual = result.solutions[0].dual_solution
        duals = _dense(dual.dual_values, problem.rows)
        reduced = _dense(dual.reduced_costs, problem.columns)
    return Claim(
        said=said,
        limit=limit if said is Said.STOPPED else Limit.NONE,
        version=f"{DIALECTS[settings.solver].title} of OR-Tools {version}",
        engine_s=engine_s,
        values=values,
        objective=objective,
        bound=_known(end.objective_bounds.dual_bound / scale) if duals is None else None,
        row_duals=duals,
        reduced_costs=reduced,
        node_count=int(result.solve_stats.node_count) if problem.is_mip else None,
        log=watch.log_path.read_text(encoding="utf-8", errors="replace"),
        note="" if said is not Said.FAILED else f"{reason}: {end.detail}",
    )


def _dense(vector: Any, size: int) -> Floats:
    """Returns a sparse message as an array."""
    dense = np.zeros(size)
    dense[np.asarray(vector.ids, dtype=np.int64)] = np.asarray(vector.values, dtype=np.float64)
    return dense


def incumbent_and_bound(row: dict[str, str]) -> tuple[float | None, float | None]:
    """Returns objective and bound of a row of SCIP's table, the bound lowered by what printing may have added."""
    bound = _number(row["dualbound"])
    return _number(row["primalbound"]), None if bound is None else bound - PRINTED * abs(bound)


def _number(text: str) -> float | None:
    """Returns a number of SCIP's table, None where it prints none."""
    try:
        return float(text)
    except ValueError:
        return None


def _known(value: float | None) -> float | None:
    """Returns a finite number, None for an engine's infinities; NaN stays, for the judge to find."""
    return None if value is None or abs(value) >= LARGEST_BOUND else value
