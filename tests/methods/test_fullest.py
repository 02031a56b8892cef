"""How full the fullest row is, and which limits not even fractions of nodes keep."""

import dataclasses

import numpy as np
import pytest

from planner.methods import MethodSettings, solve_program
from planner.methods.fullest import fullest, relaxed_need
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Problem, Solution, solve_here
from tests.methods.pooled_worlds import ASK
from tests.methods.test_least_need import budget_rows, least_cash
from tests.policy_worlds import limited
from tests.worlds import random_world


def solved(problem: Problem) -> Solution:
    """Returns the answer of the relaxation."""
    return solve_here(problem.relaxed(), ASK)


@pytest.mark.parametrize("seed", [0, 3, 5])
def test_the_fullest_program_says_how_full_the_fullest_row_is(seed: int) -> None:
    world = limited(limited(random_world(seed), "budget_usd", 700.0), "budget_usd", 900.0, name="more")
    problem = compile_program(build_program(Groups(world))).problem
    rows = budget_rows(problem)
    sides, usd = problem.row_upper[rows], 50.0

    found = solve_here(fullest(problem, rows, sides, usd).relaxed(), ASK)

    used = problem.activity(found.values[:-1])[rows] / sides
    assert found.objective == pytest.approx(usd * used.max(), rel=1e-6)
    assert found.values[-1] == pytest.approx(found.objective)
    assert used.max() == pytest.approx(used[0])  # the same cash in both, the first has less of it


@pytest.mark.parametrize("seed", [0, 3, 5, 8])
def test_a_budget_that_the_relaxation_breaks_is_named_with_what_it_needs(seed: int) -> None:
    """An ample second budget is not named; a budget that is kept is not either."""
    world = random_world(seed)
    least = least_cash(world, is_whole=False)
    small = limited(limited(world, "budget_usd", least / 1.25, name="small"), "budget_usd", 5 * least, name="ample")
    problem = compile_program(build_program(Groups(small))).problem
    kept = compile_program(build_program(Groups(limited(world, "budget_usd", 1.01 * least)))).problem

    need = relaxed_need(problem, solved)

    assert need.rows == ("budget[small]",)
    assert need.share == pytest.approx(1.25, rel=1e-5)
    assert relaxed_need(kept, solved) is None


def test_what_has_no_point_for_another_reason_is_not_blamed_on_a_budget() -> None:
    problem = compile_program(build_program(Groups(limited(random_world(3), "budget_usd", 1.0)))).problem
    none = dataclasses.replace(problem, column_upper=np.zeros(problem.columns))

    assert relaxed_need(none, solved) is None


@pytest.mark.parametrize("method", ["auto", "outer", "partwise", "recourse"])
def test_methods_say_which_budget_the_relaxation_breaks(method: str) -> None:
    world = random_world(3)
    groups = Groups(limited(world, "budget_usd", 0.5 * least_cash(world, is_whole=False), name="half"))

    found = solve_program(groups, MethodSettings(time_limit_s=20, threads=1), method)

    assert found.status == "infeasible"
    assert found.need.rows == ("budget[half]",)
    assert found.need.share >= 2 - 1e-6
