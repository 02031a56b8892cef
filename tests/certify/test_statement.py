"""The certifier's own statement has the least cost that enumeration finds."""

import math

import pandas as pd
import pytest

from planner.certify.facts import facts_of
from planner.certify.scope import left_out, unsupported
from planner.certify.statement import whole_program
from planner.options.coefficients import Coefficients
from planner.solvers import Settings, Status, solve_here
from tests.certify.test_limits import buyable
from tests.oracles.brute_force import least_cost_usd
from tests.policy_worlds import limited, priced
from tests.program import test_traffic_engines as traffic
from tests.program.optima import optimum
from tests.worlds import offer_row, option_row, price_rows, random_world, rate_row, rich_world, tiny, world

EXACT = Settings(relative_gap=1e-8, threads=1, time_limit_s=60)


def least_usd(world: Coefficients) -> float:
    solution = solve_here(whole_program(facts_of(world)).problem(), EXACT)
    assert solution.status in (Status.OPTIMAL, Status.INFEASIBLE)
    return math.inf if solution.objective is None else solution.objective


@pytest.mark.parametrize("seed", range(20))
def test_random_worlds_cost_what_enumeration_says(seed):
    world = random_world(seed)

    assert least_usd(world) == pytest.approx(least_cost_usd(world), abs=0.01)


@pytest.mark.parametrize("seed", range(20))
def test_worlds_with_places_cost_what_enumeration_says(seed):
    """Or less, where the network between the nodes of a replica is left out."""
    world = rich_world(seed)
    if unsupported(world, "least_cost"):
        return
    stated, true = least_usd(world), least_cost_usd(world)
    assert stated <= true + 0.01
    assert left_out(world) or stated == pytest.approx(true, abs=0.01)


def test_what_is_not_stated_is_refused_by_name():
    assert unsupported(tiny(), "least_cost") == ""
    assert unsupported(tiny(), "least_carbon") == "the goal least_carbon"
    assert unsupported(traffic.interruptible(1), "least_cost") == "requests that may wait"


def test_owned_nodes_have_no_smallest_order() -> None:
    """One owned node at 0.5 usd/h carries the 6 requests/s; the table asks for two, as it may of what is sold."""
    made = world(
        [option_row("o1", "2xT", 1)], [rate_row("chat", "o1", 5.0)],
        [offer_row("od", "2xT", 2), offer_row("own", "2xT", 2, "owned", provider="owned")],
        price_rows("od", ["q1"], 4.0) + price_rows("own", ["q1"], 0.5),
        {("chat", "q1", "day"): 6.0}, {("q1", "day"): 100.0}, supply={("own", "q1"): 1},
    )  # fmt: skip
    made = made.with_tables(orders_min=pd.DataFrame([{"offer": "own", "nodes_min": 2}]))

    assert least_usd(made) == pytest.approx(optimum(made)) == 50.0


def test_a_commitment_that_never_arrives_is_no_rent() -> None:
    """A bought node takes two periods to come; under a price of carbon its ledger has a row in every slot all the same."""
    made = priced(buyable(lead_time_periods=2), "carbon_usd_per_tonne", 100.0)
    f = facts_of(made)

    assert f.offers == {("2xT", "here"): ["od"]}
    assert least_usd(made) == pytest.approx(optimum(made)) == 5 * 4.0 * 100.0 + 5 * 0.05 * 100.0 * 10.0


def test_nodes_that_only_workloads_without_demand_could_use_make_no_share_smaller() -> None:
    """Two nodes, half of them at most of one vendor: 10 and 90 usd; idle ones of a third vendor are no part of the program."""
    offers = [("v", "1xV", 1.0), ("w", "1xW", 9.0), ("z", "1xZ", 0.1)]
    made = world(
        [option_row(f"o{name}", node, 1) for name, node, _ in offers],
        [rate_row("chat", "ov", 5.0), rate_row("chat", "ow", 5.0), rate_row("idle", "oz", 5.0)],
        [{**offer_row(name, node, 1), "vendor": name} for name, node, _ in offers],
        [row for name, _, usd in offers for row in price_rows(name, ["q1"], usd)],
        {("chat", "q1", "day"): 8.0, ("idle", "q1", "day"): 0.0}, {("q1", "day"): 10.0},
    )  # fmt: skip
    shared = limited(made, "vendor_share_max", 0.5)

    assert optimum(shared) == pytest.approx(100.0)
    assert least_usd(shared) == pytest.approx(100.0)
