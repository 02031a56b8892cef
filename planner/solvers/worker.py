"""The child's side: `python -m planner.solvers.worker` answers solve requests on its pipes until they close.

Requests come in on stdin and answers leave on what was stdout, both as `wire` frames; whatever native code prints
goes to stderr. When stdin closes the process ends at once, in the middle of a solve if need be, so that no worker
outlives a parent that was killed.
"""

import importlib
import os
import queue
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import IO, Any

from planner.errors import SolverError
from planner.solvers import direct, wire
from planner.solvers.claim import Watch
from planner.solvers.offers import Offers
from planner.solvers.solution import Progress

Request = tuple[dict[str, Any], wire.Arrays, threading.Event, Offers]


def main() -> None:
    """Serves requests until stdin closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle: it kills this process
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, requests), daemon=True).start()
    wire.write_frame(answers, {"kind": "ready"}, {})
    while True:
        _answer(*requests.get(), answers)


def _listen(stream: IO[bytes], requests: "queue.SimpleQueue[Request]") -> None:
    """Queues requests, passes stops and points on; ends the process, solving or not, when nobody is left to answer."""
    stop, offered = threading.Event(), Offers()
    while (frame := wire.read_frame(stream)) is not None:
        if frame[0]["kind"] == "stop":
            stop.set()
        elif frame[0]["kind"] == "offer":
            offered.put(frame[1]["values"])
        else:
            stop, offered = threading.Event(), Offers()
            requests.put((*frame, stop, offered))
    os._exit(0)


def _answer(header: dict[str, Any], arrays: wire.Arrays, stop: threading.Event, offered: Offers, answers: IO[bytes]) -> None:
    """Solves one request and writes its claim, or why there is none."""
    try:
        direct.BACKENDS.update(header["backends"])
        problem = wire.problem_from_wire(header["problem"], arrays)
        settings = wire.settings_from_wire(header["settings"])
        importlib.import_module(direct.BACKENDS[settings.solver])
        watch = Watch(Path(header["log_path"]), _Forwarder(answers), stop, offered)
        wire.write_frame(answers, {"kind": "started"}, {})
        claim = direct.claim_here(problem, settings, watch)
        plain, outcome = wire.claim_to_wire(claim)
        wire.write_frame(answers, {"kind": "claim", "claim": plain}, outcome)
    except SolverError as error:
        wire.write_frame(answers, {"kind": "refused", "message": str(error)}, {})
    except Exception:  # told to the parent, which raises
        wire.write_frame(answers, {"kind": "failed", "message": traceback.format_exc()}, {})


class _Forwarder:
    """Sends progress and incumbents to the parent, which sends a stop when it has enough."""

    def __init__(self, answers: IO[bytes]) -> None:
        self._answers = answers

    def __call__(self, progress: Progress) -> bool:
        header, arrays = wire.progress_to_wire(progress)
        wire.write_frame(self._answers, {"kind": "progress", "progress": header}, arrays)
        return False


if __name__ == "__main__":
    main()
