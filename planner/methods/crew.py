"""A crew of solver processes that stay alive between rounds, one problem each at a time."""

import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from planner.errors import SolverError
from planner.solvers import Offers, Problem, Settings, Solution, Status, Worker
from planner.solvers.solution import Limit, Watcher

log = logging.getLogger(__name__)

Task = tuple[Callable[[], Problem], Settings]
"""A task makes its own problem when its turn comes."""


def given(problem: Problem) -> Callable[[], Problem]:
    """Returns a task's problem that is there already."""
    return lambda: problem


def no_answer(settings: Settings, message: str) -> Solution:
    """Returns what is known where an engine failed: nothing."""
    return Solution(
        Status.ERROR, Limit.OTHER, values=None, objective=None, bound=None, gap=None, row_duals=None, reduced_costs=None,
        violation=None, wall_s=0.0, engine_s=0.0, solver=settings.solver, version="", log="", node_count=None, message=message,
    )  # fmt: skip


def _in_short(error: SolverError) -> str:
    """Returns the line that says what happened: the last of a traceback, else the first, as an engine's log follows it."""
    lines = str(error).splitlines() or [""]
    return lines[-1] if any(line.startswith("Traceback") for line in lines) else lines[0].removesuffix("; its last lines:")


class Crew:
    """Solver processes behind one call; a context manager that leaves none behind, busy or not.

    An engine that fails at one of many programs (HiGHS 1.15.1 was seen to, with `vector::reserve`) gives no answer to that one;
    where it has answered nothing yet its error is raised, for then the fault is the request's.
    """

    def __init__(self, size: int) -> None:
        self.size = max(1, size)
        self._has_answered = False
        self._is_closing = False
        self._workers = contextlib.ExitStack()
        self._idle: list[Worker] = []

    def __enter__(self) -> Self:
        self._idle = [self._workers.enter_context(Worker()) for _ in range(self.size)]
        self._pool = ThreadPoolExecutor(self.size)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closing = True
        try:
            self._pool.shutdown(wait=False, cancel_futures=True)
        finally:  # Ctrl-C once more leaves none behind either
            self._workers.close()  # kills what still runs
        self._pool.shutdown(wait=True)

    def submit(self, task: Task, watcher: Watcher | None = None, offers: Offers | None = None) -> "Future[Solution]":
        """Starts a task as soon as a process is free; `watcher` is told how far it is, from another thread.

        The engine may use points that are put in `offers` meanwhile.
        """
        return self._pool.submit(self._one, task, watcher, offers)

    def solve(self, tasks: Sequence[Task]) -> list[Solution]:
        """Returns the solutions in the tasks' order."""
        return [future.result() for future in [self.submit(task) for task in tasks]]

    def _one(self, task: Task, watcher: Watcher | None, offers: Offers | None) -> Solution:
        worker = self._idle.pop()
        try:
            found = worker.solve(task[0](), task[1], watcher, offers)
            self._has_answered = True
            return found
        except SolverError as error:
            if not self._has_answered:
                raise
            if not self._is_closing:  # else it was killed here: nobody waits for its answer
                log.warning("an engine failed at one program, which goes without an answer: %s", _in_short(error))
            return no_answer(task[1], str(error))
        finally:
            self._idle.append(worker)
