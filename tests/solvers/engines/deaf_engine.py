"""An engine that reports one incumbent and a bound, and then listens to no limit."""

import os
import time
from pathlib import Path

import numpy as np

from planner.solvers.claim import Claim
from planner.solvers.solution import Progress

NATIVE = ""


def refusal(problem, settings) -> str:
    return ""


def run(problem, settings, watch) -> Claim:
    watch.log_path.write_text("I am deaf\n")
    if "pid_file" in settings.native:
        Path(settings.native["pid_file"]).write_text(str(os.getpid()))
    if settings.native.get("has_incumbent", True):
        values = np.ceil(problem.column_upper)
        watch.report(Progress(0.0, problem.objective(values), 1.0, values))
    else:
        watch.report(Progress(0.0, None, 1.0))
    time.sleep(60.0)
    raise AssertionError("should have been killed")
