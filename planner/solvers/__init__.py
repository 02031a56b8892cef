"""Arrays in, checked solution out: solvers behind one call; knows no fleet, loads no solver before it is asked.

`solve` runs in a process of its own, `solve_many` runs a batch in few processes, `solve_here` stays in this one.
"""

from planner.solvers.direct import BACKENDS, solve_here
from planner.solvers.duality import dual_bound
from planner.solvers.judge import answer_or_raise
from planner.solvers.offers import Offers
from planner.solvers.problem import Problem, Violation
from planner.solvers.processes import Worker, solve, solve_many
from planner.solvers.settings import Settings
from planner.solvers.solution import Limit, Progress, Solution, Status

__all__ = [
    "BACKENDS",
    "Limit",
    "Offers",
    "Problem",
    "Progress",
    "Settings",
    "Solution",
    "Status",
    "Violation",
    "Worker",
    "answer_or_raise",
    "dual_bound",
    "solve",
    "solve_here",
    "solve_many",
]
