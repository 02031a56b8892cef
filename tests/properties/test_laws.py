"""Laws that every optimum obeys, on random worlds: values are proved optimal to a gap of 1e-9.

Where a law has a condition, the condition is part of its name or docstring.
"""

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd
import pytest

from planner.options.coefficients import Coefficients
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.program.rules import RULES
from planner.program.used import BASE
from planner.solvers import Problem, Settings, Status, Worker
from tests.worlds import random_world, rich_world

EXACT = Settings(relative_gap=1e-9, absolute_gap=1e-9, threads=1, log=False)
ROOM = 1e-7
"""Relative difference of two optima that the engine's own tolerances explain."""
WORLDS = [*(random_world(seed) for seed in (300, 302, 305)), *(rich_world(seed) for seed in (300, 303, 305, 343, 398))]
"""Small worlds in which each rule binds somewhere; in one no fleet is large enough."""

Change = Callable[[Coefficients], Coefficients]


def arrays(world: Coefficients, rules: Sequence = RULES) -> Problem:
    """Returns the program of a world as arrays."""
    return compile_program(build_program(Groups(world), rules=rules)).problem


@pytest.fixture(scope="module")
def engine() -> Iterator[Worker]:
    """One process of HiGHS for all laws."""
    with Worker() as worker:
        yield worker


def optima(engine: Worker, problems: Sequence[Problem]) -> list[float]:
    """Returns the proved optima in usd; infinity where there is no plan."""
    values = []
    for problem in problems:
        answer = engine.solve(problem, EXACT)
        assert answer.status in (Status.OPTIMAL, Status.INFEASIBLE), answer.message
        values.append(math.inf if answer.objective is None else answer.objective)
    return values


@pytest.fixture(scope="module")
def before(engine) -> list[float]:
    """The optima of the worlds as they are."""
    return optima(engine, [arrays(world) for world in WORLDS])


@pytest.fixture(scope="module")
def after(engine) -> Callable[[Change], list[float]]:
    """The function that returns the optima of the worlds once changed."""
    return lambda change: optima(engine, [arrays(change(world)) for world in WORLDS])


def never_more(cheap: Sequence[float], dear: Sequence[float]) -> bool:
    """Says whether no value of the first list is above its partner in the second."""
    return all(math.isinf(b) or a <= b * (1 + ROOM) + 1e-6 for a, b in zip(cheap, dear, strict=True))


def same(left: Sequence[float], right: Sequence[float]) -> bool:
    """Says whether the lists agree."""
    return all(a == b or math.isclose(a, b, rel_tol=ROOM, abs_tol=1e-6) for a, b in zip(left, right, strict=True))


def test_the_worlds_have_something_to_decide(before):
    assert sum(math.isfinite(usd) and usd > 0 for usd in before) >= len(WORLDS) - 3


def test_more_demand_never_costs_less(before, after):
    def grown(world: Coefficients) -> Coefficients:
        factor = np.where(np.arange(len(world.demand)) % 2 == 0, 1.25, 1.0)
        return world.with_tables(demand=world.demand.assign(requests_per_s=world.demand["requests_per_s"] * factor))

    assert never_more(before, after(grown))


@pytest.mark.parametrize("kind", ["reserved", "purchase", "owned"])
def test_a_cheaper_offer_never_hurts(before, after, kind):
    assert never_more(after(lambda world: _repriced(world, (kind,), 0.7)), before)


def test_a_cheaper_on_demand_offer_never_hurts_where_no_credit_hangs_on_it(engine):
    """On-demand prices of the last period are also the market at which a commitment's rest is credited.

    With a use share above 0 a lower price lowers that credit too, so the law holds at a use share of 0 (and for prices of
    earlier periods); a forecast that says the market falls does make a commitment worth less.
    """
    worlds = [_without_credit(world) for world in WORLDS]
    usd = optima(engine, [*(arrays(w) for w in worlds), *(arrays(_repriced(w, ("on_demand",), 0.7)) for w in worlds)])

    assert never_more(usd[len(worlds) :], usd[: len(worlds)])


@pytest.fixture(scope="module")
def without(engine) -> dict[str, list[float]]:
    """The optima of the worlds with one rule left out, by the rule's name."""
    names = RULE_NAMES
    problems = [arrays(world, [rule for rule in RULES if rule.name != name]) for name in names for world in WORLDS]
    usd = optima(engine, problems)
    return {name: usd[i * len(WORLDS) : (i + 1) * len(WORLDS)] for i, name in enumerate(names)}


RULE_NAMES = [rule.name for rule in RULES if rule.kind == "rule" and rule.name in BASE]
"""Families beyond the base say nothing in these worlds; each has a world of its own in which it binds."""


@pytest.mark.parametrize("name", RULE_NAMES)
def test_removing_a_rule_never_raises_cost(before, without, name):
    assert never_more(without[name], before)


@pytest.mark.parametrize("name", RULE_NAMES)
def test_every_rule_binds_in_some_world(before, without, name):
    assert any(a < b * (1 - 1e-4) for a, b in zip(without[name], before, strict=True))


def test_scaling_all_prices_scales_the_objective(before, after):
    def dearer(world: Coefficients) -> Coefficients:
        prices = world.prices.assign(**{name: world.prices[name] * 3.5 for name in ("usd_per_hour", "upfront_usd")})
        paths = world.paths.assign(egress_usd_per_request=world.paths["egress_usd_per_request"] * 3.5)
        return world.with_tables(prices=prices, paths=paths)

    assert same([usd * 3.5 for usd in before], after(dearer))


def test_permuting_rows_changes_nothing(before, after):
    rng = np.random.default_rng(7)

    def permuted(world: Coefficients) -> Coefficients:
        tables = {name: getattr(world, name) for name in world.__dataclass_fields__}
        return world.with_tables(**{n: t.iloc[rng.permutation(len(t))].reset_index(drop=True) for n, t in tables.items()})

    assert same(before, after(permuted))


def test_more_supply_never_costs_more(before, after):
    def ampler(world: Coefficients) -> Coefficients:
        return world.with_tables(supply=world.supply.assign(nodes_max=world.supply["nodes_max"] + 1))

    assert never_more(after(ampler), before)


def test_a_wider_choice_of_regions_never_costs_more(before, after):
    def opened(world: Coefficients) -> Coefficients:
        return world.with_tables(paths=world.paths.assign(is_allowed=True))

    assert never_more(after(opened), before)


def test_faster_replicas_never_cost_more(before, after):
    def faster(world: Coefficients) -> Coefficients:
        return world.with_tables(rates=world.rates.assign(requests_per_s=world.rates["requests_per_s"] * 1.3))

    assert never_more(after(faster), before)


def test_pooling_never_costs_more_at_the_same_rates(before, after):
    def pooled(world: Coefficients) -> Coefficients:
        return world.with_tables(pools=world.pools.assign(pool="all"))

    assert never_more(after(pooled), before)


def test_two_equal_halves_in_a_declared_pool_cost_what_the_whole_costs(before, after):
    """Halves of a workload with their own replicas would each be rounded up to whole replicas: so the law needs the pool.

    In a declared pool both halves ride on the same replicas at the same rate, and loads add up.
    """
    assert same(before, after(_halved))


def test_two_equal_halves_without_a_pool_may_cost_more_never_less(before, after):
    def apart(world: Coefficients) -> Coefficients:
        halves = _halved(world)
        return halves.with_tables(pools=halves.pools.assign(pool=halves.pools["pool"] + halves.pools["workload"].str[-1]))

    usd = after(apart)

    assert never_more(before, usd)
    assert any(b > a * (1 + 1e-6) for a, b in zip(before, usd, strict=True))


def _repriced(world: Coefficients, kinds: tuple[str, ...], factor: float) -> Coefficients:
    offers = world.offers.loc[world.offers["kind"].isin(kinds), "offer"]
    scale = np.where(world.prices["offer"].isin(offers), factor, 1.0)
    columns = {name: world.prices[name] * scale for name in ("usd_per_hour", "upfront_usd")}
    return world.with_tables(prices=world.prices.assign(**columns))


def _without_credit(world: Coefficients) -> Coefficients:
    limits = world.limits.assign(value=world.limits["value"].where(world.limits["limit"] != "terminal_use_share", 0.0))
    return world.with_tables(limits=limits)


def _halved(world: Coefficients) -> Coefficients:
    """Returns the world with every workload split in two equal halves inside its own pool."""

    def twice(frame: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([frame.assign(workload=frame["workload"] + side) for side in "ab"], ignore_index=True)

    demand = twice(world.demand)
    return world.with_tables(
        rates=twice(world.rates), paths=twice(world.paths), pools=twice(world.pools),
        demand=demand.assign(requests_per_s=demand["requests_per_s"] / 2),
    )  # fmt: skip
