"""Clash: the refusal works in both orders, before the native loader can fail."""

import subprocess
import sys
from importlib import metadata

import pytest

from planner.errors import SolverError
from planner.solvers.clash import is_loaded, refuse_clash

PROBLEM = (
    "import numpy as np\n"
    "from planner.solvers import Problem, Settings, solve_here\n"
    "problem = Problem([0, 1], [0], [1.0], [1.0], [2.0], [np.inf], [0.0], [np.inf], [True])\n"
)


def version(package: str) -> tuple[int, int]:
    major, minor, *_ = metadata.version(package).split(".")
    return int(major), int(minor)


@pytest.mark.skipif(
    version("highspy") < (1, 15) or version("ortools") > (9, 15), reason="these versions live together in one process"
)
@pytest.mark.parametrize(("first", "second"), [("highs", "scip"), ("scip", "highs")])
def test_the_second_native_library_is_refused_with_a_way_out(first, second):
    code = f"{PROBLEM}print(solve_here(problem, Settings('{first}')).objective)\nsolve_here(problem, Settings('{second}'))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert ended.stdout.strip() == "2.0"
    assert "SolverError" in ended.stderr
    assert "cannot be loaded in this process" in ended.stderr
    assert "use planner.solvers.solve" in ended.stderr


def test_pure_python_modules_of_a_package_are_not_its_native_code(monkeypatch):
    monkeypatch.setitem(sys.modules, "noclash", type(sys)("noclash"))

    assert not is_loaded("noclash")


def test_a_package_that_is_absent_is_named():
    with pytest.raises(SolverError, match="needs the package no_such_package"):
        refuse_clash("no_such_package")
