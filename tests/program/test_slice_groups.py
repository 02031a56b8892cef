"""Parts of a workload: what the rule sums over, that it bites, and that two engines and an enumeration agree on it."""

import itertools
import math

import pytest

from planner.methods import MethodSettings, solve_program
from planner.options.coefficients import Coefficients
from planner.program.groups import Groups
from tests.sliced_worlds import in_parts, random_buckets, sliced, two_machines
from tests.worlds import tiny

EXACT = MethodSettings(relative_gap=1e-9, time_limit_s=60.0, threads=1)


def cost_usd(world: Coefficients, solver: str = "highs", method: str = "auto") -> float:
    """Returns the proved optimum."""
    settings = MethodSettings(solver, EXACT.relative_gap, EXACT.time_limit_s, 1)
    found = solve_program(Groups(world), settings, method)
    assert found.objective_usd is not None
    assert found.bound_usd == pytest.approx(found.objective_usd, rel=1e-7)
    return found.objective_usd


def enumerated_usd(world: Coefficients) -> float:
    """Returns the least cost over every way to hand out the parts; one block of an hour, machines of one accelerator."""
    groups = Groups(world)
    options = list(groups.options)
    price = {o: min(groups.usd_per_hour[f, "hour"] for f in groups.offers if groups.offers[f]["node_type"] == row["node_type"])
             for o, row in groups.options.items()}  # fmt: skip
    ways = [_ways(groups, w, options) for w in groups.slices.parts]
    best = math.inf
    for choice in itertools.product(*ways):
        loads: dict[tuple[str, str], float] = {}
        for workload, handed in zip(groups.slices.parts, choice, strict=True):
            for option, busy in handed.items():
                key = (groups.pool_of[workload], option)
                loads[key] = loads.get(key, 0.0) + busy
        best = min(best, sum(math.ceil(load - 1e-9) * price[option] for (_, option), load in loads.items()))
    return best


def _ways(groups: Groups, workload: str, options: list[str]) -> list[dict[str, float]]:
    parts, rate = groups.slices.parts[workload], groups.demand[workload, "hour", "all"]
    mine = [o for o in options if (workload, o) in groups.requests_per_s]
    return [
        {o: n * rate / parts / groups.requests_per_s[workload, o] for o, n in zip(mine, counts, strict=True)}
        for counts in itertools.product(range(parts + 1), repeat=len(mine))
        if sum(counts) == parts
    ]


def test_groups_are_empty_without_parts():
    groups = Groups(tiny()).slices

    assert (groups.parts, groups.routes, groups.part_requests_per_s) == ({}, [], {})


def test_only_workloads_in_parts_have_part_routes():
    groups = Groups(sliced()).slices

    assert groups.parts == {"chat": 3}
    assert [route[:2] for route in groups.routes] == [("chat", "small"), ("chat", "big")]
    assert groups.part_requests_per_s == {("chat", "hour", "all"): 15.0}


@pytest.mark.parametrize(("parts", "usd"), [(0, 13.0), (1, 15.0), (2, 15.0), (3, 15.0), (9, 13.0)])
def test_parts_change_the_optimum(parts, usd):
    """Free: one big (40) and one small (5), 13. One part: 5 small. Parts of 22.5: 3 small + 1 big is 19. Of 5: 13 again."""
    world = in_parts(two_machines(), {"chat": parts}) if parts else two_machines()

    assert cost_usd(world) == pytest.approx(usd)


@pytest.mark.parametrize("seed", range(20))
def test_engines_agree(seed):
    world = random_buckets(seed)

    assert cost_usd(world, "highs", "textbook") == pytest.approx(cost_usd(world, "scip", "textbook"), rel=1e-7)


@pytest.mark.parametrize("seed", range(20))
def test_optimum_is_the_enumerated_one(seed):
    world = random_buckets(seed, workloads_max=3, parts_max=4, is_all_sliced=True)

    assert cost_usd(world) == pytest.approx(enumerated_usd(world), rel=1e-7)


@pytest.mark.parametrize("seed", range(8))
def test_dividing_parts_further_never_costs_more(seed):
    coarse = random_buckets(seed, is_all_sliced=True)
    fine = coarse.with_tables(slices=coarse.slices.assign(parts=coarse.slices["parts"] * 2))

    assert cost_usd(fine) <= cost_usd(coarse) * (1 + 1e-7)
