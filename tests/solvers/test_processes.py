"""Processes: the public calls, batches, workers that change engines, Ctrl-C."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import planner
from planner.errors import SolverError
from planner.solvers import Offers, Settings, Worker, solve, solve_many
from planner.solvers.child import Child

SCRIPT = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background passes on that Ctrl-C is ignored
sys.path[:0] = [{engines!r}, {root!r}]
import numpy as np
from planner.solvers import BACKENDS, Problem, Settings, solve, solve_many
BACKENDS["deaf_engine"] = "deaf_engine"
problem = Problem([0, 1], [0], [1.0], [1.0], [2.0], [np.inf], [0.0], [9.0], [True])
settings = Settings("deaf_engine", native={{"pid_file": {pid!r}}})
try:
    {call}
except KeyboardInterrupt:
    print("interrupted")
"""


def started(tmp_path, call: str) -> tuple[subprocess.Popen, int]:
    """Returns a process that waits for a deaf engine, and the pid of the process the engine is in."""
    pid_file = tmp_path / "pid"
    text = SCRIPT.format(
        engines=str(Path(__file__).parent / "engines"),
        root=str(Path(planner.__file__).parents[1]),
        pid=str(pid_file),
        call=call,
    )
    process = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True)
    until = time.monotonic() + 20.0
    while not (pid_file.exists() and pid_file.read_text()) and time.monotonic() < until:
        time.sleep(0.02)
    return process, int(pid_file.read_text())


def is_gone(pid: int) -> bool:
    """Tells whether a process ends within seconds (a zombie that nobody has waited for is gone)."""
    until = time.monotonic() + 10.0
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().split(") ")[1].startswith("Z"):
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def test_solve_returns_what_solve_here_would_and_relays_progress(cover):
    problem, seen = cover(columns=12, rows=6), []
    solution = solve(problem, Settings("highs", relative_gap=0.0), seen.append)

    assert solution.status == "optimal"
    assert solution.gap <= 1e-9
    assert any(progress.incumbent == pytest.approx(solution.objective) for progress in seen)
    assert solution.wall_s >= solution.engine_s


def test_what_an_engine_must_not_be_given_is_refused_without_a_process(dense, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a process was started"))
    problem = dense([[1, 1]], [1, 1], (1, 2), (0, 3), [True, False])

    for solver, told in (("cp_sat", "column 1 is continuous"), ("glop", "must be whole"), ("nobody", "expected one of")):
        with pytest.raises(SolverError, match=told):
            solve(problem, Settings(solver))


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("call", ["solve(problem, settings)", "solve_many([problem] * 4, settings, processes=2)"])
def test_ctrl_c_kills_the_engine_and_comes_out_as_keyboard_interrupt(tmp_path, call):
    process, engine = started(tmp_path, call)
    try:
        process.send_signal(signal.SIGINT)
        shown, _ = process.communicate(timeout=20)
    finally:
        process.kill()

    assert shown.strip() == "interrupted"
    assert is_gone(engine)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_engine_outlives_a_parent_that_is_killed(tmp_path):
    process, engine = started(tmp_path, "solve(problem, settings)")
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=20)

    assert is_gone(engine)


def test_a_batch_comes_back_in_order_whatever_the_processes(cover):
    problems = [cover(seed=seed, columns=8, rows=4) for seed in range(6)]
    single = solve_many(problems, Settings("highs", relative_gap=0.0))
    double = solve_many(problems, [Settings("scip", relative_gap=0.0)] * 6, processes=2)

    assert [s.objective for s in single] == pytest.approx([s.objective for s in double])
    assert len({s.objective for s in single}) == 6
    assert solve_many([], Settings()) == ()


def test_a_batch_watcher_is_told_the_position_and_stops_one_solve_only(cover):
    problems, seen = [cover(seed=0, columns=100, rows=50), cover(columns=8, rows=4)], set()

    def watch(position, progress):
        seen.add(position)
        return position == 0 and progress.incumbent is not None

    first, second = solve_many(problems, Settings(relative_gap=0.0, time_limit_s=30.0), progress=watch)

    assert seen == {0, 1}
    assert (first.limit, second.status) == ("interrupted", "optimal")


def test_the_first_failure_of_a_batch_is_raised_with_its_position(cover, misbehaving):
    problems = [cover(columns=8, rows=4)] * 3
    settings = [Settings(), Settings("crashing_engine"), Settings()]

    for processes in (1, 2):
        with pytest.raises(SolverError, match="problem 1 of the batch: the solver process was killed"):
            solve_many(problems, settings, processes=processes)


def test_a_worker_closed_while_its_process_starts_kills_it_though_nobody_waited(cover, monkeypatch):
    """Whoever closed it was interrupted before the process was there."""
    worker, started_here = Worker(), []
    begin = Child.__init__

    def begins_late(child):
        begin(child)
        started_here.append(child)
        worker._is_closed = True

    monkeypatch.setattr(Child, "__init__", begins_late)
    with pytest.raises(SolverError, match="closed"):
        worker.solve(cover(columns=8, rows=4), Settings())

    assert not started_here[0].is_alive()


def test_one_worker_serves_engines_whose_libraries_clash(cover):
    problem = cover(columns=8, rows=4)
    with Worker() as worker:
        objectives = [
            worker.solve(problem, Settings(solver, relative_gap=0.0)).objective for solver in ("highs", "scip", "highs")
        ]

    assert objectives == pytest.approx([objectives[0]] * 3)


def test_a_closed_worker_refuses(cover):
    with Worker() as worker:
        pass

    with pytest.raises(SolverError, match="closed"):
        worker.solve(cover(columns=3, rows=2), Settings())


def test_a_point_offered_reaches_every_engine_that_listens_and_no_later_solve(market_split):
    """Two processes solve with one source of offers; the next solve of one, which nobody offers anything, finds nothing."""
    problem, point = market_split
    offers, settings = Offers(), Settings(time_limit_s=5.0, threads=1)
    with Worker() as one, Worker() as other, ThreadPoolExecutor(2) as pool:
        threading.Timer(1.5, offers.put, [point]).start()
        found = [pool.submit(worker.solve, problem, settings, None, offers) for worker in (one, other)]
        values = [future.result().values for future in found]
        again = one.solve(problem, Settings(time_limit_s=1.0, threads=1))

    assert [None if mine is None else np.rint(mine).tolist() for mine in values] == [point.tolist()] * 2
    assert again.values is None


def test_who_offers_a_point_to_a_process_that_does_not_read_waits_for_nothing(market_split):
    """The process is stopped, points of 3 MB do not fit its pipe: each is put at once, and the limit holds."""
    problem, _ = market_split
    offers, waits = Offers(), []

    def offer(worker: Worker) -> None:
        os.kill(worker._child._process.pid, signal.SIGSTOP)
        for _ in range(3):
            began = time.perf_counter()
            offers.put(np.zeros(400_000))
            waits.append(time.perf_counter() - began)

    with Worker() as worker:
        threading.Timer(1.0, offer, [worker]).start()
        began = time.perf_counter()
        found = worker.solve(problem, Settings(time_limit_s=2.0, threads=1, grace_s=0.5), None, offers)
        wall_s = time.perf_counter() - began

    assert found.limit == "time"
    assert len(waits) == 3
    assert max(waits) < 0.5
    assert wall_s < 8.0
