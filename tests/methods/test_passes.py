"""Passes of recourse: how many there are, and what one does beside given commitments."""

import time
from types import SimpleNamespace

import numpy as np
import pytest

from planner.methods import MethodSettings
from planner.methods.crew import Crew
from planner.methods.passes import commitments_for, descend, improve, widths
from planner.methods.started import Started, start
from planner.program.groups import Groups
from planner.solvers import Settings, solve_here
from tests.program.optima import compiled
from tests.worlds import random_world, tiny

SETTINGS = MethodSettings(relative_gap=1e-6, time_limit_s=20, threads=1)


def begun(coefficients, crew: Crew) -> Started:
    """Returns a search at its start."""
    found = start(compiled(coefficients), Groups(coefficients), SETTINGS, crew, time.monotonic())
    assert isinstance(found, Started)
    return found


@pytest.mark.parametrize(
    ("cells", "nodes", "columns", "expected"),
    [
        (1, 20, 5000, [0]),
        (1, 90, 5000, [0, 1, 1]),
        (1, 90, 300, [0]),
        (2, 90, 300, [0, 1, 1]),
        (2, 35, 300, [0, 1, 1]),
        (2, 20, 300, [1, 1]),
    ],
)
def test_passes_are_few_and_wide_by_the_size_of_fleet_and_program(
    cells: int, nodes: int, columns: int, expected: list[int]
) -> None:
    """One cell is nearly the whole program, which is raced itself where it is small; few columns lose much in small fleets."""
    split = SimpleNamespace(problem=SimpleNamespace(is_integer=np.ones(columns, dtype=bool)))
    search = SimpleNamespace(oracles=[None] * cells, is_large=nodes >= 40, is_small=nodes <= 30, split=split)
    assert widths(search, 2) == expected


def test_a_pass_beside_the_optimums_commitments_is_the_optimum() -> None:
    """The hand world's 2,400 usd: every cell answers as well as can be beside them."""
    with Crew(1) as crew:
        started = begun(tiny(), crew)
        best = solve_here(started.compiled.problem, Settings(relative_gap=1e-9, log=False))
        chosen = improve(started, np.rint(best.values), 1, 5.0)

    assert all(pattern is not None for pattern in chosen)
    assert started.search.incumbent == pytest.approx(2400.0)


@pytest.mark.parametrize("seed", range(4))
def test_passes_from_the_relaxations_commitments_end_at_plans(seed: int) -> None:
    """Each keeps every row, and none is worse than the one before."""
    with Crew(1) as crew:
        started = begun(random_world(seed), crew)
        contracts = commitments_for(started, started.relaxed)
        assert contracts is not None
        improve(started, contracts, 0, 5.0)
        first = started.search.incumbent
        descend(started, contracts)

    assert started.search.incumbent <= first
    assert started.search.values is not None
    assert started.search.split.problem.violation(started.search.values).largest <= 1e-6
