"""Better points for a solve that runs already, from other threads."""

import threading
from collections.abc import Callable

from planner.solvers.problem import Floats


class Offers:
    """Holds the newest point offered, and passes each on to one listener; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: Floats | None = None
        self._listener: Callable[[Floats], None] | None = None

    @property
    def newest(self) -> Floats | None:
        """The last point put; None before the first."""
        return self._newest

    def put(self, values: Floats) -> None:
        """Offers a point over all columns of the problem; who solves it checks it by itself."""
        with self._lock:
            self._newest = values
            if self._listener is not None:
                self._listener(values)

    def listen(self, listener: Callable[[Floats], None] | None) -> None:
        """Passes the newest point, and each that follows, on to a listener; None ends that."""
        with self._lock:
            self._listener = listener
            if listener is not None and self._newest is not None:
                listener(self._newest)
