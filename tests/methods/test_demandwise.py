"""Demand by demand: bound and plan meet at the optimum; programs of another shape go to `outer`; Ctrl-C keeps what is there."""

import pytest

from planner.methods import MethodSettings, solve_program
from planner.plan.assemble import plan_tables
from planner.program.groups import Groups
from tests.worlds import random_world, tiny

EXACT = MethodSettings(relative_gap=1e-7, time_limit_s=60, threads=1)


def test_tiny_is_proved_to_its_hand_optimum() -> None:
    """2,400 usd, as worked in tests/program/test_build.py."""
    result = solve_program(Groups(tiny()), EXACT, "demandwise")

    assert result.objective_usd == pytest.approx(2400.0)
    assert result.bound_usd == pytest.approx(2400.0, rel=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_bound_and_plan_meet_at_the_textbook_optimum(seed: int) -> None:
    coefficients = random_world(seed)
    optimum = solve_program(Groups(coefficients), EXACT, "textbook").objective_usd
    found = solve_program(Groups(coefficients), EXACT, "demandwise")
    slack = 1e-6 * max(1.0, abs(optimum))
    decision = found.decision
    tables = plan_tables(coefficients, decision.deployments, decision.traffic, decision.rentals, decision.orders)

    assert found.bound_usd <= optimum + slack
    assert found.objective_usd == pytest.approx(optimum, rel=1e-5, abs=1e-3)
    assert tables.total_usd == pytest.approx(found.objective_usd, rel=1e-6, abs=0.01)


def test_a_cell_of_another_shape_is_outers() -> None:
    groups = Groups(tiny())
    groups.replicas_min["chat"] = 2
    result = solve_program(groups, EXACT, "demandwise")

    assert result.method == "outer"
    assert result.decision is not None


def test_ctrl_c_keeps_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("planner.methods.demandwise._both_masters", interrupted)
    result = solve_program(Groups(tiny()), EXACT, "demandwise")

    assert result.limit == "interrupted"
    assert 0 < result.bound_usd <= 2400.0 + 1e-6
