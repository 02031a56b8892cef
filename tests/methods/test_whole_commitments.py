"""Whole commitments over relaxed cells: a bound between relaxation and optimum; choices near a plan; better plans from there."""

import dataclasses
import itertools
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from types import SimpleNamespace

import numpy as np
import pytest

from planner.methods import whole_commitments as module
from planner.methods.crew import Crew, Task
from planner.methods.fix_and_optimise import bundled
from planner.methods.generation import generate
from planner.methods.hull_master import with_hull
from planner.methods.started import Started
from planner.methods.whole_commitments import (
    Choosing,
    _widen,
    choose_commitments,
    choose_first,
    commitments_of,
    near_commitments,
    with_whole_commitments,
)
from planner.program.groups import Groups
from planner.solvers import Limit, Problem, Solution, Status, solve_here
from tests.methods.pooled_worlds import ASK, market_of, pooled, relaxed
from tests.methods.poor_starts import begun, poor_plan
from tests.methods.test_hull_master import all_cuts
from tests.worlds import random_world

SEEDS = range(8)


def unknown(started: Started) -> tuple[float, Problem, list[np.ndarray]]:
    """Returns (optimum, program, all columns of each cell) of a search that is made to know no pattern."""
    search = started.search
    search.patterns = [[] for _ in search.oracles]
    useful = [np.ones(len(oracle.projected.kept), dtype=bool) for oracle in search.oracles]
    return solve_here(search.split.problem, ASK).objective, bundled(started)[0], useful


def changed(commitments: np.ndarray, one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(np.rint(one[commitments]) - np.rint(other[commitments])).sum())


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bound_lies_between_relaxation_and_optimum(seed: int) -> None:
    """Hull cuts and whole commitments raise the relaxation, and no plan is below."""
    split, pool, first = pooled(Groups(random_world(seed)))
    found = generate(split, pool, first, market_of(pool), 1e6, relaxed)
    hulled = with_hull(split.problem, pool, all_cuts(found))
    optimum = solve_here(split.problem, ASK).objective
    loose, hull = relaxed(split.problem).objective, relaxed(hulled).objective
    whole = solve_here(with_whole_commitments(hulled, split), ASK)
    rented = solve_here(with_whole_commitments(hulled, split, are_rents_whole=True), ASK)

    assert loose <= hull * (1 + 1e-7) + 1e-6
    assert hull <= whole.bound * (1 + 1e-6) + 1e-6
    assert whole.bound <= rented.bound * (1 + 1e-6) + 1e-6
    assert rented.bound <= optimum * (1 + 1e-6) + 1e-6
    names = {split.names[j] for j in np.flatnonzero(commitments_of(split))}
    assert not names & {"rent", "hold", "deploy", "serve"}


@pytest.mark.parametrize("seed", SEEDS)
def test_choices_stay_near_and_cost_less_the_farther_they_may_go(seed: int) -> None:
    """At no change the commitments are the plan's; every radius keeps its distance; with room for all of them nothing is lost."""
    with Crew(1) as crew:
        started = begun(seed, crew)
        plan = poor_plan(started)
    split = started.search.split
    loose, commitments = with_whole_commitments(split.problem, split), np.flatnonzero(commitments_of(split))
    found = {radius: solve_here(near_commitments(loose, commitments, plan, radius), ASK) for radius in (0, 1, 2, 1000)}

    for radius, one in found.items():
        assert changed(commitments, one.values, plan) <= radius
    costs = [one.objective for one in found.values()]
    assert all(later <= earlier * (1 + 1e-7) + 1e-6 for earlier, later in itertools.pairwise(costs))
    assert costs[-1] == pytest.approx(solve_here(loose, ASK).objective, rel=1e-6, abs=1e-3)


def test_whole_rents_are_what_a_small_fleet_lacks() -> None:
    """In some world the bound with whole rents is above that with relaxed ones, in none below; rents are whole in its point."""
    gains = []
    for seed in SEEDS:
        split, _, _ = pooled(Groups(random_world(seed)))
        loose, rented = (solve_here(with_whole_commitments(split.problem, split, are), ASK) for are in (False, True))
        rents = np.array([name == "rent" for name in split.names]) & split.problem.is_integer
        assert np.abs(rented.values[rents] - np.rint(rented.values[rents])).max(initial=0.0) <= 1e-5
        gains.append(rented.objective - loose.objective)

    assert min(gains) >= -1e-3
    assert max(gains) > 1.0


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_a_first_plan_comes_of_commitments_alone(seed: int, processes: int) -> None:
    """Nothing known but the relaxation: what is found keeps every row, and what is proved is below the optimum."""
    with Crew(processes) as crew:
        started = begun(seed, crew)
        search = started.search
        optimum, problem, useful = unknown(started)
        assert search.values is None
        choose_first(Choosing(started, lambda: problem, useful, [], lambda _: False))

    assert search.values is not None
    assert search.split.problem.violation(search.values).largest <= 1e-6
    assert optimum * (1 - 1e-6) - 1e-6 <= search.incumbent <= 1.3 * optimum
    assert relaxed(search.split.problem).objective * (1 - 1e-6) <= search.bound <= optimum * (1 + 1e-6) + 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_a_first_plan_comes_of_the_bounds_that_run(seed: int) -> None:
    """Two bounds, two processes: no choice is made beside them, and their engines' points are worth their recourse."""
    with Crew(2) as crew:
        started = begun(seed, crew)
        search = started.search
        optimum, problem, useful = unknown(started)
        run = Choosing(started, lambda: problem, useful, [], lambda _: False, is_small=True)
        run.begin()
        assert set(run.proofs) == {False, True}
        choose_first(run)

    assert search.values is not None
    assert search.split.problem.violation(search.values).largest <= 1e-6
    assert optimum * (1 - 1e-6) - 1e-6 <= search.incumbent <= 1.3 * optimum


def test_little_time_is_waited_for_and_not_told_again_and_again(caplog: pytest.LogCaptureFixture) -> None:
    """Under two seconds a point told of is not worth a pass any more."""
    with Crew(2) as crew:
        started = begun(1, crew)
        problem, _ = bundled(started)
        late = dataclasses.replace(started, began=time.monotonic() - started.settings.time_limit_s + 1.5)
        run = Choosing(late, lambda: problem, [], [], lambda _: False, is_small=True)
        run.told, run.proofs = started.relaxed, {True: Future()}
        with caplog.at_level(logging.INFO):
            choose_first(run)

    assert started.search.values is None
    assert len(caplog.records) < 5


def silent_about(seconds: list[float]) -> Callable[[Task], "Future[Solution]"]:
    """Returns what takes tasks, notes their seconds and finds nothing in them."""
    silent = Solution(
        Status.NO_SOLUTION, Limit.TIME, values=None, objective=None, bound=None, gap=None, row_duals=None, reduced_costs=None,
        violation=None, wall_s=0.0, engine_s=0.0, solver="highs", version="", log="", node_count=None, message="",
    )  # fmt: skip

    def submit(task: Task) -> "Future[Solution]":
        seconds.append(task[1].time_limit_s)
        done: Future[Solution] = Future()
        done.set_result(silent)
        return done

    return submit


def test_a_choice_that_was_silent_has_more_time_the_next_time_and_so_much_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole rents may be silent; one that found nothing though it had the time is not made again."""
    seconds: list[float] = []
    submit = silent_about(seconds)

    monkeypatch.setattr(module, "_hunt_beside", lambda *_: None)
    monkeypatch.setattr(module, "CHOICE_SHARE", 0.0)
    with Crew(1) as crew:
        started = begun(1, crew)
        started.search.keep(poor_plan(started))
        problem, _ = bundled(started)
        other = dataclasses.replace(started, crew=SimpleNamespace(size=1, submit=submit))
        run = Choosing(other, lambda: problem, [], [], lambda _: False, is_small=True)
        assert [module._choices(run, (False,), problem) for _ in range(4)] == [[]] * 4
        patience = run.patience
        module._choices(run, (True,), problem)

    first = module.CHOICE_SECONDS
    steps = [min(module.PATIENCE_MOST, module.PATIENCE_STEP**k) for k in range(4)]
    assert seconds[:4] == pytest.approx([first * step for step in steps])
    assert steps[-1] == module.PATIENCE_MOST
    assert patience == run.patience == module.PATIENCE_MOST


@pytest.mark.parametrize(("processes", "share"), [(1, 0.5), (2, 1.0)])
def test_choices_made_one_after_the_other_share_the_time_left(
    processes: int, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 2 s left each of two has one where there is one process, both two where there are two."""
    seconds: list[float] = []
    submit = silent_about(seconds)
    monkeypatch.setattr(module, "_hunt_beside", lambda *_: None)
    with Crew(1) as crew:
        started = begun(1, crew)
        started.search.keep(poor_plan(started))
        problem, _ = bundled(started)
        short = dataclasses.replace(
            started, crew=SimpleNamespace(size=processes, submit=submit), began=time.monotonic() - 58.0,
            settings=dataclasses.replace(started.settings, time_limit_s=60.0),
        )  # fmt: skip
        run = Choosing(short, lambda: problem, [], [], lambda _: False, is_small=True)
        assert module._choices(run, (False, True), problem) == []

    assert seconds == pytest.approx([2.0 * share] * 2, rel=0.1)


def test_lean_choices_have_the_columns_of_useful_ways_and_of_patterns_alone() -> None:
    with Crew(1) as crew:
        started = begun(1, crew)
        search = started.search
        problem, _ = bundled(started)
        useful = [np.zeros(len(oracle.projected.kept), dtype=bool) for oracle in search.oracles]
        useful[0][:1] = True
        search.patterns = [known[:1] if i else [] for i, known in enumerate(search.patterns)]
        lean = Choosing(started, lambda: problem, useful, [], lambda _: False, is_small=True).lean()

    is_replica, left_out = np.zeros(problem.columns, dtype=bool), 0
    for i, (oracle, known) in enumerate(zip(search.oracles, search.patterns, strict=True)):
        kept = oracle.projected.kept
        is_used = useful[i] | (known[0].values > 0 if known else False)
        is_whole = oracle.cell.is_integer[kept]
        is_replica[oracle.cell.columns[kept[is_whole]]] = True
        open_columns = lean.column_upper[oracle.cell.columns[kept[is_whole]]] > 0
        assert np.array_equal(open_columns, is_used[is_whole] & (problem.column_upper[oracle.cell.columns[kept[is_whole]]] > 0))
        left_out += int((is_whole & ~is_used).sum())
    assert np.array_equal(lean.column_upper[~is_replica], problem.column_upper[~is_replica])
    assert left_out > 0


@pytest.mark.parametrize("processes", [1, 2])
def test_a_wide_program_of_a_small_fleet_gets_choices_and_no_bounds(processes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Better commitments come of choices side by side; no engine is asked for a bound over all commitments."""
    monkeypatch.setattr(module, "WIDE_COLUMNS", 1)
    with Crew(processes) as crew:
        started = begun(1, crew)
        search = started.search
        optimum = solve_here(search.split.problem, ASK).objective
        search.keep(poor_plan(started))
        before, bound = search.incumbent, search.bound
        problem, _ = bundled(started)
        useful = [np.ones(len(oracle.projected.kept), dtype=bool) for oracle in search.oracles]
        short = dataclasses.replace(started, settings=dataclasses.replace(started.settings, time_limit_s=8.0))
        run = Choosing(short, lambda: problem, useful, [], lambda _: False, is_small=True)
        assert run.is_wide
        choose_commitments(run)

    assert not run.proofs
    assert search.bound == bound
    assert search.incumbent < before
    assert optimum * (1 - 1e-6) - 1e-6 <= search.incumbent <= optimum * 1.1
    assert search.split.problem.violation(search.values).largest <= 1e-6


def test_a_choice_that_was_silent_is_made_again_before_it_looks_further() -> None:
    """Three changes, then five to thirteen; none where engines had too little time, none beyond."""
    run = SimpleNamespace(patience=2.0, radius=3, is_commitment=np.array([True]))
    assert _widen(run, 1.0)
    assert run.radius == 3
    assert [_widen(run, 2.0) for _ in range(6)] == [True] * 5 + [False]
    assert not _widen(SimpleNamespace(patience=1.0, radius=3, is_commitment=np.array([False])), 1.0)


@pytest.mark.parametrize(("processes", "is_small"), [(1, False), (2, False), (1, True), (2, True)])
@pytest.mark.parametrize("seed", range(3))
def test_a_poor_plan_gets_better_commitments_and_a_proof(seed: int, processes: int, is_small: bool) -> None:
    """Neighbourhoods apart: nothing may change but by another choice of commitments and the recourse beside it."""
    with Crew(processes) as crew:
        started = begun(seed, crew)
        search = started.search
        optimum = solve_here(search.split.problem, ASK).objective
        search.keep(poor_plan(started))
        before = search.incumbent
        deepened = []
        problem, _ = bundled(started)
        useful = [np.ones(len(oracle.projected.kept), dtype=bool) for oracle in search.oracles]
        short = dataclasses.replace(started, settings=dataclasses.replace(started.settings, time_limit_s=8.0))
        run = Choosing(short, lambda: problem, useful, [], lambda point: bool(deepened.append(point)), is_small)
        choose_commitments(run)
        rented = solve_here(with_whole_commitments(problem, search.split, are_rents_whole=True), ASK)

    assert len(deepened) <= 2
    assert not run.proofs or search.gap <= short.settings.relative_gap
    if is_small:
        assert search.bound >= rented.bound * (1 - 1e-4) - 1e-3
    assert search.incumbent < before
    assert search.incumbent <= optimum * 1.1
    assert search.split.problem.violation(search.values).largest <= 1e-6
    assert relaxed(search.split.problem).objective * (1 - 1e-6) <= search.bound <= optimum * (1 + 1e-6) + 1e-6
