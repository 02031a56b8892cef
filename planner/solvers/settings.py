"""What a caller asks of a solver, the same words for every engine."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from planner.errors import Fault, SolverError

Native = bool | int | float | str

GAP_MARGIN = 1e-3
"""Engines are asked for a gap this share tighter, so that what they call closed is closed in our arithmetic too."""


@dataclass(frozen=True)
class Settings:
    """How to solve, in words that every engine understands.

    Parameters
    ----------
    solver
        a key of `planner.solvers.BACKENDS`
    time_limit_s
        seconds that the engine may take, None for no limit; reading and writing arrays comes on top
    relative_gap
        the answer is optimal when objective - bound <= relative_gap * |objective|
    absolute_gap
        or when objective - bound <= absolute_gap, in units of the objective (an objective of 0 needs it)
    threads
        None for all that the process may use; SCIP takes None as 1, since its parallel mode races whole copies
    seed
        of the engine's own random choices
    native
        options in the engine's own words, applied last; an unknown one is refused
    grace_s
        seconds beyond the time limit after which an engine that does not stop is killed
    log
        whether the engine's log is kept in the Solution

    Raises
    ------
    SolverError
        where a number is out of its range
    """

    solver: str = "highs"
    time_limit_s: float | None = None
    relative_gap: float = 0.01
    absolute_gap: float = 1e-6
    threads: int | None = None
    seed: int = 0
    native: Mapping[str, Native] = field(default_factory=dict)
    grace_s: float = 10.0
    log: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "native", MappingProxyType(dict(self.native)))
        checks = (
            ("time_limit_s", "a number of seconds >= 0, or None", self.time_limit_s is None or self.time_limit_s >= 0.0),
            ("relative_gap", "0 <= gap < infinity", 0.0 <= self.relative_gap < float("inf")),
            ("absolute_gap", "0 <= gap < infinity", 0.0 <= self.absolute_gap < float("inf")),
            ("threads", "a whole number >= 1, or None", self.threads is None or self.threads >= 1),
            ("seed", "0 <= seed < 2**31", 0 <= self.seed < 2**31),
            ("grace_s", "a number of seconds >= 0", self.grace_s >= 0.0),
        )
        faults = [Fault(name, expected, f"{getattr(self, name)}") for name, expected, is_right in checks if not is_right]
        if faults:
            raise SolverError("\n".join(f"solver settings: {fault}" for fault in faults))

    def engine_gap(self) -> float:
        """Returns the relative gap to ask an engine for."""
        return self.relative_gap * (1.0 - GAP_MARGIN)

    def thread_count(self) -> int:
        """Returns `threads`, or how many processors this process may use."""
        if self.threads is not None:
            return self.threads
        if hasattr(os, "sched_getaffinity"):
            return max(len(os.sched_getaffinity(0)), 1)
        return os.cpu_count() or 1
