"""A crew of solver processes that stay alive between rounds, one problem each at a time."""

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from planner.solvers import Problem, Settings, Solution, Worker
from planner.solvers.solution import Watcher

Task = tuple[Callable[[], Problem], Settings]
"""A task makes its own problem when its turn comes."""


def given(problem: Problem) -> Callable[[], Problem]:
    """Returns a task's problem that is there already."""
    return lambda: problem


class Crew:
    """Solver processes behind one call; a context manager that leaves none behind, busy or not."""

    def __init__(self, size: int) -> None:
        self.size = max(1, size)
        self._workers = contextlib.ExitStack()
        self._idle: list[Worker] = []

    def __enter__(self) -> Self:
        self._idle = [self._workers.enter_context(Worker()) for _ in range(self.size)]
        self._pool = ThreadPoolExecutor(self.size)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._workers.close()  # kills what still runs
        self._pool.shutdown(wait=True)

    def submit(self, task: Task, watcher: Watcher | None = None) -> "Future[Solution]":
        """Starts a task as soon as a process is free; `watcher` is told how far it is, from another thread."""
        return self._pool.submit(self._one, task, watcher)

    def solve(self, tasks: Sequence[Task]) -> list[Solution]:
        """Returns the solutions in the tasks' order."""
        return [future.result() for future in [self.submit(task) for task in tasks]]

    def _one(self, task: Task, watcher: Watcher | None) -> Solution:
        worker = self._idle.pop()
        try:
            return worker.solve(task[0](), task[1], watcher)
        finally:
            self._idle.append(worker)
