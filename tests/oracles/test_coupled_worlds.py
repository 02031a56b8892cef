"""The worlds that proofs are tested on are all different, and in each of them every coupling changes what the best plan costs."""

import math

import pytest

from planner.options.coefficients import Coefficients
from tests.oracles.brute_force import least_cost_usd
from tests.oracles.coupled_worlds import COUPLED, Coupling, budgeted, coupled_world, coupling
from tests.policy_worlds import limited
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

FEW = 3


def lacking(seeds: tuple[int, ...]) -> list[str]:
    """Returns a line for each world that lacks a coupling."""
    found = []
    for seed in seeds:
        made, budget_usd = budgeted(seed)
        one = coupling(made, budget_usd)
        assert one.usd == least_cost_usd(made, budget_usd)
        has = {
            "two periods": len(made.periods) >= 2, "two regions": made.offers["region"].nunique() >= 2,
            "roaming": one.roaming >= 1 and one.has_roaming, "a cap": one.has_binding_cap, "a budget": one.has_binding_budget,
            "commitments offered": made.offers["kind"].isin(["reserved", "purchase"]).any(), "taken": one.has_commitments,
        }  # fmt: skip
        found += [f"{seed}: {name}" for name, is_there in has.items() if not is_there]
    return found


def key(made: Coefficients) -> str:
    """Returns the numbers of a world as text."""
    return "".join(table.to_csv() for table in (made.demand, made.prices, made.rates, made.supply, made.paths, made.limits))


def test_every_coupling_matters_in_a_handful_of_worlds() -> None:
    assert len(set(COUPLED)) == len(COUPLED) == 100
    assert lacking(COUPLED[:FEW]) == []


@pytest.mark.slow
def test_every_coupling_matters_in_100_worlds() -> None:
    assert lacking(COUPLED) == []


@pytest.mark.slow
def test_worlds_are_100_different_ones_of_many_kinds() -> None:
    worlds = [coupled_world(seed) for seed in COUPLED]

    assert len({key(one) for one in worlds}) == len(COUPLED) == 100
    for feature in (
        lambda w: len(w.periods) == 3,
        lambda w: w.blocks["block"].nunique() == 2,
        lambda w: len(w.pools) == 2,
        lambda w: w.pools["pool"].nunique() < len(w.pools),
        lambda w: w.paths["is_allowed"].all() and len(w.pools) == 2,
        lambda w: (w.paths["egress_usd_per_request"] > 0).any(),
        lambda w: (w.offers["kind"] == "reserved").any(),
        lambda w: (w.offers["kind"] == "purchase").any(),
        lambda w: (w.offers["lead_time_periods"] > 0).any(),
        lambda w: (w.options["nodes_per_replica"] > 1).any(),
        lambda w: (w.pools["replicas_min"] > 0).any(),
    ):
        assert sum(bool(feature(one)) for one in worlds) >= 10


def by_hand(here_max: int = 1, reserved_max: int = 2, is_roaming: bool = True) -> Coefficients:
    """Returns a world of 2 periods of 100 h in which 3 nodes are needed at any time; at most 2750 usd of cash.

    Here a node costs 600 usd on demand, there 1000. One reserved here for 4 periods is paid 900 usd at once and 1 usd/h, 1300 in
    all; half of that is credited at the market's 3 usd/h: it costs 700 usd, and takes 1100 of cash.
    """
    paths = [
        {"workload": "chat", "region": r, "network_ms": 5.0, "is_allowed": is_allowed, "egress_usd_per_request": 0.0}
        for r, is_allowed in (("here", is_roaming), ("there", True))
    ]  # fmt: skip
    made = world(
        [option_row("o", "1xT", 1)],
        [rate_row("chat", "o", 5.0)],
        [offer_row("h", "1xT", 1), offer_row("t", "1xT", 1, region="there"), offer_row("re", "1xT", 1, "reserved", 4)],
        price_rows("h", ["q1", "q2"], 3.0) + price_rows("t", ["q1", "q2"], 5.0) + price_rows("re", ["q1", "q2"], 1.0, 900.0),
        {("chat", "q1", "day"): 12.0, ("chat", "q2", "day"): 12.0}, {("q1", "day"): 100.0, ("q2", "day"): 100.0},
        nodes_max=3, supply={(name, p): n for name, n in (("h", here_max), ("re", reserved_max)) for p in ("q1", "q2")},
        terminal_use_share=1.0, paths=paths,
    )  # fmt: skip
    return limited(made, "budget_usd", 2750.0)


def test_couplings_of_a_world_by_hand() -> None:
    """One of each: 600 + 700 + 1000 usd, 2700 of cash. With two reserved 600 + 2 x 700, but 2800; with none 600 + 2 x 1000.

    With two here on demand 2 x 600 + 700; all three there would take 3000 of cash, all here 2800: neither region does alone.
    """
    one = coupling(by_hand(), 2750.0)

    assert one == Coupling(2300.0, 2000.0, 2600.0, 1900.0, math.inf, 1)
    assert all([one.has_binding_budget, one.has_binding_cap, one.has_commitments, one.has_roaming])


def test_a_coupling_that_does_not_matter_is_none() -> None:
    assert not coupling(by_hand(), 2800.0).has_binding_budget
    assert not coupling(by_hand(), 2500.0).has_binding_budget, "no plan is left"
    assert not coupling(by_hand(here_max=3), 2750.0).has_binding_cap
    assert not coupling(by_hand(reserved_max=0), 2750.0).has_commitments
    assert not coupling(by_hand(here_max=3), 2750.0).has_roaming
    assert coupling(by_hand(is_roaming=False), 3000.0).roaming == 0
