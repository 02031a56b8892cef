"""Robust demand: by hand, against every corner of the deviations spelled out, and against an audit by sorting."""

import itertools
import math

import numpy as np
import pyomo.environ as pyo
import pytest

from planner.methods import MethodSettings, solve_program
from planner.options.coefficients import Coefficients
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.program.rules import RULES
from planner.solvers import Settings, Status, solve_many
from tests.uncertain_worlds import trio, with_surges
from tests.worlds import offer_row, option_row, price_rows, random_world, rate_row, rich_world, world

EXACT = MethodSettings(relative_gap=1e-9, threads=1)


@pytest.mark.parametrize(
    ("budget", "share", "replicas"),
    [(0.0, 0.0, 3), (1, 1.0, 4), (2, 1.0, 5), (3, 1.0, 6), (9, 1.0, 6), (1.5, 1.0, 5), (1, 0.5, 4)],
)
def test_the_pool_keeps_a_replica_for_each_workload_that_may_double(budget, share, replicas):
    """12 requests/s need 3 replicas of 4; two workloads that double ask for 20: 5 replicas; one and a half for 18: 4.5."""
    extra = min(budget, 3) * 4 * share
    found = solve_program(Groups(with_surges(trio(), budget, share) if budget else trio()), EXACT)

    assert math.ceil((12 + extra) / 4) == replicas
    assert found.objective_usd == pytest.approx(replicas * 500.0)


def test_the_largest_workloads_surge_first():
    """Rates 8, 2 and 2, one may double: 20 requests/s, 5 replicas."""
    assert solve_program(Groups(with_surges(trio((8.0, 2.0, 2.0)), 1, 1.0)), EXACT).objective_usd == pytest.approx(2500.0)


def corners(members: int, budget: float) -> list[np.ndarray]:
    """Returns the corners of 0 <= z <= 1, sum z <= budget that no other is beyond: whole ones and at most one part."""
    whole = min(members, math.floor(budget))
    rest = min(1.0, budget - whole) if members > whole else 0.0
    found = []
    for full in itertools.combinations(range(members), whole):
        base = np.zeros(members)
        base[list(full)] = 1.0
        found += [base + rest * np.eye(members)[i] for i in range(members) if i not in full] or [base]
    return found


def spelled_out(one: Coefficients, budget: float, share: float) -> pyo.ConcreteModel:
    """Returns the program with a capacity row for every corner of the deviations of every pool, without duality."""
    g = Groups(one)
    model = build_program(g)
    model.corner = pyo.ConstraintList()
    for deployment, routes in g.routes_of_deployment.items():
        for z in corners(len(routes), budget):
            busy = sum((1 + share * s) * model.serve[r] / g.requests_per_s[r[0], r[1]] for r, s in zip(routes, z, strict=True))
            model.corner.add(busy <= g.utilisation_max * model.deploy[deployment])
    return model


def pooled(seed: int) -> Coefficients:
    """Returns a random world of three workloads in one pool, or two in one and one alone, on two options."""
    rng = np.random.default_rng(seed)
    names = ["chat", "code", "mail"]
    options = [option_row("one", "2xT", 1), option_row("two", "2xT", 2)]
    rates = [
        rate_row(w, str(o["option"]), round(float(rng.uniform(2, 5)) * int(str(o["gpus"])), 2)) for w in names for o in options
    ]
    demand = {(w, "q1", b): round(float(rng.uniform(0, 12)), 2) for w in names for b in ("day", "night")}
    return world(
        options, rates, [offer_row("od", "2xT", 2), offer_row("re", "2xT", 2, "reserved", 1)],
        price_rows("od", ["q1"], 4.0) + price_rows("re", ["q1"], 2.5), demand, {("q1", "day"): 60.0, ("q1", "night"): 40.0},
        pool_of=dict.fromkeys(names if seed % 2 else names[:2], "all"),
    )  # fmt: skip


@pytest.mark.slow
def test_duality_is_every_corner_spelled_out_on_both_engines():
    rng = np.random.default_rng(5)
    worlds = [*(pooled(seed) for seed in range(14)), *(random_world(s) for s in range(4)), *(rich_world(s) for s in range(4))]
    chosen = [(float(rng.choice([0.5, 1.0, 1.6, 2.0, 4.0])), float(rng.choice([0.1, 0.4, 1.0]))) for _ in worlds]
    problems = [compile_program(build_program(Groups(with_surges(w, *c)))).problem for w, c in zip(worlds, chosen, strict=True)]
    spelled = [compile_program(spelled_out(w, *c)).problem for w, c in zip(worlds, chosen, strict=True)]
    plain = [compile_program(build_program(Groups(w))).problem for w in worlds]

    def optima(given, solver="highs"):
        answers = solve_many(given, Settings(solver=solver, relative_gap=1e-9, absolute_gap=1e-9, threads=1, log=False))
        assert all(answer.status in (Status.OPTIMAL, Status.INFEASIBLE) for answer in answers)
        return [math.inf if answer.objective is None else answer.objective for answer in answers]

    usd = optima(problems)
    assert usd == pytest.approx(optima(spelled), rel=1e-7)
    assert usd == pytest.approx(optima(problems, "scip"), rel=1e-7)
    assert all(a >= b - 1e-6 for a, b in zip(usd, optima(plain), strict=True))
    assert sum(a > b * 1.001 for a, b in zip(usd, optima(plain), strict=True)) >= 10


def test_without_deviations_nothing_is_added():
    rule = next(rule for rule in RULES if rule.name == "robust_capacity")
    problem = compile_program(build_program(Groups(trio()), rules=[rule])).problem

    assert problem.rows == 0
    assert not [name for name in problem.column_names if name.startswith(("guard", "surge"))]
