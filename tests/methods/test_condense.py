"""The condensed program: merged and written on replicas, points there and back, and demands still counted."""

import numpy as np
import pytest

from planner.methods.condense import condense
from planner.methods.oracle import make_oracle
from planner.methods.split import split_program
from planner.program.groups import Groups
from planner.solvers import Settings, solve_here
from tests.methods.test_merge import pooled_origins
from tests.program.optima import compiled
from tests.worlds import random_world

ASK = Settings(relative_gap=1e-9, log=False)


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_point_comes_back_as_a_plan_of_the_program_stated(seed):
    """At the same cost, whatever was merged first; and goes there again."""
    condensed = condense(compiled(pooled_origins(seed)))
    small, whole = condensed.compiled.problem, condensed.original.problem
    found = solve_here(small, ASK)
    full = condensed.restored(np.where(small.is_integer, np.rint(found.values), found.values))

    assert small.columns < whole.columns
    assert found.objective == pytest.approx(solve_here(whole, ASK).objective, rel=1e-7)
    assert whole.violation(full).largest <= 1e-6
    assert whole.objective(full) <= found.objective * (1 + 1e-7)
    assert small.violation(condensed.reduced(full)).largest <= 1e-6


@pytest.mark.parametrize("coefficients", [pooled_origins(1), pooled_origins(3), random_world(0)])
def test_each_cell_has_as_many_demands_as_the_program_stated(coefficients):
    """Those that are rows still, and those of pools that are none any more."""
    groups, stated = Groups(coefficients), compiled(coefficients)
    condensed = condense(stated)
    oracles = [make_oracle(cell) for cell in split_program(condensed.compiled, groups.slots).cells]
    before = [make_oracle(cell) for cell in split_program(stated, groups.slots).cells]

    assert sum(condensed.demands(oracles)) == sum(len(oracle.projected.demand_rows) for oracle in before)
