"""What every decomposition must do on the hand world and on random ones: bound and plan meet at the optimum known otherwise."""

import pytest

from planner.methods import MethodSettings, solve_program
from planner.plan.assemble import plan_tables
from planner.program.groups import Groups
from tests.worlds import random_world, tiny

EXACT = MethodSettings(relative_gap=1e-7, time_limit_s=60, threads=1)


def meets_the_hand_optimum(method: str) -> None:
    """Asserts 2,400 usd, as worked in tests/program/test_build.py."""
    result = solve_program(Groups(tiny()), EXACT, method)

    assert result.objective_usd == pytest.approx(2400.0)
    assert result.bound_usd == pytest.approx(2400.0, rel=1e-6)
    assert result.method == method


def meets_textbook(method: str, seed: int) -> None:
    """Asserts that bound and plan lie on the two sides of the whole program's optimum, and that the ledger is the objective."""
    coefficients = random_world(seed)
    optimum = solve_program(Groups(coefficients), EXACT, "textbook").objective_usd
    found = solve_program(Groups(coefficients), EXACT, method)
    slack = 1e-6 * max(1.0, abs(optimum))
    decision = found.decision
    tables = plan_tables(coefficients, decision.deployments, decision.traffic, decision.rentals, decision.orders)

    assert found.bound_usd <= optimum + slack
    assert found.objective_usd == pytest.approx(optimum, rel=1e-5, abs=1e-3)
    assert tables.total_usd == pytest.approx(found.objective_usd, rel=1e-6, abs=0.01)


def keeps_the_bound(monkeypatch: pytest.MonkeyPatch, method: str, step: str) -> None:
    """Asserts that Ctrl-C in a step of a method keeps what is proved by then; the hand world's optimum is 2,400 usd."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(step, interrupted)
    result = solve_program(Groups(tiny()), EXACT, method)

    assert result.limit == "interrupted"
    assert 0 < result.bound_usd <= 2400.0 + 1e-6
