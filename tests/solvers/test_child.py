"""Child: crashes are exceptions with last words, limits are enforced by killing, what was reported is kept."""

import os
import time

import numpy as np
import pytest

from planner.errors import SolverError
from planner.solvers import Offers, Settings, Worker, child, solve, wire
from planner.solvers.child import CALLER, CTRL_C, CTRL_C_S, Child, Running
from planner.solvers.claim import Claim, Said
from planner.solvers.solution import Limit, Progress

pytestmark = pytest.mark.usefixtures("misbehaving")
DEAF = Settings("deaf_engine", time_limit_s=0.2, grace_s=0.3)


@pytest.fixture
def problem(cover):
    return cover(columns=6, rows=3)


def ctrl_c(_):
    """Watches a solve as who is interrupted does."""
    raise KeyboardInterrupt


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


def test_at_ctrl_c_an_engine_that_stops_answers(problem):
    """The next solve is the same process's."""
    with Worker() as worker:
        solution = worker.solve(problem, Settings("held_engine"), ctrl_c, keeps_on_ctrl_c=True)
        asked = worker._child
        again = worker.solve(problem, Settings("highs", relative_gap=0.0))

        assert worker._child is asked
    assert (solution.status, solution.limit) == ("feasible", "interrupted")
    assert solution.objective == pytest.approx(again.objective)
    assert solution.bound == pytest.approx(0.9 * again.objective)
    assert solution.version.startswith("HiGHS")


def test_at_ctrl_c_an_engine_that_does_not_stop_is_killed_and_its_incumbent_kept(problem):
    began = time.perf_counter()
    with Worker() as worker:
        solution = worker.solve(problem, Settings("deaf_engine", grace_s=0.3), ctrl_c, keeps_on_ctrl_c=True)

    assert time.perf_counter() - began < 10.0
    assert (solution.status, solution.limit, solution.bound) == ("feasible", "interrupted", 1.0)
    assert solution.objective == problem.objective(problem.column_upper)
    assert "killed 0.3 s after Ctrl-C" in solution.message


def test_a_second_ctrl_c_waits_no_longer(problem, monkeypatch):
    """It comes while the engine, which would be waited for half a minute, is listened to after the first."""
    listen, pressed = Child._next, []

    def presses(*_):
        pressed.append(time.perf_counter())
        raise KeyboardInterrupt

    monkeypatch.setattr(child, "CTRL_C_S", 30.0)
    monkeypatch.setattr(Child, "_next", lambda one, until: presses() if len(pressed) == 1 else listen(one, until))
    with Worker() as worker:
        solution = worker.solve(problem, Settings("deaf_engine", grace_s=30.0), presses, keeps_on_ctrl_c=True)

    assert len(pressed) == 2
    assert time.perf_counter() - pressed[0] < 15.0
    assert (solution.status, solution.limit) == ("feasible", "interrupted")


@pytest.mark.parametrize("is_wished", [True, False])
def test_ctrl_c_comes_out_where_it_is_not_wished_otherwise_or_nothing_has_begun(problem, monkeypatch, is_wished):
    if is_wished:
        monkeypatch.setattr(Child, "_await_start", lambda *_: ctrl_c(None))
    with Worker() as worker:
        with pytest.raises(KeyboardInterrupt):
            worker.solve(problem, Settings("deaf_engine"), ctrl_c, keeps_on_ctrl_c=is_wished)

        assert worker._child is None


@pytest.mark.parametrize(
    ("told", "wish", "patience_s"),
    [
        (Progress(0.0, None, 1.0), "", CTRL_C_S),
        (Progress(0.0, 5.0, 1.0), "", 10.0),
        (Progress(0.0, 5.0, 1.0, np.ones(2)), "", CTRL_C_S),
        (Progress(0.0, 5.0, 1.0), CALLER, 10.0),
        (Progress(0.0, 5.0, 1.0), CTRL_C, 0.0),
    ],
)
def test_an_engine_is_waited_for_where_its_point_would_be_lost_with_it(told, wish, patience_s):
    running = Running(time.monotonic() + 60.0, 10.0, wish)
    running.reported.take(told)

    assert running.patience_s() == patience_s


def test_an_engine_that_ends_at_ctrl_c_by_itself_was_interrupted_all_the_same(problem, monkeypatch):
    """Whoever asked knows by that that nothing more is wished for; the status says how far it came."""
    done = Claim(Said.OPTIMAL, Limit.NONE, "one", 0.0, values=problem.column_upper, bound=problem.objective(problem.column_upper))
    plain, arrays = wire.claim_to_wire(done)
    coming = iter([KeyboardInterrupt, ({"kind": "claim", "claim": plain}, arrays)])

    def listens(*_):
        one = next(coming)
        if one is KeyboardInterrupt:
            raise KeyboardInterrupt
        return one

    monkeypatch.setattr(Child, "_await_start", lambda *_: None)
    monkeypatch.setattr(Child, "_next", listens)
    with Worker() as worker:
        solution = worker.solve(problem, Settings("deaf_engine"), keeps_on_ctrl_c=True)

    assert (solution.status, solution.limit) == ("optimal", "interrupted")
