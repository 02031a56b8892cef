"""Searches of small random worlds at their start, and poor plans to go on from."""

import dataclasses
import time

import numpy as np

from planner.methods import MethodSettings
from planner.methods.crew import Crew
from planner.methods.started import Started, start
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import solve_here
from tests.methods.pooled_worlds import ASK
from tests.worlds import random_world

EXACT = MethodSettings(relative_gap=1e-7, time_limit_s=20, threads=2)


def begun(seed: int, crew: Crew) -> Started:
    """Returns a random world's search at its start."""
    return begun_of(Groups(random_world(seed)), crew)


def begun_of(groups: Groups, crew: Crew) -> Started:
    """Returns a world's search at its start."""
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
