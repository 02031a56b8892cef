"""The watch notices a false bound wherever one is offered, also where the answer does not show it."""

import dataclasses
import logging
import math
from typing import Any

import pytest

from planner.methods import started
from planner.methods.whole import heard
from planner.solvers import Problem, Progress, Solution, Worker
from tests.methods.test_search import hand_search
from tests.oracles.coupled_worlds import COUPLED
from tests.oracles.test_methods_against_enumeration import coupled, wrong
from tests.oracles.watched_bounds import watched

TOO_MUCH = 1.05


def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has every engine prove a twentieth more of each program with whole columns than is true."""
    solve = Worker.solve

    def lying(worker: Worker, problem: Problem, *args: Any, **named: Any) -> Solution:
        found = solve(worker, problem, *args, **named)
        is_raised = problem.is_mip and found.bound is not None
        return dataclasses.replace(found, bound=TOO_MUCH * found.bound) if is_raised and found.bound is not None else found

    monkeypatch.setattr(Worker, "solve", lying)


@pytest.mark.parametrize("method", ["outer", "partwise", "recourse"])
def test_a_false_bound_that_the_answer_hides_is_noticed(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search does not take it, so that plan and bound of the answer are right; what was offered is not."""
    one = coupled(COUPLED[0])
    assert wrong(one, method) == []

    planted(monkeypatch)
    told = wrong(one, method)
    assert any("was offered" in text for text in told), told
    assert any("contradicts a checked plan" in text for text in told)
    assert not any("claimed" in text for text in told), "the answer alone shows nothing"


def test_a_false_bound_of_the_textbook_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    planted(monkeypatch)

    assert any("claimed as a bound" in text for text in wrong(coupled(COUPLED[0]), "textbook"))


def test_a_false_relaxation_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search begins with its bound and is not asked to prove it."""
    make = started.make_guide

    def lying(*args: Any) -> Any:
        guide, solution = make(*args)
        return (None if guide is None else dataclasses.replace(guide, bound=1e9)), solution

    monkeypatch.setattr(started, "make_guide", lying)
    assert any("a bound of 1000000000.0 usd was offered" in text for text in wrong(coupled(COUPLED[0]), "outer"))


def test_what_an_engine_tells_on_the_way_is_watched() -> None:
    with watched() as watch:
        search = hand_search()
        heard(search, Progress(1.0, None, 7000.0), 0.0)

    assert watch.bounds == [search.guide.bound, 7000.0]
    assert search.bound == 7000.0
    assert watch.faults(7000.0) == []
    assert watch.faults(6999.0) == ["a bound of 7000.0 usd was offered, 6999.0 usd is the most"]


def test_bounds_at_another_objective_are_none_of_the_cost() -> None:
    with watched() as watch:
        search, other = hand_search(), hand_search()
        other.prove(1e9)

    assert watch.bounds == [search.guide.bound]


@pytest.mark.parametrize("bound", [math.nan, math.inf])
def test_a_bound_that_is_no_number_is_a_fault(bound: float) -> None:
    with watched() as watch:
        hand_search().prove(bound)

    assert len(watch.faults(1e9)) == 1


def test_warnings_are_faults_and_only_those_inside() -> None:
    log = logging.getLogger("planner.methods.search")
    with watched() as watch:
        log.warning("a plan of %d usd contradicts", 5)
        log.info("all is well")
    log.warning("too late")

    assert watch.faults(0.0) == ["warned: a plan of 5 usd contradicts"]
