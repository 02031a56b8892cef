"""Laws of optima on more than two hundred random worlds, each law with the families under which it holds.

A law compares what is proved: the bound of the side that may not cost more with the objective of the other. A world with no
plan costs infinitely much. The default suite takes two worlds of each kind, the marker `slow` all of them.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pytest

from planner.options.coefficients import Coefficients
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.program.rules import RULES
from planner.solvers import Problem, Settings, Status, Worker
from tests.properties.families import FEW, KINDS, SEEDS
from tests.uncertain_worlds import in_scenarios

EXACT = Settings(relative_gap=1e-9, absolute_gap=1e-9, threads=1, log=False, time_limit_s=120)
ROOM = 1e-7
"""Relative difference that the engine's own tolerances explain."""
FACTOR = 3.5
"""Of the law on scaling usd."""
ALL = frozenset(KINDS)


@dataclass(frozen=True)
class Proved:
    """What is proved of a world: no plan costs less than `bound`, one costs `objective`; usd, infinite where there is none."""

    bound: float
    objective: float


def proved(worker: Worker, problem: Problem) -> Proved:
    """Returns the proof of one program."""
    answer = worker.solve(problem, EXACT)
    assert answer.status in (Status.OPTIMAL, Status.INFEASIBLE), answer.message
    if answer.objective is None or answer.bound is None:
        return Proved(math.inf, math.inf)
    return Proved(answer.bound, answer.objective)


def arrays(world: Coefficients, rules: object = RULES) -> Problem:
    """Returns the program of a world as arrays."""
    return compile_program(build_program(Groups(world), rules=rules)).problem  # type: ignore[arg-type]


def is_at_most(cheap: Proved, dear: Proved, factor: float = 1.0) -> bool:
    """Says whether nothing contradicts that the first costs at most `factor` times the second."""
    return math.isinf(dear.objective) or cheap.bound <= factor * dear.objective * (1 + ROOM) + 1e-6


def grown(world: Coefficients, seed: int) -> Coefficients:
    """Returns a world with more demand in some rows."""
    factor = 1 + np.random.default_rng(seed).choice([0.0, 0.3], size=len(world.demand))
    return world.with_tables(demand=world.demand.assign(requests_per_s=world.demand["requests_per_s"] * factor))


def cheaper(world: Coefficients, seed: int) -> Coefficients:
    """Returns a world with one offer at 0.6 of its price: no on-demand one, as these set what commitments are worth later."""
    names = world.offers.loc[world.offers["kind"] != "on_demand", "offer"].tolist()
    is_it = world.prices["offer"] == (names[seed % len(names)] if names else "")
    scale = np.where(is_it, 0.6, 1.0)
    columns = {name: world.prices[name] * scale for name in ("usd_per_hour", "upfront_usd")}
    return world.with_tables(prices=world.prices.assign(**columns))


def dearer(world: Coefficients, seed: int) -> Coefficients:
    """Returns a world with every coefficient and right-hand side in usd scaled."""
    limits, service = world.limits, world.service
    is_usd = limits["kind"].isin(["budget_usd"]) | limits["limit"].isin(["carbon_usd_per_tonne"])
    changed = {
        "prices": world.prices.assign(**{n: world.prices[n] * FACTOR for n in ("usd_per_hour", "upfront_usd")}),
        "paths": world.paths.assign(egress_usd_per_request=world.paths["egress_usd_per_request"] * FACTOR),
        "limits": limits.assign(value=limits["value"].where(~is_usd, limits["value"] * FACTOR)),
        "service": service.assign(unserved_usd_per_request=service["unserved_usd_per_request"].astype(float) * FACTOR),
    }
    return world.with_tables(**changed)


def halved(world: Coefficients, seed: int) -> Coefficients:
    """Returns a world with every workload split in two equal halves inside its pool."""

    def twice(frame: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([frame.assign(workload=frame["workload"] + side) for side in "ab"], ignore_index=True)

    demand = twice(world.demand)
    return world.with_tables(
        rates=twice(world.rates), paths=twice(world.paths), pools=twice(world.pools), service=twice(world.service),
        demand=demand.assign(requests_per_s=demand["requests_per_s"] / 2),
    )  # fmt: skip


def permuted(world: Coefficients, seed: int) -> Coefficients:
    """Returns a world with the rows of every table in another order."""
    rng = np.random.default_rng(seed)
    tables = {name: getattr(world, name) for name in world.__dataclass_fields__}
    return world.with_tables(**{n: t.iloc[rng.permutation(len(t))].reset_index(drop=True) for n, t in tables.items()})


def certain(world: Coefficients, seed: int) -> Coefficients:
    """Returns the extensive form of a world in one certain scenario."""
    return in_scenarios(world, {"only": (1.0, 1.0)})


@dataclass(frozen=True)
class Law:
    """What a change does to the optimum, and the kinds of worlds (families beyond the base ones) for which that holds."""

    change: Callable[[Coefficients, int], Coefficients]
    families: frozenset[str]
    is_never_less: bool = False
    is_never_more: bool = False
    factor: float = 1.0


LAWS: Mapping[str, Law] = {
    "more demand never costs less": Law(grown, ALL, is_never_less=True),
    "a cheaper offer never hurts": Law(cheaper, ALL, is_never_more=True),
    "scaling usd scales the objective": Law(dearer, ALL, True, True, FACTOR),
    "two equal halves in a pool cost what the whole costs": Law(halved, ALL - {"surges"}, True, True),
    "permuting rows leaves the objective": Law(permuted, ALL, True, True),
    "one scenario equals the deterministic plan": Law(certain, ALL - {"scenarios", "tail"}, True, True),
}
"""Halves of a workload surge apart, so a budget of surges may cost less with them; and futures cannot be laid out twice."""


@cache
def world_of(kind: str, seed: int) -> Coefficients:
    """Returns a world, made once."""
    return KINDS[kind](seed)


@pytest.fixture(scope="module")
def before() -> Callable[[str, int], Proved]:
    """The function that returns the proof of a world as it is, found once."""
    with Worker() as worker:
        known: dict[tuple[str, int], Proved] = {}

        def find(kind: str, seed: int) -> Proved:
            if (kind, seed) not in known:
                known[kind, seed] = proved(worker, arrays(world_of(kind, seed)))
            return known[kind, seed]

        yield find


@pytest.fixture(scope="module")
def engine() -> Worker:
    """One process of HiGHS for the worlds once changed."""
    with Worker() as worker:
        yield worker


def broken(law: Law, seeds: range, before: Callable[[str, int], Proved], engine: Worker) -> list[str]:
    """Returns where a law does not hold: kind, seed, what is proved before and after."""
    found = []
    for kind in sorted(law.families):
        for seed in seeds:
            old, new = before(kind, seed), proved(engine, arrays(law.change(world_of(kind, seed), seed)))
            is_right = (not law.is_never_less or is_at_most(old, new, 1 / law.factor)) and (
                not law.is_never_more or is_at_most(new, old, law.factor)
            )
            found += [] if is_right else [f"{kind} {seed}: {old} -> {new}"]
    return found


def relaxed(seeds: range, before: Callable[[str, int], Proved], engine: Worker) -> list[str]:
    """Returns where leaving out one rule, another one for each world, raises the cost; tried on the rules with rows there."""
    found = []
    for kind in KINDS:
        for seed in seeds:
            world = world_of(kind, seed)
            names = {name.partition("[")[0] for name in arrays(world).row_names}
            rules = [rule for rule in RULES if rule.kind == "rule" and rule.name in names]
            left_out = rules[seed % len(rules)]
            new = proved(engine, arrays(world, [rule for rule in RULES if rule is not left_out]))
            if not is_at_most(new, before(kind, seed)):
                found.append(f"{kind} {seed}, without {left_out.name}: {before(kind, seed)} -> {new}")
    return found


@pytest.mark.parametrize("name", LAWS)
def test_a_law_holds_on_a_few_worlds_of_each_kind(name, before, engine):
    assert broken(LAWS[name], range(FEW), before, engine) == []


def test_leaving_out_a_rule_never_raises_cost_on_a_few_worlds_of_each_kind(before, engine):
    assert relaxed(range(FEW), before, engine) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_a_law_holds_on_every_world(name, before, engine):
    assert len(LAWS[name].families) * SEEDS >= 200
    assert broken(LAWS[name], range(FEW, SEEDS), before, engine) == []


@pytest.mark.slow
def test_leaving_out_a_rule_never_raises_cost_on_every_world(before, engine):
    assert relaxed(range(FEW, SEEDS), before, engine) == []


@pytest.mark.slow
def test_the_worlds_are_two_hundred_and_have_something_to_decide(before):
    found = [before(kind, seed).objective for kind in KINDS for seed in range(SEEDS)]

    assert len(found) >= 200
    assert sum(math.isfinite(usd) and usd > 0 for usd in found) >= 150
