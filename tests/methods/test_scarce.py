"""Least use of what is scarce: which rows are, and a plan within a budget that the relaxation's commitments break."""

import dataclasses
import time
from itertools import pairwise

import numpy as np
import pytest

from planner.methods import METHODS, MethodSettings, partwise, recourse, solve_program
from planner.methods import scarce as module
from planner.methods.crew import Crew
from planner.methods.scarce import COST_SHARE, FAR, LIKELY_SHARE, least_scarce, of_least, scarce_rows
from planner.methods.split import rows_of
from planner.methods.started import Started, start
from planner.options.coefficients import Coefficients
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Settings, solve_here
from tests.policy_worlds import limited
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

METHOD_FILES = {"recourse": recourse, "partwise": partwise}
SETTINGS = MethodSettings(relative_gap=1e-4, time_limit_s=20, threads=1)


def two_terms(budget_usd: float) -> Coefficients:
    """Returns three quarters of one workload that a node serves half of: rented at 4 usd/h, or reserved for six quarters at 2.2.

    What runs beyond the horizon is paid for, and is not in the budget of the horizon.
    """
    hours = {(f"q{t}", "day"): 100.0 for t in (1, 2, 3)}
    periods = ["q1", "q2", "q3"]
    offers = [offer_row("od", "2xT", 2), offer_row("re", "2xT", 2, "reserved", 6)]
    one = world(
        [option_row("o1", "2xT", 2)], [rate_row("chat", "o1", 10.0)], offers,
        price_rows("od", periods, 4.0) + price_rows("re", periods, 2.2), {("chat", *key): 14.0 for key in hours}, hours,
        supply={("re", "q1"): 3},
    )  # fmt: skip
    return limited(one, "budget_usd", budget_usd)


def begun(coefficients: Coefficients, crew: Crew) -> Started:
    """Returns a search at its start that knows no pattern."""
    groups = Groups(coefficients)
    found = start(compile_program(build_program(groups)), groups, SETTINGS, crew, time.monotonic())
    assert isinstance(found, Started)
    found.search.patterns = [[] for _ in found.search.oracles]
    return found


def least_budget() -> float:
    """Returns the cash of the cheapest plan in cash, in usd, found with a budget that never binds and cash as the objective."""
    coefficients = two_terms(1e9)
    problem = compile_program(build_program(Groups(coefficients))).problem
    (row,) = [k for k, name in enumerate(problem.row_names) if name.startswith("budget")]
    cash = rows_of(problem)[[row]].toarray().ravel()
    return float(solve_here(dataclasses.replace(problem, cost=cash, offset=0.0), Settings(log=False)).objective)


def test_a_budget_that_binds_is_scarce_and_one_that_does_not_is_not():
    tight = least_budget() * 0.95
    with Crew(1) as crew:
        (row,) = scarce_rows(begun(two_terms(tight), crew)).tolist()
        started = begun(two_terms(tight), crew)
        assert started.search.split.problem.row_names[row].startswith("budget")
        assert not len(scarce_rows(begun(two_terms(1e9), crew)))


def test_the_objective_is_the_share_used_in_usd_of_the_relaxation():
    with Crew(1) as crew:
        search = begun(two_terms(least_budget() * 0.95), crew).search
        problem = search.split.problem
        (row,) = [k for k, name in enumerate(problem.row_names) if name.startswith("budget")]
        other = of_least(search, np.array([row]))
        point = np.arange(problem.columns, dtype=float)
        share = float(problem.activity(point)[row]) / problem.row_upper[row]

    assert other.row_upper[row] == pytest.approx(FAR * problem.row_upper[row])
    assert other.objective(point) == pytest.approx(search.guide.bound * share + COST_SHARE * float(problem.cost @ point))


def test_a_plan_within_the_least_budget_is_found():
    """No plan takes less cash than the budget; the first pass at least cash finds it."""
    with Crew(1) as crew:
        started = begun(two_terms(least_budget() * 1.001), crew)
        least_scarce(started)

    assert started.search.values is not None
    assert started.search.split.problem.violation(started.search.values).largest <= 1e-6


@pytest.mark.parametrize("likely", [LIKELY_SHARE, 1.1])
def test_where_no_plan_keeps_the_budget_that_is_proved(monkeypatch, likely):
    """The relaxation keeps 99 % of the least budget, whole nodes do not: asked before passes or after, 1 / 0.99 is the least."""
    monkeypatch.setattr(module, "LIKELY_SHARE", likely)
    with Crew(1) as crew:
        started = begun(two_terms(least_budget() * 0.99), crew)
        least_scarce(started)
        answer = started.answer("recourse", "none")

    assert answer.status == "infeasible"
    assert [name[:6] for name in answer.need.rows] == ["budget"]
    assert answer.need.share == pytest.approx(1 / 0.99, rel=1e-5)


@pytest.mark.parametrize("method", ["recourse", "partwise", "auto"])
def test_a_method_says_that_there_is_no_plan(method):
    answer = solve_program(Groups(two_terms(least_budget() * 0.99)), SETTINGS, method)

    assert answer.status == solve_program(Groups(two_terms(least_budget() * 0.99)), SETTINGS, "textbook").status == "infeasible"
    assert answer.limit == "none"


def test_a_proof_that_a_checked_plan_contradicts_is_not_taken(monkeypatch, caplog):
    monkeypatch.setattr(module, "LIKELY_SHARE", 0.0)
    monkeypatch.setattr(module, "least_need", lambda *_: 2.0)
    with Crew(1) as crew:
        started = begun(two_terms(least_budget() * 1.001), crew)
        least_scarce(started)
        answer = started.answer("recourse", "none")

    assert (answer.status, answer.need) == ("feasible", None)
    assert "contradicts" in caplog.text


@pytest.mark.parametrize("method", ["recourse", "partwise"])
def test_once_there_is_proved_to_be_no_plan_nothing_else_is_looked_for(method, monkeypatch):
    for name in ("drive_out", "whole_beside", "choose_commitments", "_hull_rounds"):
        if hasattr(METHOD_FILES[method], name):
            monkeypatch.setattr(METHOD_FILES[method], name, lambda *_, name=name, **__: pytest.fail(name))

    assert solve_program(Groups(two_terms(least_budget() * 0.99)), SETTINGS, method).status == "infeasible"


def test_where_nothing_is_proved_the_least_share_met_is_told(monkeypatch):
    monkeypatch.setattr(module, "least_need", lambda *_: 0.0)
    with Crew(1) as crew:
        started = begun(two_terms(least_budget() * 0.99), crew)
        least_scarce(started)
        answer = started.answer("recourse", "time")

    assert answer.status == "no_plan"
    ((row, share),) = answer.short
    assert row.startswith("budget")
    assert share == pytest.approx(1 / 0.99)


def test_a_pass_that_meets_no_fleet_is_run_again_with_twice_the_time(monkeypatch):
    asked_s = []
    monkeypatch.setattr(module, "CELL_SECONDS", 0.01)
    monkeypatch.setattr(module, "improve", lambda *given: asked_s.append(given[3]))
    with Crew(1) as crew:
        least_scarce(begun(two_terms(least_budget() * 1.001), crew))

    assert len(asked_s) > 2
    assert [later / first for first, later in pairwise(asked_s)] == pytest.approx([2.0] * (len(asked_s) - 1))


def test_after_a_pass_that_meets_a_fleet_the_time_stays(monkeypatch):
    asked_s = []

    def met(other, contracts, wide, seconds):
        asked_s.append(seconds)
        other.search.values, other.search.incumbent = contracts, 1000.0 / len(asked_s)

    monkeypatch.setattr(module, "CELL_SECONDS", 0.01)
    monkeypatch.setattr(module, "improve", met)
    with Crew(1) as crew:
        least_scarce(begun(two_terms(least_budget() * 1.001), crew))

    assert len(asked_s) > 1
    assert len(set(asked_s)) == 1


@pytest.mark.parametrize("method", [name for name in METHODS if name != "textbook"])
def test_decompositions_keep_the_least_budget(method):
    groups = Groups(two_terms(least_budget() * 1.001))

    baseline = solve_program(groups, SETTINGS, "textbook")

    assert solve_program(groups, SETTINGS, method).objective_usd == pytest.approx(baseline.objective_usd, rel=1e-4)
