"""Better points for solves that run already, from other threads."""

import itertools
import threading
from collections.abc import Callable

from planner.solvers.problem import Floats


class Offers:
    """Holds the newest point offered, and tells who listens; safe to use from several threads.

    Listeners must return at once: who offers a point waits for them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: Floats | None = None
        self._numbers = itertools.count()
        self._listeners: dict[int, Callable[[], None]] = {}

    @property
    def newest(self) -> Floats | None:
        """The last point put; None before the first."""
        return self._newest

    def put(self, values: Floats) -> None:
        """Offers a point over all columns of the problem; who solves it checks it by itself."""
        with self._lock:
            self._newest = values
            for listener in self._listeners.values():
                listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Calls a listener for the point there is, if any, and for each that follows; returns what ends that."""
        with self._lock:
            number = next(self._numbers)
            self._listeners[number] = listener
            if self._newest is not None:
                listener()

        def leave() -> None:
            with self._lock:
                self._listeners.pop(number, None)

        return leave
