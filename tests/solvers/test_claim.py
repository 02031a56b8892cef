"""Claim: every registered backend keeps the Engine protocol, and loads nothing native before it runs."""

import subprocess
import sys

from planner.solvers import BACKENDS
from planner.solvers.direct import engine_named


def test_every_backend_has_the_three_parts_of_an_engine():
    for solver in BACKENDS:
        engine = engine_named(solver)

        assert engine.NATIVE in ("highspy", "ortools")
        assert callable(engine.refusal)
        assert callable(engine.run)


def test_importing_every_backend_loads_no_native_solver_and_no_pandas():
    code = (
        "import sys, planner.solvers, planner.solvers.highs, planner.solvers.ortools, planner.solvers.worker\n"
        "bad = [m for m in sys.modules if m.split('.')[0] in ('highspy', 'ortools', 'pandas', 'pyomo')]\n"
        "print(bad)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout.strip() == "[]"
