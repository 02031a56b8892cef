"""Hand-made worlds in which a family on traffic changes the optimum to a known number, found by both engines."""

import pandas as pd
import pytest

from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from tests.policy_worlds import limited
from tests.program.optima import decided, optimum, rates, without
from tests.service_worlds import (
    bought,
    call_rows,
    capped,
    good_on_average,
    in_one_place,
    in_two_steps,
    plain,
    put_off,
    ranked,
    service_rows,
    tiered_tokens,
    turned_away,
    two_models,
)
from tests.uncertain_worlds import in_scenarios

both = pytest.mark.parametrize("solver", ["highs", "scip"])


@both
def test_requests_are_turned_away_where_that_is_cheaper_than_a_node(solver):
    """Day, 10 requests/s: two nodes cost 800; one node and 2 turned away 400 + 144. Night, 4: a node 400, all away 288."""
    assert optimum(without(turned_away(), "service"), solver) == pytest.approx(1200.0)
    assert optimum(turned_away(), solver) == pytest.approx(544.0 + 288.0)


def test_what_is_turned_away_is_told():
    found = decided(turned_away())

    assert rates(found.more["unserved"], "block") == {("day",): 2.0, ("night",): 4.0}
    assert rates(found.traffic, "block") == {("day",): 8.0}


def test_without_supply_all_is_turned_away_and_without_a_price_there_is_no_plan():
    closed = turned_away()
    closed = closed.with_tables(supply=closed.supply.assign(nodes_max=0))

    assert optimum(closed) == pytest.approx(14 * 72.0)
    assert optimum(without(closed, "service")) == float("inf")
    assert optimum(plain()) == pytest.approx(1200.0)


@both
def test_tokens_are_bought_where_that_is_cheaper_than_a_node(solver):
    """A request costs 0.0002 usd, so as above: 2 requests/s of the day and all 4 of the night are bought."""
    assert optimum(bought(), solver) == pytest.approx(544.0 + 288.0)


def test_a_seller_without_a_price_of_cached_tokens_charges_them_as_prompt_tokens():
    """500 cached tokens at 0.1 instead of 0.02 usd per 1e6: 240 usd per 1e6 requests, 86.4 usd for one request/s a block."""
    dearer = bought().with_tables(api=bought().api.assign(cached_input_usd_per_mtok=None))

    assert optimum(dearer) == pytest.approx(400 + 2 * 86.4 + 4 * 86.4)


@both
@pytest.mark.parametrize("caps", [(3.0, None), (None, 3.0 * 950), (3.0, 1e9)])
def test_a_rate_cap_makes_the_night_rent_a_node(solver, caps):
    """At most 3 of the night's 4 requests/s may be bought, and one node carries all 4: 400 instead of 288 usd."""
    assert optimum(capped(*caps), solver) == pytest.approx(544.0 + 400.0)


@both
def test_a_volume_tier_makes_buying_everything_cheapest(solver):
    """All 14 requests/s cost 1008 usd at list price: 300 + 708 / 2 = 654. With one node by day 432 are spent: 400 + 366."""
    assert optimum(tiered_tokens(), solver) == pytest.approx(654.0)


@both
def test_tiers_are_incremental(solver):
    """From 600 usd on 80 % off: 300 + 150 + 408 / 5."""
    tiers = pd.concat([tiered_tokens().api_tiers, tiered_tokens(600.0, 0.8).api_tiers], ignore_index=True)

    assert optimum(tiered_tokens().with_tables(api_tiers=tiers), solver) == pytest.approx(300 + 150 + 408 / 5)


@both
def test_a_tier_is_reached_in_each_future_by_itself(solver):
    """A quarter of the demand costs 252 usd at list price and reaches no tier, the whole 654: 453 expected."""
    futures = {"slump": (0.5, 0.25), "forecast": (0.5, 1.0)}

    assert optimum(in_scenarios(tiered_tokens(), futures), solver) == pytest.approx((252 + 654) / 2)


@pytest.mark.parametrize(("usd", "cost"), [(654.0, 654.0), (653.0, float("inf"))])
def test_a_budget_counts_tokens_after_their_tiers(usd, cost):
    assert optimum(limited(tiered_tokens(), "budget_usd", usd)) == pytest.approx(cost)


@both
def test_requests_that_may_wait_fill_the_night(solver):
    """14 requests/s over two blocks fit on two nodes of 8, one a block: 800 instead of 1200 usd."""
    assert optimum(put_off(), solver) == pytest.approx(800.0)
    assert sum(rates(decided(put_off()).traffic, "block").values()) == pytest.approx(14.0)


@both
def test_the_lower_priority_is_turned_away_first(solver):
    """4 requests/s must go: of `chat` they cost 144 usd; but `batch` is of lower priority: 4 x 360 = 1440."""
    free = ranked().with_tables(service=ranked().service.assign(priority=0))

    assert optimum(free, solver) == pytest.approx(400.0 + 144.0)
    assert optimum(ranked(), solver) == pytest.approx(400.0 + 1440.0)
    assert rates(decided(ranked()).more["unserved"], "workload") == {("batch",): 4.0}


def test_workloads_on_other_nodes_are_not_ordered():
    """`batch` in a region of its own takes nothing from `chat`: there turning it away helps nobody."""
    world = ranked()
    elsewhere = pd.concat([world.offers, world.offers.assign(offer="far", region="there")], ignore_index=True)
    near = world.paths.assign(is_allowed=world.paths["workload"] == "chat")
    far = world.paths.assign(region="there", is_allowed=world.paths["workload"] == "batch")
    paths = pd.concat([near, far], ignore_index=True)
    apart = world.with_tables(
        offers=elsewhere, paths=paths, prices=pd.concat([world.prices, world.prices.assign(offer="far")], ignore_index=True),
        supply=pd.concat([world.supply, world.supply.assign(offer="far")], ignore_index=True),
        sites=pd.concat([world.sites, world.sites.assign(offer="far")], ignore_index=True),
        demand=world.demand.assign(requests_per_s=world.demand["requests_per_s"] * 10 / 6),
    )  # fmt: skip

    assert optimum(apart) == pytest.approx(360.0 + 400.0 + 2 * 360.0), "chat: away 10 x 36; batch: a node and 2 x 360"


@both
def test_a_cascade_asks_the_strong_model_again(solver):
    """8 requests/s on two replicas of `small`, 2 of them again on two of `big`: two nodes instead of one."""
    assert optimum(two_models(), solver) == pytest.approx(400.0)
    assert optimum(in_two_steps(), solver) == pytest.approx(800.0)
    assert rates(decided(in_two_steps()).traffic, "option") == {("s",): 8.0, ("b",): 2.0}


def test_the_strong_model_of_a_cascade_may_be_bought():
    """2 requests/s at 72 usd are cheaper than a node."""
    world = in_two_steps().with_tables(api=bought().api, calls=call_rows("chat"))

    assert optimum(world) == pytest.approx(400.0 + 144.0)
    assert rates(decided(world).more["api_traffic"], "workload") == {("chat",): 2.0}


def test_a_cascade_of_requests_that_may_wait_keeps_its_share_in_every_block():
    """3.2 requests/s by night and day alike are one replica of each model: one node a block."""
    world = in_two_steps().with_tables(service=service_rows({"workload": "chat", "is_interruptible": True}))
    found = rates(decided(world).traffic, "option", "block")

    assert optimum(world) == pytest.approx(800.0)
    for block in ("day", "night"):
        assert found.get(("b", block), 0.0) == pytest.approx(0.25 * found.get(("s", block), 0.0))


@both
def test_indivisible_traffic_stays_in_one_place(solver):
    """Split: a node of two and one of one, 620 usd; in one place: two of two cost 800, three of one 660."""
    assert optimum(without(in_one_place(), "service"), solver) == pytest.approx(620.0)
    assert optimum(in_one_place(), solver) == pytest.approx(660.0)
    assert set(rates(decided(in_one_place()).traffic, "option")) == {("o2",)}


@both
def test_a_mean_quality_floor_routes_a_quarter_to_the_better_model(solver):
    """A mean of 65 between 60 and 80 needs a quarter of 8 requests/s on `big`: two replicas more, one node more."""
    assert optimum(good_on_average(60.0), solver) == pytest.approx(400.0)
    assert optimum(good_on_average(), solver) == pytest.approx(800.0)
    found = rates(decided(good_on_average()).traffic, "option")

    assert found["b",] >= 2.0 - 1e-6
    assert optimum(good_on_average(81.0), solver) == float("inf")


def test_escalated_answers_of_a_cascade_count_once():
    """A quarter of the answers is the strong model's: 0.75 x 60 + 0.25 x 80 = 65."""
    cascade = in_two_steps().cascades

    assert optimum(good_on_average(65.0).with_tables(cascades=cascade)) == pytest.approx(800.0)
    assert optimum(good_on_average(65.1).with_tables(cascades=cascade)) == float("inf")


@both
def test_no_replica_is_asked_for_where_traffic_may_only_be_moved_to(solver):
    """8 requests/s by day, which may wait for the night, and two replicas at least: one node by day, 400 usd."""
    made = plain(8.0, 0.0).with_tables(service=service_rows({"workload": "chat", "is_interruptible": True}))
    pools = made.pools.assign(replicas_min=2)

    assert optimum(made.with_tables(pools=pools), solver) == pytest.approx(400.0)


def test_strong_models_answer_nothing_where_no_model_answers_first():
    """The first model is none of the options: requests are turned away, and no answer of the strong one is made up."""
    row = {"workload": "chat", "model": "nobody", "escalation_share": 0.25}
    made = two_models().with_tables(
        cascades=pd.DataFrame([row]), service=service_rows({"workload": "chat", "unserved_usd_per_request": 1e-3})
    )
    compiled = compile_program(build_program(Groups(made)))

    assert "cascade[chat,q1,day]" in compiled.problem.row_names
    assert decided(made).traffic.empty
