"""The whole program: proved beside neighbourhoods, raced where it is small, what is told on the way kept."""

import dataclasses
from concurrent.futures import Future
from types import SimpleNamespace

import numpy as np
import pytest

from planner.methods.crew import Crew, Task
from planner.methods.fix_and_optimise import bundled
from planner.methods.started import unnamed
from planner.methods.whole import heard, is_raced, take_whole, whole_beside
from planner.solvers import Limit, Problem, Progress, Solution, Status, solve_here
from planner.solvers.solution import Watcher
from tests.methods.pooled_worlds import ASK
from tests.methods.poor_starts import begun, poor_plan


@pytest.mark.parametrize(("size", "small_columns"), [(1, 400), (2, 400), (3, 400), (2, 0)])
def test_the_optimum_is_proved(size: int, small_columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """By one process alone, by a race of two and of three, and beside neighbourhoods."""
    monkeypatch.setattr("planner.methods.whole.FREE_FIRST", small_columns)
    with Crew(size) as crew:
        started = begun(3, crew)
        optimum = solve_here(started.search.split.problem, ASK).objective
        started.search.keep(poor_plan(started))
        limit = whole_beside(started, *bundled(started))

    assert limit == "none"
    assert started.search.incumbent == pytest.approx(optimum, rel=1e-6)
    assert started.search.bound <= optimum * (1 + 1e-6)
    assert started.search.gap <= 1e-6


def test_the_last_engine_of_a_race_has_the_tighter_statement_if_there_is_one() -> None:
    """The tighter one is asked for once the others run; engines differ in their seeds."""
    with Crew(1) as crew:
        started = begun(3, crew)
    problem, bundles = bundled(started)
    tight = dataclasses.replace(problem, row_lower=problem.row_lower + 0.0)
    asked: list[tuple[Problem, int]] = []

    def submit(task: Task, *_: object) -> "Future[Solution]":
        asked.append((task[0](), task[1].seed))
        done: Future[Solution] = Future()
        done.set_result(solve_here(asked[-1][0], ASK))
        return done

    def tighter() -> Problem:
        assert len(asked) == 2
        return tight

    race = dataclasses.replace(started, crew=SimpleNamespace(size=3, submit=submit))
    assert is_raced(problem)
    assert whole_beside(race, problem, bundles, tighter) == "none"
    assert [one.row_lower is tight.row_lower for one, _ in asked] == [False, False, True]
    assert len({seed for _, seed in asked}) == 3

    asked.clear()
    assert whole_beside(race, problem, bundles) == "none"
    assert [one.row_lower is problem.row_lower for one, _ in asked] == [True, True, True]


def test_what_no_engine_has_a_point_of_is_told_infeasible() -> None:
    with Crew(2) as crew:
        started = begun(3, crew)
        problem, bundles = bundled(started)
        none = dataclasses.replace(problem, column_upper=np.where(problem.is_integer, 0.0, problem.column_upper))
        whole_beside(started, none, bundles)

    assert started.search.is_infeasible
    assert started.search.values is None


def test_an_answer_is_kept_with_its_whole_columns_whole() -> None:
    """The optimum with every whole column a little off, as engines give it."""
    with Crew(1) as crew:
        started = begun(2, crew)
    search = started.search
    problem = unnamed(search.split.problem)
    found = solve_here(problem, ASK)
    off = dataclasses.replace(found, values=found.values + np.where(problem.is_integer, 1e-7, 0.0))

    assert take_whole(started, off) == "none"
    assert search.incumbent == pytest.approx(found.objective)
    assert np.all(search.values[problem.is_integer] == np.rint(search.values[problem.is_integer]))
    assert search.bound == pytest.approx(found.objective)


def test_a_plan_is_not_lost_where_an_engine_s_tolerance_breaks_a_row() -> None:
    """Every continuous column a little less than it must be: the whole columns are right, and the rest is solved again."""
    with Crew(1) as crew:
        started = begun(2, crew)
        search, problem = started.search, unnamed(started.search.split.problem)
        found = solve_here(problem, ASK)
        off = dataclasses.replace(found, values=np.where(problem.is_integer, found.values, 0.9999 * found.values))
        assert problem.violation(off.values).largest > 1e-5
        assert not search.keep_told(off.values)
        assert search.values is None

        assert take_whole(started, off) == "none"

    assert search.incumbent == pytest.approx(found.objective)
    assert problem.violation(search.values).largest <= 1e-6


def test_a_plan_that_an_engine_tells_of_on_the_way_is_kept() -> None:
    """The engine never ends: what it has told is there all the same."""
    with Crew(1) as crew:
        started = begun(2, crew)
    problem, bundles = bundled(started)
    found = solve_here(problem, ASK)

    def submit(_: Task, watch: Watcher, *__: object) -> "Future[Solution]":
        watch(Progress(0.1, found.objective, None, found.values))
        done: Future[Solution] = Future()
        done.set_result(dataclasses.replace(found, values=None, objective=None, bound=None, limit=Limit.TIME))
        return done

    told = dataclasses.replace(started, crew=SimpleNamespace(size=1, submit=submit))
    assert whole_beside(told, problem, bundles) == "time"

    assert started.search.incumbent == pytest.approx(found.objective)


def test_once_an_engine_has_proved_that_there_is_no_plan_that_stays() -> None:
    with Crew(1) as crew:
        started = begun(2, crew)
    none = dataclasses.replace(
        solve_here(unnamed(started.search.split.problem), ASK), values=None, objective=None, bound=None, status=Status.INFEASIBLE
    )
    assert take_whole(started, none) == "none"
    assert take_whole(started, dataclasses.replace(none, status=Status.NO_SOLUTION, limit=Limit.TIME)) == "none"
    assert started.search.is_infeasible


@pytest.mark.parametrize(
    ("limit", "gap", "told"),
    [
        (Limit.NONE, 0.2, "other"),
        (Limit.TIME, 0.2, "time"),
        (Limit.INTERRUPTED, 0.0, "none"),
        (Limit.TIME, 5e-7, "time"),
        (Limit.NONE, 5e-7, "none"),
        (Limit.NONE, 0.0, "none"),
    ],
)
def test_nothing_stopped_it_only_where_the_gap_is_met(limit: Limit, gap: float, told: str) -> None:
    """An engine that was told to stop as the gap is met was not interrupted; one that ends with an open gap is no proof."""
    with Crew(1) as crew:
        started = begun(2, crew)
    found = solve_here(unnamed(started.search.split.problem), ASK)
    assert take_whole(started, dataclasses.replace(found, bound=(1 - gap) * found.objective, limit=limit)) == told


@pytest.mark.parametrize(
    ("told", "bound", "is_enough"),
    [
        (None, 90.0, False),
        (80.0, 90.0, False),
        (95.0, 95.0, False),
        (99.5, 99.5, True),
        (100.00005, 100.0, True),
        (101.0, 90.0, False),
    ],
)
def test_what_an_engine_tells_on_the_way_counts(told: float | None, bound: float, is_enough: bool) -> None:
    """A plan of 100 usd, a bound of 90 usd, 1 % asked for; a bound that contradicts the plan is not taken."""
    with Crew(1) as crew:
        search = begun(0, crew).search
    search.incumbent, search.bound = 100.0, 90.0

    assert heard(search, Progress(1.0, None, told), 0.01) == is_enough
    assert search.bound == bound
    assert search.is_by_cuts == (bound == 90.0)
