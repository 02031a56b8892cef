"""What every plan needs of what is scarce: never above what some plan needs, and a proof where the relaxation alone has none."""

import dataclasses
import time
from types import SimpleNamespace

import numpy as np
import pytest

from planner.methods import MethodSettings
from planner.methods import least_need as module
from planner.methods.crew import Crew
from planner.methods.fullest import OVER
from planner.methods.least_need import least_need
from planner.methods.scarce import of_least
from planner.methods.split import rows_of
from planner.methods.started import Started, restarted, start
from planner.options.coefficients import Coefficients
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Problem, solve_here
from tests.methods.pooled_worlds import ASK
from tests.policy_worlds import limited
from tests.worlds import random_world

SETTINGS = MethodSettings(relative_gap=1e-4, time_limit_s=20, threads=1)
SEEDS = [seed for seed in range(30) if seed not in {13, 22}]
"""Random worlds with something to pay (13 and 22 are asked nothing that costs)."""


def begun(coefficients: Coefficients, crew: Crew) -> Started:
    """Returns a search at its start."""
    groups = Groups(coefficients)
    found = start(compile_program(build_program(groups)), groups, SETTINGS, crew, time.monotonic())
    assert isinstance(found, Started)
    return found


def budget_rows(problem: Problem) -> np.ndarray:
    """Returns the rows of budgets."""
    return np.array([k for k, name in enumerate(problem.row_names) if name.startswith("budget")])


def least_cash(coefficients: Coefficients, is_whole: bool = True) -> float:
    """Returns the cash of the plan that takes least of it, in usd; of the relaxation where not whole."""
    problem = compile_program(build_program(Groups(limited(coefficients, "budget_usd", 1e9)))).problem
    cash = rows_of(problem)[budget_rows(problem)].toarray().ravel()
    asked = dataclasses.replace(problem, cost=cash, offset=0.0)
    return float(solve_here(asked if is_whole else asked.relaxed(), ASK).objective)


def needed(started: Started, limit_s: float = 20.0) -> float:
    """Returns what every plan needs of the budgets of a search's program."""
    search = started.search
    rows = budget_rows(search.split.problem)
    other = restarted(started, of_least(search, rows))
    assert isinstance(other, Started)
    other = dataclasses.replace(other, settings=dataclasses.replace(SETTINGS, time_limit_s=limit_s))
    return least_need(other, rows, search.split.problem.row_upper[rows], max(1.0, abs(search.guide.bound)))


@pytest.mark.parametrize("seed", SEEDS)
def test_no_plan_takes_less_and_the_relaxation_takes_no_more(seed: int) -> None:
    """At a budget that is just enough 1 is the most that may be said, and at least what the relaxation needs of it."""
    world = random_world(seed)
    least = least_cash(world)

    with Crew(1) as crew:
        share = needed(begun(limited(world, "budget_usd", least * 1.001), crew))

    assert share <= 1 / 1.001 + 1e-6
    assert share >= least_cash(world, is_whole=False) / (least * 1.001) - 1e-6


def test_whole_replicas_are_seen_where_the_relaxation_keeps_the_budget() -> None:
    """Of these worlds, at 1 % under the least cash, those that the relaxation says nothing of are proved to have no plan."""
    open_to_relaxation = proved = 0
    with Crew(1) as crew:
        for seed in SEEDS:
            world = random_world(seed)
            budget = 0.99 * least_cash(world)
            groups = Groups(limited(world, "budget_usd", budget))
            started = start(compile_program(build_program(groups)), groups, SETTINGS, crew, time.monotonic())
            if isinstance(started, Started):
                open_to_relaxation += 1
                proved += needed(started) > 1 + OVER

    assert open_to_relaxation >= 10
    assert proved == open_to_relaxation


@pytest.mark.parametrize("seed", [0, 3, 5, 8, 11])
def test_of_two_budgets_the_fuller_one_counts(seed: int) -> None:
    """A second budget that is ample changes nothing."""
    world = random_world(seed)
    least = least_cash(world)

    with Crew(1) as crew:
        alone = needed(begun(limited(world, "budget_usd", 1.01 * least), crew))
        both = needed(begun(limited(limited(world, "budget_usd", 1.01 * least), "budget_usd", 5 * least, name="ample"), crew))

    assert both == pytest.approx(alone, rel=1e-5)


def test_without_time_nothing_false_is_proved() -> None:
    world = random_world(3)
    with Crew(1) as crew:
        share = needed(begun(limited(world, "budget_usd", 1.01 * least_cash(world)), crew), limit_s=0.0)

    assert share <= 1 / 1.01 + 1e-6


def test_prices_under_the_duals_leave_out_what_the_parts_are_charged_already() -> None:
    """A unit of the scarce row costs 3 usd in the parts; the duals say 3 for it and 2 for another."""
    links = [SimpleNamespace(row=row, sign=1, is_equality=False) for row in (0, 1)]
    search = SimpleNamespace(oracles=[SimpleNamespace(cell=SimpleNamespace(links=links))])

    (prices,) = module._prices(search, SimpleNamespace(row_duals=np.array([-3.0, -2.0])), np.array([0]), np.array([3.0]))

    assert prices.tolist() == [0.0, 2.0]


@pytest.mark.parametrize(("shares", "rounds"), [([0.6, 0.61, 0.9], 2), ([0.95, 0.97, 0.971, 0.99], 3), ([1.01], 1)])
def test_rounds_go_on_while_they_may_prove_enough(shares: list[float], rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that gains 0.01 leaves 0.61 out of reach, one that gains 0.02 does not leave 0.97 so."""
    with Crew(1) as crew:
        world = random_world(3)
        started = begun(limited(world, "budget_usd", 2.0 * least_cash(world)), crew)
        usd, told = max(1.0, abs(started.search.guide.bound)), iter(shares)

        def relaxed(_: Started, problem: Problem, is_lean: bool) -> SimpleNamespace:
            assert is_lean
            return SimpleNamespace(bound=next(told) * usd, row_duals=np.zeros(problem.rows))

        monkeypatch.setattr(module, "relaxed", relaxed)
        monkeypatch.setattr(module, "_whole_share", lambda *_: 0.0)
        assert needed(started) == shares[rounds - 1]

    assert len(list(told)) == len(shares) - rounds
