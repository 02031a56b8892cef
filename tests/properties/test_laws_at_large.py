"""Laws of optima on hundreds of random worlds, each law with the families under which it holds and why not under others.

A law compares what is proved: the bound of the side that may not cost more with the objective of the other. A world with no
plan costs infinitely much. The default suite takes one world of every fifth kind a law, the marker `slow` all of them.
"""

import math
from collections.abc import Callable, Iterable, Mapping
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
from planner.program.used import USED, extensions
from planner.solvers import Problem, Settings, Status, Worker
from tests.properties.families import FEW, KINDS, SEEDS
from tests.uncertain_worlds import in_scenarios

EXACT = Settings(relative_gap=1e-9, absolute_gap=1e-9, threads=1, log=False, time_limit_s=120)
ROOM = 1e-7
"""Relative difference that the engine's own tolerances explain."""
STEP = 5
"""A law in the default suite takes every fifth kind, others for the next law."""
FACTOR = 3.5
"""Of the law on scaling usd."""
TOKEN_PRICES = ("input_usd_per_mtok", "cached_input_usd_per_mtok", "output_usd_per_mtok")
USD_SCALARS = ("carbon_usd_per_tonne", "switching_usd_per_node", "migration_usd_per_replica")
ALL = frozenset(KINDS)


@dataclass(frozen=True)
class Proved:
    """What is proved of a world: no plan costs less than `bound`, one costs `objective`; usd, infinite where there is none."""

    bound: float
    objective: float


def proved(worker: Worker, problem: Problem) -> Proved:
    """Returns the proof of one program."""
    answer = worker.solve(problem, EXACT)
    assert answer.status in (Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED), answer.message
    if answer.status is Status.UNBOUNDED:
        return Proved(-math.inf, -math.inf)  # without the rule that says what a discount is
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


def scaled(world: Coefficients, seed: int) -> Coefficients:
    """Returns a world with all demand larger by the same factor."""
    return world.with_tables(demand=world.demand.assign(requests_per_s=world.demand["requests_per_s"] * 1.3))


def cheaper(world: Coefficients, seed: int) -> Coefficients:
    """Returns a world with one offer of nodes or of tokens at 0.6 of its price.

    No on-demand one where its price of the last period is what commitments are worth after the horizon.
    """
    is_credited = world.limit("terminal_use_share") > 0
    nodes = world.offers.loc[~(is_credited & (world.offers["kind"] == "on_demand")), "offer"].tolist()
    names = [*nodes, *dict.fromkeys(world.api["api_offer"])]
    chosen = names[seed % len(names)] if names else ""
    scale = np.where(world.prices["offer"] == chosen, 0.6, 1.0)
    columns = {name: world.prices[name] * scale for name in ("usd_per_hour", "upfront_usd")}
    scale = np.where(world.api["api_offer"] == chosen, 0.6, 1.0)
    tokens = {name: world.api[name].astype(float) * scale for name in TOKEN_PRICES}
    return world.with_tables(prices=world.prices.assign(**columns), api=world.api.assign(**tokens))


def dearer(world: Coefficients, seed: int) -> Coefficients:
    """Returns a world with every coefficient and right-hand side in usd scaled."""
    limits, service = world.limits, world.service
    is_usd = limits["kind"].isin(["budget_usd"]) | limits["limit"].isin(USD_SCALARS)
    changed = {
        "api_tiers": world.api_tiers.assign(usd_from=world.api_tiers["usd_from"] * FACTOR),
        "api": world.api.assign(**{n: world.api[n].astype(float) * FACTOR for n in TOKEN_PRICES}),
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
    wishes = {name: twice(getattr(world, name)) for name in ("rates", "paths", "pools", "service", "cascades", "calls", "spot")}
    return world.with_tables(**wishes, demand=demand.assign(requests_per_s=demand["requests_per_s"] / 2))


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
    "more demand anywhere never costs less": Law(grown, ALL - {"mean quality"}, is_never_less=True),
    "more demand everywhere never costs less": Law(scaled, ALL, is_never_less=True),
    "a cheaper offer never hurts": Law(cheaper, ALL, is_never_more=True),
    "scaling usd scales the objective": Law(dearer, ALL - {"least carbon"}, True, True, FACTOR),
    "two equal halves in a pool cost what the whole costs": Law(
        halved, ALL - {"surges", "indivisible", "parts", "apart"}, True, True
    ),
    "two equal halves in a pool never cost more": Law(halved, ALL - {"parts", "apart"}, is_never_more=True),
    "permuting rows leaves the objective": Law(permuted, ALL, True, True),
    "one scenario equals the deterministic plan": Law(certain, ALL - {"scenarios", "tail"}, True, True),
}
"""Where a law does not hold:

More demand of the requests that a good model answers cheaply raises the mean quality, and lets others go to a cheap model: so
with a mean floor demand must grow everywhere alike. Carbon is not usd. Halves of a workload surge apart, so a budget of surges
may cost less with them; halves of an indivisible one may go apart; halves in k parts each are 2 k parts of the whole;
pairs of pools for prompts and answers serve no declared pool. Futures
cannot be laid out twice.
"""

PENDING: frozenset[str] = frozenset()
"""Families that no kind of world uses yet."""


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


def broken(
    law: Law, kinds: Iterable[str], seeds: range, before: Callable[[str, int], Proved], engine: Worker
) -> list[str]:  # fmt: skip
    """Returns where a law does not hold: kind, seed, what is proved before and after."""
    found = []
    for kind in kinds:
        for seed in seeds:
            old, new = before(kind, seed), proved(engine, arrays(law.change(world_of(kind, seed), seed)))
            is_right = (not law.is_never_less or is_at_most(old, new, 1 / law.factor)) and (
                not law.is_never_more or is_at_most(new, old, law.factor)
            )
            found += [] if is_right else [f"{kind} {seed}: {old} -> {new}"]
    return found


def relaxed(kinds: Iterable[str], seeds: range, before: Callable[[str, int], Proved], engine: Worker) -> list[str]:
    """Returns where leaving out one rule, another one for each world, raises the cost; tried on the rules with rows there."""
    found = []
    for kind in kinds:
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
def test_a_law_holds_on_a_few_worlds(name, before, engine):
    kinds = sorted(LAWS[name].families)[list(LAWS).index(name) % STEP :: STEP]

    assert broken(LAWS[name], kinds, range(FEW), before, engine) == []


def test_leaving_out_a_rule_never_raises_cost_on_a_few_worlds(before, engine):
    assert relaxed(sorted(KINDS)[::STEP], range(FEW), before, engine) == []


@pytest.mark.slow
def test_every_family_has_a_kind_of_world():
    """A family that no kind uses has no law: it is named in PENDING until it has."""
    used = {name for kind in KINDS for seed in range(4) for name in extensions(Groups(world_of(kind, seed)))}

    assert used | PENDING == set(USED)


@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_a_law_holds_on_every_world(name, before, engine):
    assert len(LAWS[name].families) * SEEDS >= 200
    assert broken(LAWS[name], sorted(LAWS[name].families), range(SEEDS), before, engine) == []


@pytest.mark.slow
def test_leaving_out_a_rule_never_raises_cost_on_every_world(before, engine):
    assert relaxed(KINDS, range(SEEDS), before, engine) == []


@pytest.mark.slow
def test_the_worlds_are_hundreds_and_have_something_to_decide(before):
    found = [before(kind, seed).objective for kind in KINDS for seed in range(SEEDS)]

    assert len(found) >= 200
    assert sum(math.isfinite(usd) and usd > 0 for usd in found) >= 200
