"""Worker: the child's side of the pipes, driven by hand."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import planner
from planner.solvers import Settings, wire


@pytest.fixture
def process():
    """A started worker process."""
    root = Path(planner.__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-m", "planner.solvers.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=root,
    ) as child:
        assert wire.read_frame(child.stdout) == ({"kind": "ready"}, {})
        yield child
        child.kill()


def ask(child, problem, settings, log_path) -> list[dict]:
    """Sends one request and returns the headers of its answer."""
    plain, arrays = wire.problem_to_wire(problem)
    request = {"kind": "solve", "problem": plain, "settings": settings, "backends": {}, "log_path": str(log_path)}
    wire.write_frame(child.stdin, request, arrays)
    headers = []
    while not headers or headers[-1]["kind"] in ("started", "progress"):
        headers.append(wire.read_frame(child.stdout)[0])
    return headers


def test_it_answers_started_progress_and_claim_and_then_the_next_request(process, cover, tmp_path):
    settings = wire.settings_to_wire(Settings(relative_gap=0.0))

    for position in range(2):
        headers = ask(process, cover(columns=8, rows=4), settings, tmp_path / f"{position}.log")
        kinds = [header["kind"] for header in headers]

        assert (kinds[0], kinds[-1]) == ("started", "claim")
        assert set(kinds[1:-1]) == {"progress"}
        assert headers[-1]["claim"]["said"] == "optimal"


def test_a_refusal_is_answered_and_does_not_end_it(process, cover, tmp_path):
    settings = wire.settings_to_wire(Settings(native={"no_such_option": 1}))
    refused = ask(process, cover(columns=8, rows=4), settings, tmp_path / "a.log")[-1]

    assert refused["kind"] == "refused"
    assert "no_such_option" in refused["message"]
    assert ask(process, cover(columns=8, rows=4), wire.settings_to_wire(Settings()), tmp_path / "b.log")[-1]["kind"] == "claim"


def test_it_ignores_ctrl_c_and_ends_when_its_stdin_closes(process):
    process.send_signal(signal.SIGINT)
    process.stdin.close()

    assert process.wait(timeout=20) == 0
