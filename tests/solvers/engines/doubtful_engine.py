"""An engine that says `first` of a problem with costs, and `second` of one without, where zero is its point."""

import numpy as np

from planner.solvers.claim import Claim, Said
from planner.solvers.solution import Limit

NATIVE = ""


def refusal(problem, settings) -> str:
    return ""


def run(problem, settings, watch) -> Claim:
    if problem.cost.any():
        return Claim(Said(settings.native["first"]), Limit.NONE, "doubtful 1", 0.0)
    said = Said(settings.native["second"])
    values = np.zeros(problem.columns) if said is Said.OPTIMAL else None
    return Claim(said, Limit.TIME if said is Said.STOPPED else Limit.NONE, "doubtful 1", 0.0, values=values)
