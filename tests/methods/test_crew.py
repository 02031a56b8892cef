"""A crew goes on where an engine fails at one program, and says so; a fault of the request itself is raised."""

import dataclasses

import pytest

from planner.errors import SolverError
from planner.methods.crew import Crew, given
from planner.program.groups import Groups
from planner.solvers import Status, Worker
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


def test_a_fault_of_the_request_is_raised() -> None:
    with Crew(1) as crew, pytest.raises(SolverError):
        crew.solve([(given(split_of(Groups(tiny())).problem), dataclasses.replace(ASK, native={"no_such_option": 1}))])
