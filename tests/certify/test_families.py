"""What the certifier states costs what the program says, family by family; what it leaves out only lowers it, and is named."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from planner.certify.facts import facts_of
from planner.certify.scope import TABLES_STATED, left_out, unsupported
from planner.certify.statement import whole_program
from planner.options.coefficients import Coefficients
from planner.options.extension_tables import EXTENSIONS
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Settings, Status, solve_here
from tests.program import test_policy_agreement as policy
from tests.program import test_traffic_engines as traffic
from tests.program.optima import optimum
from tests.sliced_worlds import quota_world
from tests.uncertain_worlds import in_scenarios
from tests.worlds import rich_world

EXACT = Settings(relative_gap=1e-9, absolute_gap=1e-9, threads=1, time_limit_s=60)
FEW, MANY = (2,), (0, 1, *range(3, 20))
"""Seed 2 has no replicas over several nodes: there nothing is left out but what a family itself is."""


POLICY = (
    "option_cap", "price_tiers", "orders_min", "switching", "migration", "discounting", "workload_spot_share", "spot_share",
    "budget", "power", "carbon_cap", "carbon_price", "vendor_share", "provider_share", "region_share", "accelerator_share",
)  # fmt: skip
"""Families whose random worlds are tried; one for each kind of world."""
RATE = ("discount_rate_per_year", 0.5)


def _policy(family: str) -> Callable[[int], Coefficients]:
    return lambda seed: policy.MAKERS[family](rich_world(seed), np.random.default_rng(seed))


def three_futures(seed: int) -> Coefficients:
    """A random world under a budget, in three futures."""
    return in_scenarios(_policy("budget")(seed), {"low": (0.5, 0.6), "base": (0.3, 1.0), "high": (0.2, 1.2)})


MAKERS: dict[str, Callable[[int], Coefficients]] = {
    **{family: _policy(family) for family in POLICY},
    "unserved": traffic.refusable, "api": traffic.callable_by_token, "priority": traffic.ranked,
    "scenarios": three_futures, "tiers at present value": lambda seed: policy.priced(_policy("price_tiers")(seed), *RATE),
}  # fmt: skip
LEFT_OUT = ("option_cap", "switching", "migration", "discounting", "priority")
STATED = [name for name in MAKERS if name not in LEFT_OUT]


def certified_usd(world: Coefficients) -> float:
    solution = solve_here(whole_program(facts_of(world)).problem(), EXACT)
    assert solution.status in (Status.OPTIMAL, Status.INFEASIBLE)
    return math.inf if solution.objective is None else solution.objective


def check(name: str, seed: int) -> None:
    world = MAKERS[name](seed)
    assert unsupported(world, "least_cost") == ""
    stated, true = certified_usd(world), optimum(world)
    room = 1e-6 * max(1.0, abs(true)) if math.isfinite(true) else 0.0
    assert stated <= true + room
    if not left_out(world):
        assert stated == true or stated >= true - room


@pytest.mark.parametrize("name", MAKERS)
def test_a_few_worlds_of_every_family(name):
    for seed in FEW:
        check(name, seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_many_worlds_of_every_family(name):
    for seed in MANY:
        check(name, seed)


def test_a_quota_is_stated():
    world = quota_world()

    assert left_out(world) == ()
    assert certified_usd(world) == pytest.approx(optimum(world), rel=1e-6)


@pytest.mark.parametrize("name", STATED)
def test_families_that_are_stated_leave_nothing_out(name):
    assert left_out(MAKERS[name](2)) == ()


@pytest.mark.parametrize("name", MAKERS)
def test_rows_that_prices_may_be_stored_of_have_the_programs_names(name):
    program = compile_program(build_program(Groups(MAKERS[name](2)))).problem
    names = [f"{family}[{','.join(index)}]" for family, *index in whole_program(facts_of(MAKERS[name](2))).names.values()]

    assert len(set(names)) == len(names)
    assert set(names) <= set(program.row_names)


def test_what_could_make_plans_cheaper_and_is_not_stated_is_refused():
    tables = [name for name in EXTENSIONS if name not in TABLES_STATED]

    assert "cascades" in tables
    assert "savings_plans" in tables
    assert unsupported(traffic.interruptible(1), "least_cost") == "requests that may wait"


def test_what_is_left_out_is_named():
    assert left_out(MAKERS["switching"](1))[0] == "the price of node starts"
    assert left_out(MAKERS["option_cap"](1))[0] == "the limit options_max"
    assert "priorities" in left_out(MAKERS["priority"](0))
