"""An engine that dies as native code dies, or raises as Python code does."""

import os
import signal
import sys

from planner.solvers.claim import Claim

NATIVE = ""


def refusal(problem, settings) -> str:
    return ""


def run(problem, settings, watch) -> Claim:
    if settings.native.get("raises"):
        raise ZeroDivisionError("a bug in the backend")
    watch.log_path.write_text("factorising the basis\n")
    os.write(1, b"printed by native code\n")
    print("assertion failed in basis.cpp", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError("unreachable")
