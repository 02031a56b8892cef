"""Solves in processes of their own, with limits that native code cannot ignore.

A process keeps native libraries apart that break each other, turns a crash into an exception, and can be killed: when
an engine does not stop `grace_s` after its time limit or after a progress callable asked it to, and on Ctrl-C.
"""

import contextlib
import dataclasses
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Self

from planner.errors import SolverError
from planner.solvers import direct
from planner.solvers.child import Child, NotBegunError
from planner.solvers.claim import Claim
from planner.solvers.judge import judge
from planner.solvers.offers import Offers
from planner.solvers.problem import Problem
from planner.solvers.settings import Settings
from planner.solvers.solution import Progress, Solution, Watcher

BatchWatcher = Callable[[int, Progress], bool | None]
"""A Watcher that is told the position of the problem first."""


def solve(problem: Problem, settings: Settings, progress: Watcher | None = None) -> Solution:
    """Solves in a process of its own.

    Parameters
    ----------
    progress
        is called in this process with each `Progress`; a true answer stops the engine, which then returns what it
        holds with limit `interrupted` (it is killed after `grace_s`)

    Returns
    -------
    Solution
        limit `time` and the best reported incumbent also where the process had to be killed after
        `time_limit_s + grace_s`

    Raises
    ------
    SolverError
        where the solver is unknown or must not be given the problem, or the process crashed (with its last words)
    KeyboardInterrupt
        on Ctrl-C, after the process is killed
    """
    with Worker() as worker:
        return worker.solve(problem, settings, progress)


def solve_many(
    problems: Sequence[Problem],
    settings: Settings | Sequence[Settings],
    processes: int = 1,
    progress: BatchWatcher | None = None,
) -> tuple[Solution, ...]:
    """Solves a batch in few processes, so that starting them is paid once; answers come in the problems' order.

    Parameters
    ----------
    settings
        one for all, or one for each problem; `threads=None` shares the processors out among the processes
    processes
        how many problems are solved at the same time
    progress
        is called with the problem's position and its `Progress`, from several threads where `processes` > 1

    Raises
    ------
    SolverError
        of the first problem that raises one, with its position; the others are given up
    """
    each = [settings] * len(problems) if isinstance(settings, Settings) else list(settings)
    if len(each) != len(problems) or processes < 1:
        raise SolverError(f"expected {len(problems)} settings and processes >= 1, found {len(each)} and {processes}")
    for problem, wanted in zip(problems, each, strict=True):
        direct.check(problem, wanted)
    crew = min(processes, len(problems))
    if crew > 1:
        share = max(Settings().thread_count() // crew, 1)
        each = [dataclasses.replace(wanted, threads=wanted.threads or share) for wanted in each]
    batch = _Batch(tuple(problems), tuple(each), progress)
    with contextlib.ExitStack() as stack:
        return batch.run([stack.enter_context(Worker()) for _ in range(crew)])


class Worker:
    """A process that solves one problem after another; a context manager that leaves no process behind.

    It starts with the first solve, and again after it had to be killed or where the next solver needs the other
    native library. It serves one thread at a time.
    """

    def __init__(self) -> None:
        self._child: Child | None = None
        self._native = ""
        self._is_closed = False
        self._opening = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closed = True  # first: whoever is starting a process sees it, should Ctrl-C end the wait for the lock
        with self._opening:
            self._stop()

    def solve(
        self, problem: Problem, settings: Settings, progress: Watcher | None = None, offers: Offers | None = None,
        *, keeps_on_ctrl_c: bool = False,
    ) -> Solution:  # fmt: skip
        """Solves in this worker's process; parameters and errors are those of `planner.solvers.solve`.

        Points put in `offers` meanwhile are offered to the engine, which may use them (HiGHS does). With `keeps_on_ctrl_c`,
        Ctrl-C asks an engine that has begun to stop: what it holds comes back with limit `interrupted`, whatever its status.
        Where it does not stop (`child.CTRL_C_S`), and at a second Ctrl-C, it is killed, and what it had reported comes back.
        """
        offers = Offers() if offers is None else offers
        began = time.perf_counter()
        direct.check(problem, settings)
        native = direct.engine_named(settings.solver).NATIVE
        if self._child is not None and (native != self._native or not self._child.is_alive()):
            self._stop()
        try:
            claim = self._claim(problem, settings, progress, native, offers, keeps_on_ctrl_c)
        except NotBegunError:
            claim = self._claim(problem, settings, progress, native, offers, keeps_on_ctrl_c)  # once more, in a fresh process
        return judge(problem, settings, claim, time.perf_counter() - began)

    def _claim(
        self, problem: Problem, settings: Settings, progress: Watcher | None, native: str, offers: Offers,
        keeps_on_ctrl_c: bool = False,
    ) -> Claim:  # fmt: skip
        """Returns what the engine says; the process is stopped unless it can be asked again."""
        with self._opening:
            if self._child is None and not self._is_closed:
                self._child, self._native = Child(), native
            child = self._child
            if child is None or self._is_closed:  # perhaps while the process was started
                self._stop()
                raise SolverError("the solver's worker is closed")
        is_done = False
        try:
            claim, is_done = child.claim(problem, settings, progress, offers, keeps_on_ctrl_c)
        finally:
            if not is_done:
                self._stop()
        return claim

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()


class _Batch:
    """Hands problems to workers, one thread a worker, and collects the answers."""

    def __init__(self, problems: tuple[Problem, ...], settings: tuple[Settings, ...], progress: BatchWatcher | None) -> None:
        self._problems, self._settings, self._progress = problems, settings, progress
        self._waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        for position in range(len(problems)):
            self._waiting.put(position)
        self._finished: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        self._answers: dict[int, Solution] = {}

    def run(self, workers: Sequence[Worker]) -> tuple[Solution, ...]:
        """Returns all answers, or raises the first failure."""
        for worker in workers:
            threading.Thread(target=self._serve, args=(worker,), daemon=True).start()
        for _ in workers:
            failure = self._finished.get()
            if failure is not None:
                raise failure
        return tuple(self._answers[position] for position in range(len(self._problems)))

    def _serve(self, worker: Worker) -> None:
        """Solves until nothing waits or something fails."""
        position = -1
        try:
            while True:
                position = self._waiting.get_nowait()
                watcher = None if self._progress is None else _Positioned(position, self._progress)
                self._answers[position] = worker.solve(self._problems[position], self._settings[position], watcher)
        except queue.Empty:
            self._finished.put(None)
        except SolverError as error:
            self._finished.put(SolverError(f"problem {position} of the batch: {error}"))
        except BaseException as error:  # raised again by run
            self._finished.put(error)


@dataclasses.dataclass(frozen=True)
class _Positioned:
    """Tells a batch's watcher which problem the progress is of."""

    position: int
    progress: BatchWatcher

    def __call__(self, progress: Progress) -> bool:
        return bool(self.progress(self.position, progress))
