"""The baseline: the whole program to one engine; rounding a nearly whole point never passes for an answer unchecked."""

import numpy as np
import pytest

from planner.methods import MethodSettings
from planner.methods.textbook import polished, textbook
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Settings, Worker, solve_here
from tests.worlds import tiny


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
