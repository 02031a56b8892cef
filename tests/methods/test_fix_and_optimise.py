"""Fix and optimise: from a poor plan to the optimum of small worlds, never a worse plan, never past its time."""

import dataclasses
import time
from concurrent.futures import Future

import numpy as np
import pytest

from planner.methods import MethodSettings
from planner.methods.crew import Crew
from planner.methods.fix_and_optimise import best_contracts, bundled, heard, hunt, hunt_beside, whole_beside
from planner.methods.started import Started, start
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Progress, solve_here
from tests.methods.pooled_worlds import ASK
from tests.worlds import random_world

EXACT = MethodSettings(relative_gap=1e-7, time_limit_s=20, threads=2)


def begun(seed: int, crew: Crew) -> Started:
    """Returns a random world's search at its start."""
    groups = Groups(random_world(seed))
    found = start(compile_program(build_program(groups)), groups, EXACT, crew, time.monotonic())
    assert isinstance(found, Started)
    return found


def poor_plan(started: Started) -> np.ndarray:
    """Returns the dearest plan with no column above 20."""
    problem = started.search.split.problem
    upper = np.minimum(problem.column_upper, 20.0)
    turned = dataclasses.replace(problem, cost=-problem.cost, column_upper=upper)
    found = solve_here(turned, ASK).values
    assert problem.objective(found) > 1.1 * solve_here(problem, ASK).objective
    return found


@pytest.mark.parametrize("seed", range(4))
def test_neighbourhoods_bring_a_poor_plan_to_the_optimum(seed: int) -> None:
    with Crew(2) as crew:
        started = begun(seed, crew)
        optimum = solve_here(started.search.split.problem, ASK).objective
        started.search.keep(poor_plan(started))
        before = started.search.incumbent
        until = time.monotonic() + 8
        is_close = lambda run: run.search.incumbent <= optimum * (1 + 1e-6) + 1e-6  # noqa: E731
        hunt(started, *bundled(started), lambda: until - time.monotonic(), lambda: 2, None, is_close)

    assert optimum * (1 - 1e-6) - 1e-6 <= started.search.incumbent <= before
    assert started.search.incumbent <= optimum * 1.02 + 1e-6
    assert started.search.split.problem.violation(started.search.values).largest <= 1e-6


def test_every_whole_column_of_a_cell_is_in_one_bundle() -> None:
    with Crew(1) as crew:
        started = begun(2, crew)
        _, bundles = bundled(started)
    columns = [j for bundle in bundles for j in bundle.columns.tolist()]
    cells = np.concatenate([oracle.cell.columns[oracle.projected.kept] for oracle in started.search.oracles])

    assert len(columns) == len(set(columns))
    assert {j for j in cells.tolist() if started.search.split.problem.is_integer[j]} <= set(columns)


def test_contracts_alone_are_chosen_again() -> None:
    with Crew(1) as crew:
        started = begun(1, crew)
        problem, bundles = bundled(started)
        poor = poor_plan(started)
        better = best_contracts(started, problem, bundles, poor, 5.0)
    held = np.concatenate([bundle.columns for bundle in bundles])

    assert problem.objective(better) <= problem.objective(poor) + 1e-9
    assert problem.violation(better).largest <= 1e-6
    assert np.allclose(better[held], poor[held])


def test_contracts_replace_a_start_that_breaks_rows_whatever_it_costs() -> None:
    """The optimum's cells without any contract cost less than any plan, and are none."""
    with Crew(1) as crew:
        started = begun(1, crew)
        problem, bundles = bundled(started)
        bare = solve_here(problem, ASK).values.copy()
        bare[started.search.split.master_columns] = 0.0
        found = best_contracts(started, problem, bundles, bare, 5.0)

    assert problem.violation(bare).largest > 1e-6
    assert problem.violation(found).largest <= 1e-6
    assert problem.objective(found) > problem.objective(bare)


def test_no_neighbourhood_begins_when_the_other_task_is_done() -> None:
    done: Future = Future()
    done.set_result(None)
    with Crew(2) as crew:
        started = begun(1, crew)
        started.search.keep(poor_plan(started))
        before = started.search.incumbent
        hunt_beside(started, *bundled(started), done)

    assert started.search.incumbent == before


@pytest.mark.parametrize("size", [1, 2])
def test_the_whole_program_beside_neighbourhoods_proves_the_optimum(size: int) -> None:
    with Crew(size) as crew:
        started = begun(3, crew)
        optimum = solve_here(started.search.split.problem, ASK).objective
        started.search.keep(poor_plan(started))
        limit = whole_beside(started, *bundled(started))

    assert limit == "none"
    assert started.search.incumbent == pytest.approx(optimum, rel=1e-6)
    assert started.search.bound <= optimum * (1 + 1e-6)
    assert started.search.gap <= 1e-6


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
