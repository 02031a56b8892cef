"""The baseline: the whole program to one engine; rounding a nearly whole point never passes for an answer unchecked."""

import dataclasses
import logging
import time
from pathlib import Path

import numpy as np
import pytest

from planner.methods import MethodSettings
from planner.methods import textbook as textbook_module
from planner.methods.textbook import News, polished, textbook, textbook_of
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import BACKENDS, Limit, Progress, Settings, Status, Worker, solve_here
from planner.solvers.child import Child
from tests.worlds import tiny

ENGINES = Path(__file__).parents[1] / "solvers" / "engines"


def test_the_hand_world_is_proved():
    """2,400 usd."""
    result = textbook(Groups(tiny()), MethodSettings(relative_gap=1e-9))

    assert result.objective_usd == pytest.approx(2400.0)
    assert result.bound_usd == pytest.approx(2400.0)


def test_polishing_makes_integers_whole_and_keeps_the_point_feasible():
    """Counts off by a millionth are rounded and the traffic is found again."""
    compiled = compile_program(build_program(Groups(tiny())))
    solution = solve_here(compiled.problem, Settings(relative_gap=1e-9))
    problem = compiled.problem
    off = np.where(problem.is_integer, solution.values - 1e-6, solution.values)
    with Worker() as worker:
        values = polished(problem, type(solution)(**{**vars(solution), "values": off}), worker, MethodSettings(), 60.0)

    assert values is not None
    assert np.array_equal(values[problem.is_integer], np.rint(values[problem.is_integer]))
    assert problem.violation(values).largest <= 1e-7


@pytest.fixture
def held(monkeypatch):
    """The name of an engine that goes on from the best point, its bound a tenth below, until it is told to stop."""
    monkeypatch.syspath_prepend(ENGINES)
    monkeypatch.setitem(BACKENDS, "held_engine", "held_engine")
    return "held_engine"


def ctrl_c(*_):
    """Stands for whatever is interrupted."""
    raise KeyboardInterrupt


def test_at_ctrl_c_what_the_engine_holds_is_the_answer(held, monkeypatch, caplog):
    """2,400 usd, of which nine tenths are proved."""
    monkeypatch.setattr(News, "__call__", ctrl_c)
    result = textbook(Groups(tiny()), MethodSettings(held))

    assert (result.status, result.limit, result.method) == ("feasible", "interrupted", "textbook")
    assert result.objective_usd == pytest.approx(2400.0)
    assert result.bound_usd == pytest.approx(2160.0)
    assert result.decision is not None
    assert "keeping the best plan" in caplog.text


def test_a_gap_that_is_met_at_ctrl_c_was_not_interrupted(held, monkeypatch):
    monkeypatch.setattr(News, "__call__", ctrl_c)
    result = textbook(Groups(tiny()), MethodSettings(held, relative_gap=0.2))

    assert (result.limit, result.bound_usd) == ("none", pytest.approx(2160.0))


def test_at_ctrl_c_before_there_is_a_point_there_is_no_plan(monkeypatch):
    """As decompositions say it; what is proved by then stays."""
    once = Worker.solve

    def stopped(*given, **more):
        found = once(*given, **more)
        nothing = {"status": Status.NO_SOLUTION, "limit": Limit.INTERRUPTED, "values": None, "objective": None, "bound": 5.0}
        return dataclasses.replace(found, **nothing)

    monkeypatch.setattr(Worker, "solve", stopped)
    result = textbook(Groups(tiny()), MethodSettings())

    assert (result.status, result.limit, result.decision, result.bound_usd) == ("no_plan", "interrupted", None, 5.0)


def test_ctrl_c_while_the_point_is_polished_polishes_it_all_the_same(monkeypatch):
    """The point is found by then, and would be lost; whoever does not want to wait for that presses once more."""
    tries = []

    def polishes(*given):
        tries.append(given)
        return ctrl_c() if len(tries) == 1 else polished(*given)

    monkeypatch.setattr(textbook_module, "polished", polishes)
    result = textbook(Groups(tiny()), MethodSettings(relative_gap=1e-9))

    assert len(tries) == 2
    assert result.objective_usd == pytest.approx(2400.0)

    monkeypatch.setattr(textbook_module, "polished", ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        textbook(Groups(tiny()), MethodSettings())


def test_ctrl_c_ends_a_study_of_many_programs(monkeypatch):
    """One that went on with the next program could not be stopped."""
    groups = Groups(tiny())
    monkeypatch.setattr(Child, "_listened", ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        textbook_of(compile_program(build_program(groups)), groups, MethodSettings(), time.monotonic())


def test_nobody_asks_the_engine_anything_else_because_news_are_told(monkeypatch):
    """The baseline: the program as compiled, no option but the gap, the limit, the threads and the seed."""
    asked, once = [], Worker.solve

    def noted(worker, problem, settings, *more, **named):
        asked.append((problem.digest(), settings))
        return once(worker, problem, settings, *more, **named)

    monkeypatch.setattr(Worker, "solve", noted)
    groups, settings = Groups(tiny()), MethodSettings(relative_gap=0.02, time_limit_s=50.0, threads=1, seed=3)
    compiled = compile_program(build_program(groups))
    textbook(groups, settings)
    (digest, found), *_ = asked

    assert digest == compiled.problem.digest()
    assert dataclasses.replace(found, time_limit_s=None) == Settings("highs", None, 0.02, threads=1, seed=3)
    assert 0 < found.time_limit_s <= 50.0


def test_news_come_a_second_apart_and_only_where_there_are_any(monkeypatch, caplog):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    news = News("textbook", 90.0)
    with caplog.at_level(logging.INFO, "planner"):
        for after_s, incumbent, bound in (
            (0.0, None, 50.0), (0.1, 4000.0, 50.0), (0.5, 3000.0, 60.0), (1.15, 2000.0, 1500.0), (5.0, 2000.0, 1500.0),
        ):  # fmt: skip
            now[0] = 100.0 + after_s
            news(Progress(after_s, incumbent, bound))

    assert [record.getMessage() for record in caplog.records] == [
        "textbook: incumbent inf, bound 50.0000, gap inf %, 10.0 s",
        "textbook: incumbent 4000, bound 50.0000, gap 98.750 %, 10.1 s",
        "textbook: incumbent 2000, bound 1500, gap 25.000 %, 11.2 s",
    ]


def test_news_of_a_maximised_goal_are_turned(caplog):
    with caplog.at_level(logging.INFO, "planner"):
        News("stage 1 of 1, most_served", time.monotonic(), -1.0)(Progress(0.0, -2000.0, -2500.0))

    assert "incumbent 2000, bound 2500, gap 25.000 %" in caplog.text
