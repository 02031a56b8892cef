"""Child: crashes are exceptions with last words, limits are enforced by killing, what was reported is kept."""

import os
import time

import pytest

from planner.errors import SolverError
from planner.solvers import Offers, Settings, Worker, child, solve

pytestmark = pytest.mark.usefixtures("misbehaving")
DEAF = Settings("deaf_engine", time_limit_s=0.2, grace_s=0.3)


@pytest.fixture
def problem(cover):
    return cover(columns=6, rows=3)


def test_a_crash_is_an_error_with_signal_log_and_stderr(problem):
    with pytest.raises(SolverError) as caught:
        solve(problem, Settings("crashing_engine"))

    for words in ("killed by signal 11", "factorising the basis", "printed by native code", "assertion failed in basis.cpp"):
        assert words in str(caught.value)


def test_an_exception_in_a_backend_is_an_error_with_its_traceback(problem):
    with pytest.raises(SolverError, match="ZeroDivisionError: a bug in the backend"):
        solve(problem, Settings("crashing_engine", native={"raises": True}))


def test_an_engine_that_ignores_its_limit_is_killed_and_its_incumbent_kept(problem):
    began = time.perf_counter()
    solution = solve(problem, DEAF)

    assert time.perf_counter() - began < 10.0
    assert (solution.status, solution.limit) == ("feasible", "time")
    assert solution.objective == problem.objective(problem.column_upper)
    assert solution.bound == 1.0
    assert solution.log == "I am deaf\n"
    assert "killed 0.3 s after its time limit" in solution.message


def test_killed_without_an_incumbent_is_no_solution(problem):
    settings = Settings("deaf_engine", time_limit_s=0.1, grace_s=0.1, native={"has_incumbent": False})
    solution = solve(problem, settings)

    assert (solution.status, solution.limit, solution.bound) == ("no_solution", "time", 1.0)


def test_a_deaf_engine_is_killed_when_the_watcher_has_enough(problem):
    solution = solve(problem, Settings("deaf_engine", grace_s=0.2), lambda progress: True)

    assert (solution.status, solution.limit) == ("feasible", "interrupted")
    assert "the caller's wish" in solution.message


def test_an_exception_in_the_watcher_kills_the_process(problem, tmp_path):
    pid_file = tmp_path / "pid"
    with pytest.raises(ZeroDivisionError):
        solve(problem, Settings("deaf_engine", native={"pid_file": str(pid_file)}), lambda progress: 1 / 0)

    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


def test_a_worker_starts_again_after_a_crash_and_after_a_kill(problem):
    with Worker() as worker:
        with pytest.raises(SolverError):
            worker.solve(problem, Settings("crashing_engine"))
        killed = worker.solve(problem, DEAF)
        solution = worker.solve(problem, Settings("highs"))

    assert killed.limit == "time"
    assert solution.status == "optimal"


def test_a_lie_told_in_another_process_is_found_in_this_one(problem):
    assert solve(problem, Settings("lying_engine")).status == "error"


def test_what_cannot_be_sent_is_an_error_at_once(problem):
    began = time.perf_counter()
    with Worker() as worker, pytest.raises(SolverError, match="could not be sent to the solver process: AttributeError"):
        worker._claim(problem.relaxed, Settings("highs"), None, "highspy", Offers())  # the method, not what it returns

    assert time.perf_counter() - began < 10.0


def test_a_process_has_no_longer_to_begin_than_the_solve_may_take(problem, monkeypatch):
    monkeypatch.setattr(child, "START_LEAST_S", 0.0)
    began = time.perf_counter()
    with pytest.raises(SolverError, match=r"did not begin within 0\.002 s"):
        solve(problem, Settings("highs", time_limit_s=0.001, grace_s=0.001))

    assert time.perf_counter() - began < 10.0
