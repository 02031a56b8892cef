"""HiGHS through highspy: LPs and MIPs, arrays handed over whole.

Gap: HiGHS stops at |objective - bound| <= mip_rel_gap * |objective| or <= mip_abs_gap with the offset counted in,
which is our definition; `judge` recomputes it all the same.

Entries of a mixed-integer program at or below its feasibility tolerance are read by HiGHS (1.15.1) as nothing: a row in which
2,000 usd of egress at 8.3e-7 a usd save a node has been answered as if they could not (1.16.0 answers it right). Such rows
are handed over multiplied (`raised`): their points are the same.
"""

import importlib
import math
import threading
import time
from typing import Any

import numpy as np

from planner.errors import SolverError
from planner.solvers.claim import Claim, Said, Watch
from planner.solvers.clash import refuse_clash
from planner.solvers.problem import LARGEST_BOUND, SMALLEST_COEFFICIENT, Floats, Problem
from planner.solvers.settings import Settings
from planner.solvers.solution import Limit, Progress

NATIVE = "highspy"

STATUSES = {
    "kOptimal": (Said.OPTIMAL, Limit.NONE),
    "kInfeasible": (Said.INFEASIBLE, Limit.NONE),
    "kUnbounded": (Said.UNBOUNDED, Limit.NONE),
    "kUnboundedOrInfeasible": (Said.INFEASIBLE_OR_UNBOUNDED, Limit.NONE),
    "kTimeLimit": (Said.STOPPED, Limit.TIME),
    "kInterrupt": (Said.STOPPED, Limit.INTERRUPTED),
    "kObjectiveBound": (Said.STOPPED, Limit.OTHER),
    "kObjectiveTarget": (Said.STOPPED, Limit.OTHER),
    "kIterationLimit": (Said.STOPPED, Limit.OTHER),
    "kSolutionLimit": (Said.STOPPED, Limit.OTHER),
    "kMemoryLimit": (Said.STOPPED, Limit.OTHER),
    "kUnknown": (Said.STOPPED, Limit.OTHER),
}
"""HiGHS model status -> what it says; a status that is not here is a failure."""

SMALLEST_ENTRY, LARGEST_ENTRY, LARGEST_TERM = 2e-6, 1e8, 1e9
"""An entry of a mixed-integer program's row is raised to the first, by a factor for its row that keeps its others under the
second, and what bounded columns can make of them under the third: HiGHS 1.15.1 has lost entries up to 1e-6, and given up on
larger terms."""

OFFERS_MAX = 30
"""Times that one better point is offered: HiGHS asks in places where it does not take one, too."""

_RUNNING = threading.Lock()
_scheduler_threads: list[int] = []


def refusal(problem: Problem, settings: Settings) -> str:
    """Returns why HiGHS must not be given the problem: never."""
    return ""


def run(problem: Problem, settings: Settings, watch: Watch) -> Claim:
    """Solves with HiGHS and returns what it says.

    Raises
    ------
    SolverError
        where highspy clashes with a loaded library, or HiGHS does not know a native option
    """
    refuse_clash(NATIVE)
    highspy: Any = importlib.import_module(NATIVE)

    with _RUNNING:  # HiGHS has one thread pool per process
        threads = settings.thread_count()
        if _scheduler_threads != [threads]:
            highspy.Highs.resetGlobalScheduler(True)
            _scheduler_threads[:] = [threads]
        engine = _silent(highspy)
        _set_options(engine, settings, watch)
        _pass_problem(engine, problem, highspy)
        reports = _Reports(engine, problem, watch)
        began = time.perf_counter()
        engine.run()
        engine_s = time.perf_counter() - began
        reports.raise_failure()
        claim = _read(engine, problem, engine_s, watch)
        engine.clear()
        return claim


def _silent(highspy: Any) -> Any:
    """Returns an engine that never writes to the console: HiGHS 1.16 greets as it is made, before options can be given."""

    class Silent(highspy.Highs):  # type: ignore[misc]
        def enableCallbacks(self) -> None:  # noqa: N802 (HiGHS's name)
            self.setOptionValue("log_to_console", False)
            super().enableCallbacks()

    return Silent()


def _set_options(engine: Any, settings: Settings, watch: Watch) -> None:
    """Sets our words first, then the caller's native ones."""
    options: dict[str, bool | int | float | str] = {
        "log_to_console": False,
        "log_file": str(watch.log_path),
        "threads": settings.thread_count(),
        "random_seed": settings.seed,
        "mip_rel_gap": settings.engine_gap(),
        "mip_abs_gap": settings.absolute_gap,
        "small_matrix_value": SMALLEST_COEFFICIENT,
        "infinite_bound": LARGEST_BOUND,
        "allow_unbounded_or_infeasible": False,
    }
    if settings.time_limit_s is not None:
        options["time_limit"] = settings.time_limit_s
    for name, value in {**options, **settings.native}.items():
        if engine.setOptionValue(name, value).name != "kOk":
            raise SolverError(f"HiGHS does not take the option {name} = {value!r}")


def raised(problem: Problem) -> tuple[Floats, Floats, Floats]:
    """Returns a program's entries and row sides, those rows multiplied, by powers of two, that have entries HiGHS would lose."""
    size, nonzero = np.abs(problem.values), problem.values != 0
    least, most = np.full(problem.rows, np.inf), np.full(problem.rows, SMALLEST_COEFFICIENT)
    np.minimum.at(least, problem.row_indices[nonzero], size[nonzero])
    np.maximum.at(most, problem.row_indices, size)
    if not problem.is_mip or not np.any(least < SMALLEST_ENTRY):
        return problem.values, problem.row_lower, problem.row_upper
    reach = np.maximum(np.abs(problem.column_lower), np.abs(problem.column_upper))
    term = size * np.repeat(np.where(np.isfinite(reach), reach, 0.0), np.diff(problem.column_starts))
    largest = np.ones(problem.rows)
    np.maximum.at(largest, problem.row_indices, term)
    wanted = np.where(least < SMALLEST_ENTRY, SMALLEST_ENTRY / least, 1.0)
    room = np.maximum(1.0, np.minimum(LARGEST_ENTRY / most, LARGEST_TERM / largest))
    factor = np.exp2(np.minimum(np.ceil(np.log2(wanted)), np.floor(np.log2(room))))
    return problem.values * factor[problem.row_indices], problem.row_lower * factor, problem.row_upper * factor


def _pass_problem(engine: Any, problem: Problem, highspy: Any) -> None:
    """Hands the arrays and the start over."""
    values, row_lower, row_upper = raised(problem)
    status = engine.passModel(
        problem.columns,
        problem.rows,
        problem.nonzeros,
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMinimize),
        problem.offset,
        problem.cost,
        problem.column_lower,
        problem.column_upper,
        row_lower,
        row_upper,
        problem.column_starts.astype(np.int32),
        problem.row_indices.astype(np.int32),
        values,
        problem.is_integer.astype(np.int32),
    )
    if status.name == "kError":
        raise SolverError("HiGHS does not take the problem: passModel failed")
    if problem.start is not None and problem.is_mip:
        given = np.flatnonzero(~np.isnan(problem.start)).astype(np.int32)
        if given.size:
            engine.setSolution(int(given.size), given, problem.start[given])


class _Reports:
    """Forwards HiGHS callbacks to the watch; an exception in the watch stops HiGHS and is raised afterwards."""

    def __init__(self, engine: Any, problem: Problem, watch: Watch) -> None:
        self._problem, self._watch = problem, watch
        self._point: Floats | None = None
        self._tries = 0
        self._began = time.perf_counter()
        self._failure: BaseException | None = None
        if watch.report is None:
            return
        if problem.is_mip:
            engine.cbMipImprovingSolution.subscribe(self._improve)
            engine.cbMipLogging.subscribe(self._log)
            engine.cbMipInterrupt.subscribe(self._interrupt)
            engine.cbMipUserSolution.subscribe(self._offer)
        else:
            engine.cbSimplexInterrupt.subscribe(self._interrupt)
            engine.cbIpmInterrupt.subscribe(self._interrupt)

    def raise_failure(self) -> None:
        """Raises what the watch raised while HiGHS ran."""
        if self._failure is not None:
            raise self._failure

    def _improve(self, event: Any) -> None:
        out = event.data_out
        self._tell(_finite(out.objective_function_value), _finite(out.mip_dual_bound), np.array(out.mip_solution))

    def _log(self, event: Any) -> None:
        out = event.data_out
        self._tell(_finite(out.mip_primal_bound), _finite(out.mip_dual_bound), None)

    def _offer(self, event: Any) -> None:
        """Offers HiGHS a better point while that may help: after one of its restarts it was seen to take none any more."""
        point = self._watch.offered.newest
        if point is not self._point:
            self._point, self._tries = point, OFFERS_MAX
        if point is None or point.size != self._problem.columns or self._tries == 0:
            return
        usd = self._problem.objective(point)
        if usd < event.data_out.mip_primal_bound - 1e-9 * abs(usd):
            self._tries -= 1
            event.data_in.setSolution(point)

    def _interrupt(self, event: Any) -> None:
        event.data_in.user_interrupt = self._watch.stop.is_set()

    def _tell(self, incumbent: float | None, bound: float | None, values: Floats | None) -> None:
        """Calls the watch; never lets an exception travel through native code."""
        if self._watch.report is None or self._watch.stop.is_set():
            return
        try:
            progress = Progress(time.perf_counter() - self._began, incumbent, bound, values)
            if self._watch.report(progress):
                self._watch.stop.set()
        except BaseException as failure:  # raised again by raise_failure
            self._failure = failure
            self._watch.stop.set()


def _read(engine: Any, problem: Problem, engine_s: float, watch: Watch) -> Claim:
    """Returns what HiGHS holds after its run."""
    status = engine.getModelStatus().name
    said, limit = STATUSES.get(status, (Said.FAILED, Limit.OTHER))
    info, solution = engine.getInfo(), engine.getSolution()
    has_values = bool(solution.value_valid) and (said is Said.OPTIMAL or info.primal_solution_status == 2)
    has_duals = bool(solution.dual_valid) and not problem.is_mip
    values = np.asarray(solution.col_value, dtype=np.float64) if has_values else None
    return Claim(
        said=said,
        limit=limit,
        version=f"HiGHS {engine.version()}",
        engine_s=engine_s,
        values=values,
        objective=float(info.objective_function_value) if has_values else None,
        bound=_finite(info.mip_dual_bound) if problem.is_mip else None,
        row_duals=np.asarray(solution.row_dual, dtype=np.float64) if has_duals else None,
        reduced_costs=np.asarray(solution.col_dual, dtype=np.float64) if has_duals else None,
        node_count=max(int(info.mip_node_count), 0) if problem.is_mip else None,
        log=watch.log_path.read_text(encoding="utf-8", errors="replace") if watch.log_path.exists() else "",
        note="" if said is not Said.FAILED else f"HiGHS model status {status}",
    )


def _finite(value: float) -> float | None:
    """Returns the number, None for HiGHS's infinities; NaN stays, for the judge to find."""
    return None if math.isinf(value) or abs(value) >= LARGEST_BOUND else float(value)
