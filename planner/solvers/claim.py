"""What an engine says, before anybody believes it; `judge` turns a Claim into a Solution."""

import threading
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from planner.solvers.offers import Offers
from planner.solvers.problem import Floats, Problem
from planner.solvers.settings import Settings
from planner.solvers.solution import Limit, Watcher


class Said(StrEnum):
    """The verdict in the engine's own mouth."""

    OPTIMAL = "optimal"
    STOPPED = "stopped"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    INFEASIBLE_OR_UNBOUNDED = "infeasible_or_unbounded"
    FAILED = "failed"


@dataclass(frozen=True, eq=False)
class Claim:
    """The unchecked outcome of one run of one engine.

    `objective` is the engine's own figure (only compared with), `bound` its proof, `note` its words on a failure.
    """

    said: Said
    limit: Limit
    version: str
    engine_s: float
    values: Floats | None = None
    objective: float | None = None
    bound: float | None = None
    row_duals: Floats | None = None
    reduced_costs: Floats | None = None
    node_count: int | None = None
    log: str = ""
    note: str = ""


@dataclass(frozen=True)
class Watch:
    """Where an engine reports while it runs, and looks whether it should go on.

    A true answer of `report` sets `stop`; an engine looks at `stop` often, since another thread may set it too. What is put in
    `offered` is a better point than the engine's own, as far as is known: one that can be told uses it.
    """

    log_path: Path
    report: Watcher | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    offered: Offers = field(default_factory=Offers)


class Engine(Protocol):
    """A backend module: one file that drives one native library."""

    NATIVE: str
    """Name of the package that is loaded: highspy or ortools."""

    def refusal(self, problem: Problem, settings: Settings) -> str:
        """Returns why this engine must not be given the problem, empty when it may; loads nothing native."""
        ...

    def run(self, problem: Problem, settings: Settings, watch: Watch) -> Claim:
        """Solves and returns what the engine says."""
        ...
