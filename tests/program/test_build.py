"""The hand calculation: the tiny world's optimum derived in the open, then found by two engines in one test run."""

import itertools
import math

import pytest

from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.costs import COSTS
from planner.program.groups import Groups
from planner.program.rules import RULES
from planner.solvers import Settings, Status, solve
from tests.worlds import tiny

HOURS = 100.0
"""Hours of every block."""
DEMAND = {("q1", "day"): 10.0, ("q1", "night"): 4.0, ("q2", "day"): 20.0, ("q2", "night"): 8.0}
"""Requests per second."""


def nodes_needed(requests_per_s: float) -> int:
    """One replica carries 0.8 x 5 = 4 requests/s on one accelerator; a node has two."""
    replicas = math.ceil(requests_per_s / (0.8 * 5.0))
    return math.ceil(replicas / 2)


def cost_usd(reserved_q1: int, reserved_q2: int) -> float:
    """Cost of the tiny world with so many nodes reserved in q1 and in q2, the rest on demand.

    Reserved in q1: 3 usd/h x 400 h = 1200 usd, over when the horizon ends. Reserved in q2: 1200 usd too, of which 200 h lie
    after the horizon and are credited at half of min(3, 4) usd/h: 900 usd net. On demand: 4 usd/h x 100 h = 400 usd a block.
    """
    usd = reserved_q1 * 3.0 * 4 * HOURS
    usd += reserved_q2 * (3.0 * 4 * HOURS - 0.5 * 2 * HOURS * min(3.0, 4.0))
    for (period, _), requests_per_s in DEMAND.items():
        held = reserved_q1 + (reserved_q2 if period == "q2" else 0)
        usd += max(0, nodes_needed(requests_per_s) - held) * 4.0 * HOURS
    return usd


def test_hand_calculation_gives_2400_usd():
    """Nodes needed are 2, 1, 3, 1, so renting all costs 7 x 400 = 2800 usd.

    The first node reserved in q1 replaces a rented node in all four blocks (-1600 + 1200 = -400); a second one only in the
    two days (-800 + 1200 = +400); one in q2 beside the first only in q2's day (-400 + 900 = +500). So 2400 usd.
    """
    assert [nodes_needed(d) for d in DEMAND.values()] == [2, 1, 3, 1]
    assert cost_usd(0, 0) == 2800.0
    assert cost_usd(1, 0) == 2400.0
    assert cost_usd(2, 0) == 2800.0
    assert cost_usd(1, 1) == 2900.0
    assert min(cost_usd(*orders) for orders in itertools.product(range(5), repeat=2)) == 2400.0


@pytest.mark.parametrize("solver", ["highs", "scip"])
def test_engines_find_the_hand_calculation(solver):
    compiled = compile_program(build_program(Groups(tiny())))
    found = solve(compiled.problem, Settings(solver=solver, relative_gap=1e-9, threads=1))
    values = {f"{name}[{','.join(index)}]": value for (name, index), value in zip(compiled.columns, found.values, strict=True)}

    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx(2400.0, rel=1e-9)
    assert found.bound == pytest.approx(2400.0, rel=1e-6)
    assert values["commit[re,q1]"] == pytest.approx(1.0, abs=1e-6)
    assert values["commit[re,q2]"] == pytest.approx(0.0, abs=1e-6)
    assert [round(values[f"rent[od,{t},{b}]"]) for t, b in DEMAND] == [1, 0, 2, 0]
    assert [round(values[f"deploy[chat,o1,here,{t},{b}]"]) >= d / 4 - 1e-9 for (t, b), d in DEMAND.items()] == [True] * 4


@pytest.mark.parametrize(("share", "usd"), [(0.0, 2400.0), (0.5, 2400.0), (1.0, 2400.0)])
def test_credit_share_changes_what_a_late_reservation_costs(share, usd):
    """Even at share 1 a node reserved in q2 costs 600 usd net: alone it saves 800 (2600 in all), beside q1's one 400."""
    compiled = compile_program(build_program(Groups(tiny(terminal_use_share=share))))
    cost = dict(zip(compiled.columns, compiled.problem.cost, strict=True))

    assert cost["commit", ("re", "q1")] == pytest.approx(1200.0)
    assert cost["commit", ("re", "q2")] == pytest.approx(1200.0 - share * 600.0)
    assert solve(compiled.problem, Settings(relative_gap=1e-9, threads=1)).objective == pytest.approx(usd)


def test_objective_is_the_sum_of_the_cost_terms():
    model = build_program(Groups(tiny()))

    assert list(model.cost) == [cost.name for cost in COSTS]
    assert len(set(model.cost)) == len(COSTS) >= 4


def test_only_the_rules_asked_for_are_stated():
    demand = next(rule for rule in RULES if rule.name == "demand")
    model = build_program(Groups(tiny()), rules=[demand])

    assert model.find_component("demand") is not None
    assert model.find_component("capacity") is None
