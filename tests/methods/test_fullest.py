"""How full the fullest row is, and which limits not even fractions of nodes keep."""

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from planner.errors import SolverError
from planner.methods import MethodSettings
from planner.methods.fullest import fullest, in_the_way, limited_need
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Problem, Settings, Solution, Worker, solve_here
from tests.methods.pooled_worlds import ASK
from tests.methods.test_least_need import budget_rows, least_cash
from tests.policy_worlds import limited
from tests.worlds import random_world

SETTINGS = MethodSettings(threads=1)


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

    need = limited_need(problem, solved)

    assert need.rows == ("budget[small]",)
    assert need.share == pytest.approx(1.25, rel=1e-5)
    assert limited_need(kept, solved) is None


def test_what_has_no_point_for_another_reason_is_not_blamed_on_a_budget() -> None:
    problem = compile_program(build_program(Groups(limited(random_world(3), "budget_usd", 1.0)))).problem
    none = dataclasses.replace(problem, column_upper=np.zeros(problem.columns))

    assert limited_need(none, solved) is None


@pytest.mark.parametrize("share", [0.5, 0.99])
def test_the_budget_that_is_in_the_way_is_named_whole_nodes_included(share: float) -> None:
    world = random_world(3)
    short = limited(world, "budget_usd", share * least_cash(world), name="short")

    need = in_the_way(Groups(short), SETTINGS)

    assert need.rows == ("budget[short]",)
    assert 1 < need.share <= 1 / share + 1e-6
    assert need.share >= least_cash(world, is_whole=False) / (share * least_cash(world)) - 1e-6
    assert in_the_way(Groups(limited(world, "budget_usd", 1.01 * least_cash(world))), SETTINGS) is None


def test_without_time_no_limit_is_named() -> None:
    assert in_the_way(Groups(limited(random_world(3), "budget_usd", 1.0)), SETTINGS, 0.5) is None


def test_sides_that_are_worlds_apart_are_no_reason_to_fail() -> None:
    world = limited(random_world(3), "budget_usd", 0.5 * least_cash(random_world(3)), name="short")
    far = limited(world, "budget_usd", 1e15, name="far")

    assert in_the_way(Groups(far), SETTINGS).rows == ("budget[short]",)


def test_a_question_that_no_engine_takes_is_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise SolverError("the problem cannot be given to a solver")

    monkeypatch.setattr(Worker, "solve", refused)

    assert in_the_way(Groups(limited(random_world(3), "budget_usd", 1.0)), SETTINGS) is None


def cash_or_power(cash_usd: float, power_kw: float) -> Problem:
    """Returns one node of either kind: the first takes 100 usd and 1 kW, the second 10 usd and 10 kW."""
    return Problem(
        column_starts=np.array([0, 3, 6]), row_indices=np.array([0, 1, 2] * 2), values=np.array([1.0, 100, 1, 1, 10, 10]),
        cost=np.array([100.0, 10.0]), row_lower=np.array([1.0, -np.inf, -np.inf]),
        row_upper=np.array([np.inf, cash_usd, power_kw]), column_lower=np.zeros(2), column_upper=np.full(2, 5.0),
        is_integer=np.ones(2, dtype=bool),
        row_names=("demand[x]", "budget[cash]", "power[hall]"), column_names=("a", "b"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cash_usd", "power_kw", "rows", "share"),
    [
        (95.0, 9.4, ("budget[cash]",), 100 / 95),  # beside 9.4 kW only the first node may be taken
        (95.0, 0.5, ("power[hall]",), 10 / 0.5),  # beside 95 usd only the second
        (5.0, 0.5, ("budget[cash]", "power[hall]"), 20.0),  # more of one alone helps neither
    ],
)
def test_of_whole_nodes_a_limit_is_named_for_what_is_proved_beside_the_others(cash_usd, power_kw, rows, share) -> None:
    """The second node needs a tenth of the cash: that every plan needs more than there is holds beside the power alone."""
    need = limited_need(cash_or_power(cash_usd, power_kw), lambda one: solve_here(one, ASK))

    assert need.rows == rows
    assert need.share == pytest.approx(share, rel=1e-5)


def test_all_questions_together_keep_one_limit_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    clock = [0.0]

    class Slow(Worker):
        def solve(self, problem: Problem, settings: Settings, *more: Any) -> Solution:
            asked.append(settings.time_limit_s)
            clock[0] += 2.0
            return super().solve(problem, settings, *more)

    monkeypatch.setattr("planner.methods.fullest.Worker", Slow)
    monkeypatch.setattr("planner.methods.fullest.time", SimpleNamespace(monotonic=lambda: clock[0]))
    in_the_way(Groups(limited(random_world(0), "budget_usd", 1e6)), SETTINGS, 3.0)

    assert asked == [3.0, 1.0]
