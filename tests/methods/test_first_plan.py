"""A first plan: slack is driven out where cells ask for more than there is, and a plan comes of it where one exists."""

import time

import numpy as np
import pytest

from planner.methods import MethodSettings
from planner.methods.crew import Crew
from planner.methods.first_plan import drive_out, nearest
from planner.methods.fix_and_optimise import bundled
from planner.methods.started import Started, start
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from tests.worlds import random_world

SETTINGS = MethodSettings(relative_gap=1e-4, time_limit_s=20, threads=2)


def begun(groups: Groups, crew: Crew) -> Started:
    found = start(compile_program(build_program(groups)), groups, SETTINGS, crew, time.monotonic())
    assert isinstance(found, Started)
    found.search.patterns = [[] for _ in found.search.oracles]
    return found


@pytest.mark.parametrize("seed", range(4))
def test_from_nothing_at_all_a_plan_is_found(seed: int) -> None:
    """Cells at the relaxation's replicas rounded up, no contract, no rent: all nodes are short at first."""
    with Crew(2) as crew:
        started = begun(Groups(random_world(seed)), crew)
        split = started.search.split
        point = started.relaxed.copy()
        point[split.master_columns] = 0.0
        found = drive_out(started, *bundled(started), point)

    assert found is not None
    assert split.problem.violation(found).largest <= 1e-6
    assert started.search.incumbent == pytest.approx(split.problem.objective(found))


def test_without_a_choice_for_every_cell_the_given_point_stays() -> None:
    with Crew(1) as crew:
        started = begun(Groups(random_world(0)), crew)
    point = started.relaxed

    assert nearest(started.search, point, np.zeros_like(point), [None] * len(started.search.oracles)) is point
