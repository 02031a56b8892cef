"""Fix and optimise: from a poor plan to the optimum of small worlds, never a worse plan, never past its time."""

import time
from concurrent.futures import Future

import numpy as np
import pytest

from planner.methods.crew import Crew
from planner.methods.fix_and_optimise import Hunt, _take, best_contracts, bundled, hunt, hunt_beside
from planner.solvers import solve_here
from tests.methods.pooled_worlds import ASK
from tests.methods.poor_starts import begun, poor_plan


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


def test_a_neighbour_whose_rows_an_engine_s_tolerance_breaks_is_kept_with_its_rows_kept() -> None:
    """Every continuous column of the optimum is a little less than it must be; the hunt goes on from what is kept."""
    with Crew(1) as crew:
        started = begun(2, crew)
        search = started.search
        problem, bundles = bundled(started)
        best, poor = solve_here(problem, ASK), poor_plan(started)
        search.keep(poor)
        run = Hunt(started, problem, poor, problem.objective(poor), bundles, np.random.default_rng(0), 1.0)
        off = np.where(problem.is_integer, best.values, 0.9999 * best.values)
        assert problem.violation(off).largest > 1e-5
        _take(run, "cells", off)

    assert search.incumbent == pytest.approx(best.objective)
    assert problem.violation(search.values).largest <= 1e-6
    assert run.usd == search.incumbent
    assert np.array_equal(run.point, search.values)


def test_no_neighbourhood_begins_when_the_other_task_is_done() -> None:
    done: Future = Future()
    done.set_result(None)
    with Crew(2) as crew:
        started = begun(1, crew)
        started.search.keep(poor_plan(started))
        before = started.search.incumbent
        hunt_beside(started, *bundled(started), done)

    assert started.search.incumbent == before


def test_neighbourhoods_go_on_from_a_better_plan_that_others_find() -> None:
    """The optimum is told to the search while they run from a poor plan: what they return is no worse."""
    with Crew(1) as crew:
        started = begun(1, crew)
        problem = started.search.split.problem
        best = solve_here(problem, ASK).values
        started.search.keep(poor_plan(started))
        looks: list[float] = []

        def is_done(run: Hunt) -> bool:
            looks.append(run.usd)
            if len(looks) == 1:
                run.search.keep(best)
            return len(looks) > 2

        until = time.monotonic() + 8
        found = hunt(started, *bundled(started), lambda: until - time.monotonic(), lambda: 1, None, is_done)

    assert found is not None
    assert problem.objective(found) == pytest.approx(problem.objective(best))
