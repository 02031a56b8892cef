"""HiGHS, which then says that its bound is a tenth lower, and goes on until it is told to stop."""

import dataclasses

from planner.solvers import highs
from planner.solvers.claim import Claim, Said
from planner.solvers.solution import Limit, Progress

NATIVE = "highspy"


def refusal(problem, settings) -> str:
    return ""


def run(problem, settings, watch) -> Claim:
    found = highs.run(problem, settings, dataclasses.replace(watch, report=None))
    bound = found.bound - 0.1 * abs(found.bound)
    watch.report(Progress(0.0, found.objective, bound, found.values))
    watch.stop.wait(60.0)
    return dataclasses.replace(found, said=Said.STOPPED, limit=Limit.INTERRUPTED, bound=bound)
