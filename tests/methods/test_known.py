"""Cuts and patterns taken over from nearly the same program: what they prove still lies on the right side of the optimum."""

import dataclasses

import numpy as np
import pytest

from planner.methods import MethodSettings, known_of_plan, solve_near, solve_program
from planner.methods.known import moved_cut
from planner.methods.oracle import Cut, Prices
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Settings, solve_here
from tests.oracles.brute_force import least_cost_usd
from tests.worlds import random_world

EXACT = MethodSettings(relative_gap=1e-7, time_limit_s=60, threads=1)


def compiled_of(world):
    groups = Groups(world)
    return compile_program(build_program(groups)), groups


def dearer(world):
    first = world.offers["offer"].iloc[0]
    factor = np.where(world.prices["offer"] == first, 1.3, 1.0)
    return world.with_tables(prices=world.prices.assign(usd_per_hour=world.prices["usd_per_hour"] * factor))


def more(table, column, by):
    def changed(world):
        frame = getattr(world, table)
        return world.with_tables(**{table: frame.assign(**{column: frame[column] + by})})

    return changed


CHANGES = {
    "as it was": lambda world: world,
    "dearer": dearer,
    "more supply": more("supply", "nodes_max", 1),
    "less supply": lambda world: more("supply", "nodes_max", -1)(world) if world.supply["nodes_max"].min() > 0 else world,
    "more traffic": more("demand", "requests_per_s", 0.7),
    "fewest replicas": more("pools", "replicas_min", 1),
}


@pytest.mark.parametrize("seed", [3, 5, 8])
@pytest.mark.parametrize("name", CHANGES)
def test_what_is_taken_over_never_proves_more_than_the_optimum(seed, name):
    world = random_world(seed)
    _, known = solve_near(*compiled_of(world), EXACT, None, "outer")
    changed = CHANGES[name](world)
    usd = least_cost_usd(changed)
    found, _ = solve_near(*compiled_of(changed), EXACT, known, "outer")

    if np.isinf(usd):
        assert found.status == "infeasible"
        return
    room = 1e-6 * max(1.0, usd)
    assert found.bound_usd <= usd + room
    assert usd - room <= found.objective_usd <= usd + 1e-5 * usd + room


@pytest.mark.parametrize("seed", [3, 8])
def test_a_plan_s_certificate_alone_proves_its_bound_again(seed):
    """With the cuts of the certificate and the plan as its only pattern, nothing needs to be asked."""
    compiled, groups = compiled_of(random_world(seed))
    first = solve_program(groups, EXACT, "outer")
    point = solve_here(compiled.problem, Settings(relative_gap=0.0, threads=1)).values
    known = known_of_plan(compiled, groups.slots, first.certificate, point)
    again, _ = solve_near(compiled, groups, dataclasses.replace(EXACT, relative_gap=1e-4), known, "outer")

    assert again.bound_usd == pytest.approx(first.bound_usd, rel=1e-4)
    assert again.objective_usd == pytest.approx(first.objective_usd, rel=1e-4)


def test_a_certificate_of_other_cells_is_not_taken():
    compiled, groups = compiled_of(random_world(3))
    other = solve_program(Groups(random_world(8)), EXACT, "outer").certificate

    assert known_of_plan(compiled, groups.slots, other, np.zeros(compiled.problem.columns)) is None


def test_nodes_beyond_the_supply_that_a_cut_was_proved_for_fulfil_it():
    """The cell had three nodes at most; with five, the fourth and fifth are worth the whole cut."""
    world = random_world(3)
    _, known = solve_near(*compiled_of(world), EXACT, None, "outer")
    _, wider = solve_near(*compiled_of(more("supply", "nodes_max", 2)(world)), EXACT, known, "outer")
    before, after = known.oracles[0], wider.oracles[0]
    cut = Cut(Prices(np.ones(len(known.segments.keys)), np.zeros(len(before.cell.amount_links))), 100.0)
    moved = moved_cut(cut, before, known.segments, after, wider.segments)

    for k in before.cell.node_links:
        most, now = before.cell.supply_max[k], after.cell.supply_max[k]
        for s in wider.segments.of_key[before.cell.links[k].key]:
            low = wider.segments.lower[s]
            assert moved.prices.segments[s] == (100.0 if most <= low < now else 1.0 if low < most else moved.prices.segments[s])
    assert any(usd == 100.0 for usd in moved.prices.segments)
