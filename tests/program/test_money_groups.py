"""The prepared sums of contracts and time agree with the plan's own statement of the same money."""

import pytest

from planner.methods import MethodSettings, solve_program
from planner.plan.assemble import plan_tables
from planner.program.groups import Groups
from tests.policy_worlds import priced, tiered, whole_orders, yearly
from tests.program.optima import optimum
from tests.worlds import offer_row, option_row, price_rows, rate_row, rich_world, tiny, world

EXACT = MethodSettings(relative_gap=1e-9, threads=1)


def both_costs(one):
    """Returns the objective of the program and the total of the ledger of its plan."""
    found = solve_program(Groups(one), EXACT)
    decision = found.decision
    tables = plan_tables(one, decision.deployments, decision.traffic, decision.rentals, decision.orders, decision.more)
    return found.objective_usd, tables.total_usd


@pytest.mark.parametrize("seed", [0, 2, 5, 8, 11])
def test_the_ledger_of_a_plan_is_the_objective_that_the_program_minimised(seed):
    """Tiers, starts and a discount rate together, on worlds with orders that outlive the horizon."""
    world = rich_world(seed)
    offers = world.offers.loc[world.offers["kind"] != "owned", "offer"].tolist()
    tiers = [{"offer": f, "nodes_from": n, "discount_share": s} for f in offers for n, s in ((1, 0.1), (2, 0.6))]
    world = world.with_tables(price_tiers=world.price_tiers.iloc[:0].__class__(tiers))
    world = priced(priced(world, "switching_usd_per_node", 150.0), "discount_rate_per_year", 0.5)
    if solve_program(Groups(world), EXACT).decision is None:
        pytest.skip("no fleet serves it")
    objective, total = both_costs(world)

    assert total == pytest.approx(objective, rel=1e-8)


def test_the_hand_made_worlds_have_one_cost():
    for one in (tiered(), tiered(offer="re"), whole_orders("re", 2), priced(yearly(), "discount_rate_per_year", 1.0)):
        objective, total = both_costs(one)
        assert total == pytest.approx(objective, rel=1e-8)


def test_a_residual_is_worth_less_when_it_comes_back():
    """Two years at 10 %: 1000 usd paid beside the upfront price and had back later cost 1000 x (1 - 1 / 1.21) a node."""
    plain = priced(yearly(), "discount_rate_per_year", 0.1)
    held = plain.with_tables(prices=plain.prices.assign(residual_usd=1000.0 * (plain.prices["offer"] == "re")))
    before, _ = both_costs(plain)
    objective, total = both_costs(held)
    orders = solve_program(Groups(held), EXACT).decision.orders

    assert orders["period"].tolist() == ["q1"]
    assert total == pytest.approx(objective, rel=1e-9)
    assert objective - before == pytest.approx(float(orders["nodes"].sum()) * 1000.0 * (1 - 1 / 1.21), rel=1e-6)


def test_tiers_end_where_the_next_begins_or_the_supply():
    world = tiered().with_tables(
        price_tiers=tiered()
        .price_tiers.iloc[:0]
        .__class__(
            [{"offer": "od", "nodes_from": 2, "discount_share": 0.1}, {"offer": "od", "nodes_from": 5, "discount_share": 0.2}]
        )
    )
    found = Groups(world).money.tiers

    assert found["od", "q1", "day", 2] == (3, pytest.approx(40.0))
    assert found["od", "q1", "day", 5] == (46, pytest.approx(80.0))
    assert Groups(tiny()).money.tiers == {}


def test_owned_nodes_have_no_minimum_order():
    world = rich_world(5)
    owned = Groups(world.with_tables(orders_min=world.offers[["offer"]].assign(nodes_min=2))).money.orders_min

    assert all(not key[0].startswith("own") for key in owned)


@pytest.mark.parametrize(("usd", "least"), [(5.0, 25.0), (1000.0, 30.0)])
def test_a_replica_waits_where_nothing_is_asked_of_it(usd, least):
    """A node of 10 usd a period, nothing to do in the second: it starts again for the third, or waits on its node."""
    slots = {(t, "day"): 10.0 for t in ("q1", "q2", "q3")}
    made = world(
        [option_row("o1", "1xT", 1)], [rate_row("chat", "o1", 5.0)], [offer_row("t", "1xT", 1)],
        price_rows("t", ["q1", "q2", "q3"], 1.0), {("chat", t, "day"): 4.0 * (t != "q2") for t, _ in slots}, slots,
    )  # fmt: skip
    groups = Groups(priced(made, "migration_usd_per_replica", usd))

    assert optimum(groups.coefficients) == pytest.approx(least)
    assert [d[3] for d in groups.working] == ["q1", "q3"]
    assert sorted(d[3] for d in groups.deployments) == ["q1", "q2", "q3"]
    assert Groups(made).deployments == Groups(made).working
