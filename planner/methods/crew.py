"""A crew of solver processes that stay alive between rounds, one problem each at a time."""

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from planner.solvers import Problem, Settings, Solution, Worker


class Crew:
    """Solver processes behind one call; a context manager that leaves none behind."""

    def __init__(self, size: int) -> None:
        self.size = max(1, size)
        self._stack = contextlib.ExitStack()
        self._idle: list[Worker] = []

    def __enter__(self) -> Self:
        self._idle = [self._stack.enter_context(Worker()) for _ in range(self.size)]
        self._pool = self._stack.enter_context(ThreadPoolExecutor(self.size))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def solve(self, tasks: Sequence[tuple[Callable[[], Problem], Settings]]) -> list[Solution]:
        """Returns the solutions in the tasks' order; a task makes its own problem when its turn comes."""
        return list(self._pool.map(self._one, tasks))

    def _one(self, task: tuple[Callable[[], Problem], Settings]) -> Solution:
        worker = self._idle.pop()
        try:
            return worker.solve(task[0](), task[1])
        finally:
            self._idle.append(worker)
