"""A crew goes on where an engine fails at one program, and says so; a fault of the request itself is raised."""

import dataclasses
import threading

import pytest

from planner.errors import SolverError
from planner.methods.crew import Crew, given
from planner.program.groups import Groups
from planner.solvers import Status, Worker
from planner.solvers.child import Child
from tests.methods.hand_world import split_of
from tests.methods.pooled_worlds import ASK
from tests.worlds import tiny


def test_one_program_that_fails_has_no_answer_and_others_go_on(monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    problem = split_of(Groups(tiny())).problem
    solve, asked = Worker.solve, []

    def failing(worker, *args):
        asked.append(args)
        if len(asked) == 2:
            raise SolverError("the solver process failed:\nTraceback\nValueError: vector::reserve")
        return solve(worker, *args)

    monkeypatch.setattr(Worker, "solve", failing)
    with Crew(1) as crew:
        first, second, third = crew.solve([(given(problem), ASK)] * 3)

    assert first.objective == third.objective == pytest.approx(2400.0)
    assert (second.status, second.values, second.bound) == (Status.ERROR, None, None)
    assert "vector::reserve" in caplog.text


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("the solver process was killed by signal 9; its last lines:\n  0  0  1.5%", "the solver process was killed by signal 9"),
        ("the solver process failed:\nTraceback\nValueError: vector::reserve", "ValueError: vector::reserve"),
    ],
)
def test_what_is_told_of_a_failure_is_the_line_that_says_what_happened(
    message: str, told: str, monkeypatch: pytest.MonkeyPatch, caplog
) -> None:
    def failing(*_):
        raise SolverError(message)

    with Crew(1) as crew:
        crew.solve([(given(split_of(Groups(tiny())).problem), ASK)])
        monkeypatch.setattr(Worker, "solve", failing)
        crew.solve([(given(split_of(Groups(tiny())).problem), ASK)])

    assert caplog.messages[-1].endswith(told)


def test_a_crew_that_closes_does_not_wait_for_a_process_that_just_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is there only after the crew has begun to close: it is not asked."""
    starting, closing = threading.Event(), threading.Event()
    begin = Child.__init__

    def slowly(child: Child) -> None:
        starting.set()
        closing.wait(10)
        begin(child)

    def killed(child: Child, *_) -> None:
        child._process.wait(5)
        raise SolverError("the solver process was killed")

    monkeypatch.setattr(Child, "__init__", slowly)
    monkeypatch.setattr(Child, "claim", killed)
    with Crew(1) as crew:
        future = crew.submit((given(split_of(Groups(tiny())).problem), ASK))
        starting.wait(10)
        threading.Timer(0.2, closing.set).start()

    assert isinstance(future.exception(), SolverError)


def test_ctrl_c_once_more_while_a_crew_closes_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second one comes before any process is killed."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    crew = Crew(2)
    crew.__enter__()
    crew.solve([(given(split_of(Groups(tiny())).problem), ASK)] * 2)
    children = [worker._child for worker in crew._idle if worker._child is not None]
    monkeypatch.setattr(crew._pool, "shutdown", interrupted)
    with pytest.raises(KeyboardInterrupt):
        crew.__exit__()

    assert children
    assert not any(child.is_alive() for child in children)


def test_a_fault_of_the_request_is_raised() -> None:
    with Crew(1) as crew, pytest.raises(SolverError):
        crew.solve([(given(split_of(Groups(tiny())).problem), dataclasses.replace(ASK, native={"no_such_option": 1}))])
