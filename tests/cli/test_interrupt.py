"""Ctrl-C, the signal itself, while a plan is searched: the best plan so far is audited and written, with what is proved of it."""

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import planner

ROOT = Path(planner.__file__).parents[1]
COMMAND = (
    f"import signal, sys; sys.path.insert(0, {str(ROOT)!r}); "
    "signal.signal(signal.SIGINT, signal.default_int_handler); "  # a suite in the background passes on that Ctrl-C is ignored
    "from planner.cli import main; main()"
)
HAS_PLAN = re.compile(r"incumbent -?\d")
"""What the log says once there is a plan, of any method."""
LIMIT_S = 300
"""Seconds in which a plan is there on any machine; the searches here go on for longer."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def interrupted(instance: str, out: Path, *more: str) -> dict[str, Any]:
    """Returns what `planner solve` prints that is sent SIGINT as soon as its log tells of a plan; asserts that it keeps it."""
    command = [sys.executable, "-c", COMMAND, "solve", str(ROOT / "instances" / instance), "--out", str(out), *more]
    command += ["-v", "--format", "json", "--gap", "0", "--threads", "1", "--time-limit", str(10 * LIMIT_S)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    late = threading.Timer(LIMIT_S, process.kill)
    late.start()
    try:
        assert process.stderr is not None
        log = list(iter_until(process.stderr, HAS_PLAN))
        process.send_signal(signal.SIGINT)
        shown, rest = process.communicate()
    finally:
        late.cancel()
        process.kill()
    assert process.returncode == 0, "".join([*log, rest])
    found = json.loads(shown)
    assert found["audit_passed"] is True
    assert found["status"] == "feasible"
    assert json.loads((out / "plan.json").read_text(encoding="utf-8"))["limit"] == "interrupted"
    return dict(found)


def iter_until(lines: Iterable[str], last: re.Pattern[str]) -> Iterator[str]:
    """Yields lines up to the first in which a pattern is found."""
    for line in lines:
        yield line
        if last.search(line):
            return


@pytest.mark.parametrize("method", ["textbook", "auto", pytest.param("outer", marks=pytest.mark.slow)])
def test_ctrl_c_keeps_the_best_plan_and_its_proof(tmp_path: Path, method: str) -> None:
    """378,384 usd is the least cost of quickstart."""
    found = interrupted("quickstart", tmp_path / "plan", "--method", method)

    assert 0 <= found["bound_usd"] <= 378_385
    assert found["objective_usd"] >= 378_383
    assert found["gap"] == pytest.approx(1 - found["bound_usd"] / found["objective_usd"])


@pytest.mark.slow
def test_ctrl_c_in_the_first_stage_leaves_the_others_out(tmp_path: Path) -> None:
    """No plan of that instance emits less than 171,025 kg."""
    found = interrupted("everything_least_carbon", tmp_path / "plan")

    assert found["order"] == ["least_carbon", "least_cost"]
    assert 0 <= found["bound"][0] <= 171_027
    assert found["objective"][0] >= 171_024
    assert found["bound"][1] is None
