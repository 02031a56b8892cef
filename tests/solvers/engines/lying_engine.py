"""An engine that says optimal of a point that is not feasible."""

import numpy as np

from planner.solvers.claim import Claim, Said
from planner.solvers.solution import Limit

NATIVE = ""


def refusal(problem, settings) -> str:
    return ""


def run(problem, settings, watch) -> Claim:
    values = np.zeros(problem.columns)
    return Claim(Said.OPTIMAL, Limit.NONE, "liar 1", 0.0, values=values, objective=0.0, bound=0.0)
