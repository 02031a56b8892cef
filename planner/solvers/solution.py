"""What comes back from a solve: what is known (Status), why it stopped (Limit), and the numbers, all checked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from planner.solvers.problem import Floats


class Status(StrEnum):
    """What is known of the problem after the solve."""

    OPTIMAL = "optimal"
    """`values` are feasible and the gap that was asked for is proved."""
    FEASIBLE = "feasible"
    """`values` are feasible; the gap is larger than asked for, or not known."""
    INFEASIBLE = "infeasible"
    """The engine proved that no point keeps all promises."""
    UNBOUNDED = "unbounded"
    """The problem has feasible points and the objective falls without end."""
    NO_SOLUTION = "no_solution"
    """The engine stopped before it found a point; says nothing of whether one exists. `bound` may still be known."""
    ERROR = "error"
    """The engine failed or contradicted itself; `message` says how. There is no answer in it."""


class Limit(StrEnum):
    """Why the solve stopped, apart from what is known."""

    NONE = "none"
    TIME = "time"
    INTERRUPTED = "interrupted"
    OTHER = "other"


@dataclass(frozen=True)
class Progress:
    """How far a running solve is: best objective and bound so far (None: none yet) after `wall_s` seconds."""

    wall_s: float
    incumbent: float | None
    bound: float | None
    values: Floats | None = field(default=None, repr=False, compare=False)
    """The incumbent's, as the engine gives them, where it is new and the engine tells."""


Watcher = Callable[[Progress], bool | None]
"""Is called while a solve runs; a true answer asks the solve to stop with what it holds (limit `interrupted`)."""


@dataclass(frozen=True, eq=False)
class Solution:
    """The checked result of one solve.

    Attributes
    ----------
    status, limit
        what is known, and why the solve stopped
    values
        a feasible point within `judge.FEASIBILITY_TOLERANCE`, shape (columns,), as the engine gave it (whole columns
        may be off by the tolerance: round and re-solve `problem.fix_integers`); None where there is none
    objective
        recomputed from `values`, never copied from the engine
    bound
        no feasible point is below it; None where nothing is known
    gap
        (objective - bound) / max(|objective|, 1e-9)
    row_duals, reduced_costs
        of an LP solved to its end, per row and column; the change of the minimum per unit of the binding side
    violation
        the largest relative violation of `values`
    wall_s, engine_s
        seconds as the caller waited (process included) and inside the engine
    solver, version, log, node_count
        which engine, its version, its log, branch-and-bound nodes (None for an LP)
    message
        why the status is not what the engine said, or what went wrong; empty otherwise
    """

    status: Status
    limit: Limit
    values: Floats | None
    objective: float | None
    bound: float | None
    gap: float | None
    row_duals: Floats | None
    reduced_costs: Floats | None
    violation: float | None
    wall_s: float
    engine_s: float
    solver: str
    version: str
    log: str
    node_count: int | None
    message: str
