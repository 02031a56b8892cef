"""Spare replicas: by hand, and exactly those fleets pass that bear every loss spelled out."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from scipy.optimize import linprog

from planner.methods import MethodSettings, solve_program
from planner.program import spare_groups
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.program.rules import RULES
from planner.solvers import Settings, Status, solve_many
from tests.policy_worlds import limited
from tests.program.optima import optima, optimum
from tests.resilience_worlds import machines, motley, shared, spared
from tests.service_worlds import bought, in_two_steps, put_off, turned_away
from tests.worlds import rich_world, showcase, tiny

KIND = "spare_replicas"


def test_problems_without_spares_have_no_column_of_them():
    for world in (tiny(), showcase(), limited(tiny(), KIND, 0.0), limited(tiny(), KIND, 1.0, scope="nobody")):
        spares = Groups(world).spares
        assert (spares.levels, spares.cases, spares.kept, spares.carried) == ({}, {}, {}, [])


@pytest.mark.parametrize(
    ("demand", "small_usd", "spares", "usd"),
    [
        (40.0, 3.0, 0, 10.0), (40.0, 3.0, 1, 15.0), (40.0, 3.0, 2, 18.0), (80.0, 3.0, 1, 27.0), (80.0, 4.0, 1, 30.0),
        (45.0, 3.0, 1, 18.0), (45.0, 9.0, 1, 29.0),
    ],
)  # fmt: skip
def test_the_cheapest_fleet_that_bears_the_loss(demand, small_usd, spares, usd):
    """40 requests/s: a big machine (10) and none to lose; with one to lose two big ones (20) or five small (15).

    80 with small ones at 4: three big (30), nine small (36), two big and four small (36). 45 with small ones at 9: two big and a
    small one (29): without a big one 50 are left.
    """
    assert optimum(limited(machines(demand, small_usd), KIND, float(spares))) == pytest.approx(usd)


@pytest.mark.parametrize("spares", [1, 2, 3])
def test_cases_are_counted_without_being_made(spares):
    groups = Groups(limited(shared(), KIND, float(spares)))
    teams = [team for found in groups.teams.of_slot.values() for team in found]

    assert spare_groups._carried_count(teams, spares) == len(groups.spares.carried) > 0
    assert groups.spares.crowded == []


def test_more_cases_than_anybody_can_solve_are_told_with_the_most_that_do(monkeypatch):
    """Two classes of two streams each: k + 1 cases of four variables."""
    assert [row[0] for row in Groups(limited(shared(), KIND, 1e6)).spares.crowded] == [f"{KIND}--"]
    monkeypatch.setattr(spare_groups, "CARRIED_MAX", 16)

    assert Groups(limited(shared(), KIND, 3.0)).spares.crowded == []
    assert Groups(limited(shared(), KIND, 4.0)).spares.crowded == [(f"{KIND}--", 20, 3)]
    assert Groups(limited(machines(40.0), KIND, 1e6)).spares.crowded == [], "one stream has no cases"


def test_spares_of_another_pool_or_period_are_none():
    assert optimum(limited(machines(40.0), KIND, 1.0, scope="chat", period="q1")) == pytest.approx(15.0)
    assert optimum(limited(machines(40.0), KIND, 1.0, scope="mail")) == pytest.approx(10.0)


def test_a_pool_of_two_speeds_bears_the_loss_of_either():
    """One A and one B carry all (4 usd); whichever is lost, the rest needs an A and a B, or three of a kind: two of each (8).

    Five of a kind leave four: four A carry 10 of chat in one and 10 of code in two. Four A leave three, just enough: 8 too.
    """
    assert optimum(shared()) == pytest.approx(4.0)
    assert optimum(limited(shared(), KIND, 1.0)) == pytest.approx(8.0)


@pytest.mark.parametrize("world", [bought, turned_away])
def test_what_leaves_needs_no_spare(world):
    """10 requests/s by day at 72 usd each, or on nodes of two (400 usd, 8 requests/s): 720 bought; 4 by night: 288.

    Without spares the first node of each block is worth its 400 usd: by day 8 on it, 2 bought (544); by night 288 are bought.
    With a spare a node carries 4: 4 on it and 6 bought cost 832, so all is bought: 1008.
    """
    assert optimum(world()) == pytest.approx(832.0)
    assert optimum(limited(world(), KIND, 1.0)) == pytest.approx(1008.0)


def test_each_step_of_a_cascade_has_its_spare():
    """8 requests/s on 2 small replicas and 2 on 2 big ones: two nodes (800 usd); a spare each: three nodes."""
    free, spare = optimum(in_two_steps()), optimum(limited(in_two_steps(), KIND, 1.0))

    assert (free, spare) == (pytest.approx(800.0), pytest.approx(1200.0))


def test_requests_that_wait_are_spared_where_they_are_served():
    assert optimum(limited(put_off(), KIND, 1.0)) >= optimum(put_off())


def survives(world, counts: dict[tuple[str, ...], int], spares: int) -> bool:
    """Says by every single loss whether replicas by deployment carry all demand, each by a linear program of its own."""
    g = Groups(world)
    running = [d for d, count in counts.items() for _ in range(count)]
    for lost in set(itertools.combinations(running, min(spares, len(running)))):
        left = {d: count - lost.count(d) for d, count in counts.items()}
        rows = [[float(r in routes) for r in g.routes] for routes in g.routes_of_demand.values()]
        busy = [[1.0 / g.requests_per_s[r[0], r[1]] if r in g.routes_of_deployment[d] else 0.0 for r in g.routes] for d in left]
        most = [g.utilisation_max * count + 1e-9 for count in left.values()]
        asked = [g.demand[key] for key in g.routes_of_demand]
        if linprog(np.zeros(len(g.routes)), A_ub=busy, b_ub=most, A_eq=rows, b_eq=asked).status != 0:
            return False
    return True


def one_slot(seed: int):
    """Returns a random world of two workloads in one slot, in a pool or each for itself."""
    made = motley(seed)
    return made.with_tables(
        demand=made.demand[made.demand["block"] == "day"], blocks=made.blocks[made.blocks["block"] == "day"],
        periods=made.periods.assign(hours=1.0),
    )  # fmt: skip


def fleets_judged(world, spares: int, fleets: list[dict[tuple[str, ...], int]]) -> list[bool]:
    """Says whether the program's rules on traffic have a point with the replicas of each fleet."""
    rules = [rule for rule in RULES if rule.name in ("eligibility", "demand", "capacity", KIND)]
    compiled = compile_program(build_program(Groups(limited(world, KIND, float(spares))), rules=rules, costs=[]))
    problems = []
    for fleet in fleets:
        fixed = np.array([fleet.get(index, 0) if name == "deploy" else np.nan for name, index in compiled.columns], dtype=float)
        lower, upper = compiled.problem.column_lower, compiled.problem.column_upper
        problems.append(dataclasses.replace(
            compiled.problem, column_lower=np.where(np.isnan(fixed), lower, fixed),
            column_upper=np.where(np.isnan(fixed), upper, fixed),
        ))  # fmt: skip
    answers = solve_many(problems, Settings(solver="highs", threads=1, log=False))
    return [answer.status is Status.OPTIMAL for answer in answers]


def exactness(seeds: range, many: int) -> tuple[int, int]:
    """Returns how many random fleets bear the loss and how many do not, the program and the losses spelled out agreeing."""
    found = []
    for seed in seeds:
        world, rng = one_slot(seed), np.random.default_rng(90_000 + seed)
        pool = sorted(set(world.pools["pool"]))[0]
        part = world if len(set(world.pools["pool"])) == 1 else world.with_tables(
            demand=world.demand[world.demand["workload"] == pool]
        )  # fmt: skip
        deployments = Groups(part).deployments
        fleets = [{d: int(rng.choice([0, 0, 1, 1, 2, 3])) for d in deployments} for _ in range(many)]
        for spares in (1, 2):
            expected = [survives(part, fleet, spares) for fleet in fleets]
            assert fleets_judged(part, spares, fleets) == expected, (seed, spares)
            found += expected
    return sum(found), len(found) - sum(found)


def test_the_program_takes_exactly_the_fleets_that_bear_every_loss():
    borne, not_borne = exactness(range(2), 4)

    assert borne + not_borne == 16


@pytest.mark.slow
def test_the_program_takes_exactly_the_fleets_that_bear_every_loss_on_many():
    borne, not_borne = exactness(range(12), 15)

    assert min(borne, not_borne) >= 60


@pytest.mark.slow
def test_engines_agree_and_spares_cost():
    worlds = [limited(motley(seed), KIND, float(1 + seed % 2)) for seed in range(16)]
    worlds += [limited(rich_world(seed), KIND, 1.0) for seed in range(12)]
    highs, scip = optima(worlds), optima(worlds, "scip")
    free = optima([*(motley(seed) for seed in range(16)), *(rich_world(seed) for seed in range(12))])

    assert highs == pytest.approx(scip, rel=1e-6)
    assert all(a >= b * (1 - 1e-7) for a, b in zip(highs, free, strict=True))
    assert sum(a > b * 1.001 for a, b in zip(highs, free, strict=True) if math.isfinite(a)) >= 15


def test_cells_and_the_whole_program_agree():
    settings = MethodSettings(relative_gap=1e-7, threads=1)
    for world in (spared(), limited(motley(0), KIND, 2.0)):
        found = solve_program(Groups(world), settings, "outer")
        assert found.objective_usd == pytest.approx(optimum(world), rel=1e-5)
        assert found.bound_usd <= optimum(world) * (1 + 1e-7)
