"""One worker process as its parent sees it: start, ask, listen until an answer or a deadline, kill.

What the engine had reported before it was killed (incumbent, bound, log) is not lost.
"""

import collections
import contextlib
import dataclasses
import math
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.errors import SolverError
from planner.solvers import direct, wire
from planner.solvers.claim import Claim, Said
from planner.solvers.offers import Offers
from planner.solvers.problem import Floats, Problem
from planner.solvers.settings import Settings
from planner.solvers.solution import Limit, Progress, Watcher

START_LIMIT_S = 30.0
"""A process that has not begun to solve after this long is given up: it has problems other than ours."""
START_LEAST_S = 10.0
"""A process always has this long to begin, and no longer than the solve may take where that is more."""
CTRL_C_S = 2.0
"""The longest that an engine is waited for which Ctrl-C asked to stop, unless it has a point that it has not told (SCIP tells
none, and looks up between nodes only); what it had reported then counts."""
CALLER, CTRL_C = "the caller's wish to stop", "Ctrl-C"
"""Who wants a solve to stop, as notes say it."""
TAIL_LINES = 40


class NotBegunError(SolverError):
    """A process that did not take its problem in hand in time; nothing was solved, so it is safe to ask another."""


Frame = tuple[dict[str, Any], wire.Arrays]
Message = Callable[[], Frame | None]
"""Makes what is sent when its turn comes; None where there is nothing to say any more."""


@dataclass(eq=False)
class Reported:
    """The best that a running solve has reported so far."""

    incumbent: float = math.inf
    values: Floats | None = None
    bound: float = -math.inf
    wall_s: float = 0.0
    is_met: bool = False
    """Whether the engine says that it has a point, told or not."""

    def take(self, progress: Progress) -> None:
        """Keeps what is better than what was known."""
        values = progress.values
        self.wall_s = progress.wall_s
        self.is_met |= progress.incumbent is not None
        if progress.bound is not None:
            self.bound = max(self.bound, progress.bound)
        if values is not None and progress.incumbent is not None and progress.incumbent < self.incumbent:
            self.incumbent, self.values = progress.incumbent, values

    def claim(self, limit: Limit, note: str, log_path: Path) -> Claim:
        """Returns the claim of a solve that is killed now."""
        return Claim(
            said=Said.STOPPED,
            limit=limit,
            version="not told before it was killed",
            engine_s=self.wall_s,
            values=self.values,
            bound=self.bound if math.isfinite(self.bound) else None,
            log=log_path.read_text(encoding="utf-8", errors="replace") if log_path.exists() else "",
            note=note,
        )


@dataclass(eq=False)
class Running:
    """A solve that runs: until when, and how long it is borne with after its limit or a wish to stop; what it has reported."""

    deadline: float
    grace_s: float
    wish: str = ""
    """Whose wish it is that it stops; empty where nobody's."""
    reported: Reported = dataclasses.field(default_factory=Reported)

    def end(self, wish: str, grace_s: float) -> None:
        """Notes a wish to stop and when the engine is killed for ignoring it."""
        self.wish, self.grace_s, self.deadline = wish, grace_s, min(self.deadline, time.monotonic() + grace_s)

    def patience_s(self) -> float:
        """Returns how long an engine is waited for at Ctrl-C: longer the first time where its point would be lost with it."""
        if self.wish == CTRL_C:
            return 0.0
        is_at_stake = self.reported.is_met and self.reported.values is None
        return self.grace_s if is_at_stake else min(CTRL_C_S, self.grace_s)


class Child:
    """A started process and the threads that read its pipes; `kill` must be the last call."""

    def __init__(self) -> None:
        paths = [path or str(Path.cwd()) for path in sys.path]
        self._folder = tempfile.TemporaryDirectory(prefix="planner-solve-", ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "planner.solvers.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,
        )
        self._frames: queue.SimpleQueue[Frame | Exception | None] = queue.SimpleQueue()
        self._tail: collections.deque[str] = collections.deque(maxlen=TAIL_LINES)
        self._outbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._pipes = [
            threading.Thread(target=target, daemon=True) for target in (self._read_frames, self._read_tail, self._write_frames)
        ]
        for pipe in self._pipes:
            pipe.start()
        self._solves = 0
        self._told: Floats | None = None

    def is_alive(self) -> bool:
        """Tells whether the process runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Kills the process, waits for it and removes its files."""
        self._process.kill()
        self._process.wait()
        self._outbox.put(None)
        for pipe in self._pipes:
            pipe.join()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self._folder.cleanup()

    def claim(
        self, problem: Problem, settings: Settings, progress: Watcher | None, offers: Offers, keeps_on_ctrl_c: bool = False
    ) -> tuple[Claim, bool]:
        """Returns what the engine says, and whether the process has finished with it and can be asked again.

        With `keeps_on_ctrl_c` an engine that has begun is asked to stop at Ctrl-C, and its claim has limit `interrupted`.

        Raises
        ------
        SolverError
            where the process refuses the problem, fails, dies, or does not begin within `START_LIMIT_S` or the time it may take
        """
        self._solves += 1
        log_path = Path(self._folder.name) / f"{self._solves}.log"
        self._told = None
        self._outbox.put(lambda: _request(problem, settings, log_path))
        limit_s = math.inf if settings.time_limit_s is None else settings.time_limit_s
        self._await_start(min(START_LIMIT_S, max(START_LEAST_S, limit_s + settings.grace_s)))
        running = Running(time.monotonic() + limit_s + settings.grace_s, settings.grace_s)
        leave = offers.listen(lambda: self._outbox.put(lambda: self._offer(offers)))
        try:
            while True:
                try:
                    return self._listened(running, progress, log_path)
                except KeyboardInterrupt:
                    if not keeps_on_ctrl_c:
                        raise
                    self._end(running, CTRL_C, running.patience_s())
        finally:
            leave()

    def _listened(self, running: Running, progress: Watcher | None, log_path: Path) -> tuple[Claim, bool]:
        """Listens to an engine that has begun until it answers or its time is over."""
        while (frame := self._next(running.deadline)) is not None:
            header, arrays = frame
            if header["kind"] == "claim":
                log_path.unlink(missing_ok=True)
                claim = wire.claim_from_wire(header["claim"], arrays)
                return dataclasses.replace(claim, limit=Limit.INTERRUPTED) if running.wish == CTRL_C else claim, True
            news = wire.progress_from_wire(header["progress"], arrays)
            running.reported.take(news)
            if progress is not None and not running.wish and progress(news):
                self._end(running, CALLER, running.grace_s)
        note = f"killed {running.grace_s:g} s after {running.wish or 'its time limit'}, which the engine had ignored"
        return running.reported.claim(Limit.INTERRUPTED if running.wish else Limit.TIME, note, log_path), False

    def _end(self, running: Running, wish: str, grace_s: float) -> None:
        """Asks the engine to stop."""
        running.end(wish, grace_s)
        self._outbox.put(lambda: ({"kind": "stop"}, {}))

    def _offer(self, offers: Offers) -> Frame | None:
        """Returns the newest point as a message, unless it was told."""
        if offers.newest is None or offers.newest is self._told:
            return None
        self._told = offers.newest
        return {"kind": "offer"}, {"values": self._told}

    def _await_start(self, limit_s: float) -> None:
        """Waits until the process has the problem in hand."""
        deadline = time.monotonic() + limit_s
        while (frame := self._next(deadline)) is not None:
            if frame[0]["kind"] == "started":
                return
        raise NotBegunError(f"the solver process did not begin within {limit_s:g} s")

    def _next(self, deadline: float) -> Frame | None:
        """Returns the next message, None at the deadline; raises what the process says went wrong."""
        try:
            frame = self._frames.get(timeout=min(max(deadline - time.monotonic(), 0.0), threading.TIMEOUT_MAX))
        except queue.Empty:
            return None
        if frame is None:
            raise SolverError(self._last_words())
        if isinstance(frame, Exception):
            raise SolverError(f"the problem could not be sent to the solver process: {type(frame).__name__}: {frame}") from frame
        if frame[0]["kind"] == "refused":
            raise SolverError(frame[0]["message"])
        if frame[0]["kind"] == "failed":
            raise SolverError(f"the solver process failed:\n{frame[0]['message']}")
        return frame

    def _last_words(self) -> str:
        """Returns how the process ended and what it said last."""
        code = self._process.wait()
        self._pipes[1].join()
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        log_path = Path(self._folder.name) / f"{self._solves}.log"
        log = log_path.read_text(encoding="utf-8", errors="replace").splitlines() if log_path.exists() else []
        last = [*log[-TAIL_LINES:], *self._tail]
        return "\n".join([f"the solver process {how}; {'its last lines:' if last else 'it said nothing'}", *last])

    def _read_frames(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            while (frame := wire.read_frame(self._process.stdout)) is not None:
                self._frames.put(frame)
        self._frames.put(None)

    def _write_frames(self) -> None:
        """Writes one message after the other, so that nobody else waits for a process that does not read.

        What goes wrong in making one is raised by the reader, who waits; that the process dies is noticed by the readers.
        """
        assert self._process.stdin is not None
        while (message := self._outbox.get()) is not None:
            try:
                frame = message()
                if frame is not None:
                    with contextlib.suppress(OSError, ValueError):
                        wire.write_frame(self._process.stdin, *frame)
            except Exception as error:  # raised again by _next
                self._frames.put(error)

    def _read_tail(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._tail.append(line.decode(errors="replace").rstrip())


def _request(problem: Problem, settings: Settings, log_path: Path) -> Frame:
    """Returns the message that asks for a solve."""
    plain, arrays = wire.problem_to_wire(problem)
    header = {
        "kind": "solve",
        "problem": plain,
        "settings": wire.settings_to_wire(settings),
        "backends": dict(direct.BACKENDS),
        "log_path": str(log_path),
    }
    return header, arrays
