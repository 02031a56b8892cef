"""The rooms import one way, and nothing heavy is loaded before it is asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_import_contracts_are_kept():
    """The contracts stand in pyproject.toml: layers, the audit apart from the optimiser, solvers apart from the fleet."""
    linter = Path(sys.executable).parent / "lint-imports"
    if not linter.exists():
        pytest.skip("import-linter is not installed (extra: dev)")
    ended = subprocess.run([linter, "--no-cache"], capture_output=True, text=True, timeout=120, cwd=ROOT)

    assert ended.returncode == 0, ended.stdout[-3000:]
    assert "0 broken" in ended.stdout


@pytest.mark.parametrize("room", ["inputs", "roofline", "options", "plan"])
def test_no_room_of_facts_loads_a_modeller_or_a_solver(room):
    script = (
        "import importlib, pkgutil, sys\n"
        f"import planner.{room} as room\n"
        "for module in pkgutil.walk_packages(room.__path__, room.__name__ + '.'):\n"
        "    importlib.import_module(module.name)\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'pyomo', 'highspy', 'ortools'}))\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, cwd=ROOT, check=True)

    assert ended.stdout.strip() == "[]"


def test_the_two_solver_libraries_are_never_in_one_process():
    """highspy and ortools break each other: building the program and asking for both engines loads neither here."""
    script = (
        "import sys\n"
        "from planner.program.build import build_program\n"
        "from planner.program.compile import compile_program\n"
        "import planner.methods, planner.solvers\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'highspy', 'ortools'}))\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, cwd=ROOT, check=True)

    assert ended.stdout.strip() == "[]"
