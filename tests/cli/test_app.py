"""The command line itself: what it offers, how fast it answers, what it loads before it is asked to work."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command_line import planner

ROOT = Path(__file__).parents[2]
COMMANDS = ("init", "check", "options", "solve", "audit", "compare", "report", "estimate", "frontier", "catalog")
HEAVY = {"pandas", "numpy", "scipy", "pyomo", "highspy", "ortools", "pydantic", "yaml", "plotly", "jinja2", "pyarrow"}


def modules_after(code: str) -> set[str]:
    """Returns the top-level modules that a new process has loaded once it ran the code."""
    script = f"import sys\n{code}\nprint(chr(10).join(sorted({{name.split('.')[0] for name in sys.modules}})), file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=ROOT, check=True)
    return set(ended.stderr.split())


def test_help_names_every_command():
    said = planner("--help")

    assert said.code == 0
    for command in COMMANDS:
        assert f" {command} " in said.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    said = planner(command, "--help")

    assert said.code == 0
    assert "Usage" in said.out


def test_help_loads_nothing_heavy():
    code = "sys.argv = ['planner', '--help']\nfrom planner.cli import main\ntry:\n    main()\nexcept SystemExit:\n    pass"

    assert modules_after(code) & HEAVY == set()


def test_help_time_is_printed(capsys):
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "planner", "--help"], capture_output=True, timeout=60, cwd=ROOT, check=True)
    with capsys.disabled():
        print(f"\nplanner --help: {time.perf_counter() - began:.2f} s (asked: under 0.5 s on an idle machine)")


def test_importing_the_planner_loads_neither_modeller_nor_solver():
    assert modules_after("import planner") & HEAVY == set()


def test_reading_an_instance_loads_neither_modeller_nor_solver():
    assert modules_after("import planner.pipeline, planner.cli.commands") & {"pyomo", "highspy", "ortools"} == set()


def test_no_argument_shows_the_help():
    said = planner()

    assert said.code == 2
    assert "Usage" in said.out + said.err


def test_a_closed_pipe_is_no_traceback():
    command = f"{sys.executable} -m planner catalog list offers --format json | head -1"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120, cwd=ROOT)

    assert ended.stdout == "[\n"
    assert "Traceback" not in ended.stderr
