"""The outer approximation: its bound never exceeds the optimum, its plans are plans, its cuts never cut one off."""

from dataclasses import replace

import pandas as pd
import pytest

from planner.methods import MethodSettings, solve_program
from planner.methods.crew import Crew
from planner.methods.outer import outer_from
from planner.methods.started import Started
from planner.plan.assemble import plan_tables
from planner.program.groups import Groups
from tests.methods.poor_starts import begun
from tests.policy_worlds import limited
from tests.resilience_worlds import motley
from tests.worlds import random_world, tiny

EXACT = MethodSettings(relative_gap=1e-7, time_limit_s=60, threads=1)


def solved(seed: int, method: str) -> tuple[float, float]:
    """Returns (objective, bound) of a random world."""
    result = solve_program(Groups(random_world(seed)), EXACT, method)
    assert result.objective_usd is not None
    assert result.bound_usd is not None
    return result.objective_usd, result.bound_usd


def test_tiny_is_proved_to_its_hand_optimum() -> None:
    """2,400 usd, as worked in tests/program/test_build.py."""
    result = solve_program(Groups(tiny()), EXACT, "outer")

    assert result.objective_usd == pytest.approx(2400.0)
    assert result.bound_usd == pytest.approx(2400.0, rel=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_bound_and_plan_meet_at_the_textbook_optimum(seed: int) -> None:
    """The bound stays under the optimum of the whole program, the plan over it, and both meet it."""
    optimum, _ = solved(seed, "textbook")
    objective, bound = solved(seed, "outer")
    slack = 1e-6 * max(1.0, abs(optimum))

    assert bound <= optimum + slack
    assert objective >= optimum - slack
    assert objective - bound <= 1e-5 * max(1.0, abs(optimum)) + slack


@pytest.mark.parametrize("seed", [1, 4])
def test_the_bound_of_whole_lots_in_tiers_is_no_more_than_the_optimum(seed: int) -> None:
    """Without its presolve HiGHS 1.15.1 called 11.3 usd the optimum of the outer master here; it is 8.224 usd."""
    offers = ["s-here", "b-here", "s-there", "b-there"]
    tiers = [(f, n, s) for f, most in zip(offers, (0.2, 0.8, 0.5, 0.5), strict=True) for n, s in ((2, 0.2), (4, most))]
    world = limited(motley(148), "budget_usd", 6000.0).with_tables(
        orders_min=pd.DataFrame({"offer": offers, "nodes_min": [2, 1, 2, 1]}),
        price_tiers=pd.DataFrame(tiers, columns=["offer", "nodes_from", "discount_share"]),
    )
    found = solve_program(Groups(world), replace(EXACT, seed=seed), "outer")

    assert found.objective_usd == pytest.approx(8.224)
    assert found.bound_usd == pytest.approx(8.224)


@pytest.mark.parametrize("seed", [1, 5, 8])
def test_a_decision_costs_what_the_method_says(seed: int) -> None:
    """The ledger of the decision, made from prices alone, is the method's objective."""
    coefficients = random_world(seed)
    result = solve_program(Groups(coefficients), EXACT, "outer")
    assert result.decision is not None
    found = result.decision
    tables = plan_tables(coefficients, found.deployments, found.traffic, found.rentals, found.orders)

    assert tables.total_usd == pytest.approx(result.objective_usd, rel=1e-6, abs=0.01)


def test_a_bound_that_the_whole_program_proved_has_no_certificate_of_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where cells have nothing more to say the bound is one engine's word, and is called so."""
    proved = solve_program(Groups(tiny()), EXACT, "outer")
    monkeypatch.setattr("planner.methods.outer._search", lambda run: "other")
    asserted = solve_program(Groups(tiny()), EXACT, "outer")

    assert proved.certificate is not None
    assert asserted.objective_usd == pytest.approx(2400.0)
    assert asserted.certificate is None


def test_a_bound_of_ways_has_no_certificate_of_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cuts of cells do not prove what ways of their parts do: under a bound of theirs a certificate would claim too much."""

    def ways(started: Started) -> str:
        started.search.prove(started.search.bound + 1.0)
        return "time"

    monkeypatch.setattr("planner.methods.outer._search", lambda run: "other")
    with Crew(1) as crew:
        quiet = outer_from(begun(1, crew), take_over=lambda started: "time")
        told = outer_from(begun(1, crew), take_over=ways)

    assert quiet.certificate is not None
    assert told.bound_usd == pytest.approx(quiet.bound_usd + 1.0)
    assert told.certificate is None
