"""Where workloads may be answered, and when: options, places and open blocks that rules count within."""

from planner.plan.reach import open_slots, reach, sites
from tests.disaggregated_worlds import apart
from tests.plan.checks.made_plans import made_plan
from tests.service_worlds import service_rows
from tests.uncertain_worlds import in_scenarios
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

PRICES = price_rows("t", ["q1"], 1.0) + price_rows("u", ["q1"], 0.1)
DEMAND = {("chat", "q1", "day"): 4.0, ("code", "q1", "day"): 2.0, ("code", "q1", "night"): 0.0}


def _found(**more):
    made = world(
        [option_row("big", "1xT", 1), option_row("wide", "1xU", 2, nodes_per_replica=2)],
        [rate_row("chat", "big", 5.0), rate_row("code", "wide", 5.0)],
        [offer_row("t", "1xT", 1), offer_row("u", "1xU", 1, provider="acme")], PRICES, DEMAND,
        {("q1", "day"): 100.0, ("q1", "night"): 100.0}, **more,
    )  # fmt: skip
    return made_plan(made, [], [], [])


def test_each_workload_reaches_the_places_of_its_own_options():
    rows = reach(_found())[["workload", "option", "place", "node_type"]]

    assert sorted(map(tuple, rows.to_numpy())) == [("chat", "big", "here", "1xT"), ("code", "wide", "here/acme", "1xU")]


def test_the_provider_stands_in_places_of_replicas_over_several_nodes():
    places = sites(_found()).set_index("option")["place"]

    assert places.to_dict() == {"big": "here", "wide": "here/acme"}


def test_slots_are_open_with_demand():
    assert sorted(map(tuple, open_slots(_found()).to_numpy())) == [("chat", "q1", "day"), ("code", "q1", "day")]


def test_slots_are_open_to_requests_that_move_within_their_period_and_scenario():
    """`code` may move between blocks; in the future `high` it asks for nothing, so nothing of it may be there."""
    made = in_scenarios(_found(pool_of={"chat": "both", "code": "both"}).coefficients, {"low": (0.5, 1.0), "high": (0.5, 1.0)})
    is_none = (made.demand["workload"] == "code") & made.demand["block"].str.endswith("@high")
    demand = made.demand.assign(requests_per_s=made.demand["requests_per_s"].mask(is_none, 0.0))
    moving = service_rows({"workload": "code", "is_interruptible": True})
    found = made_plan(made.with_tables(demand=demand, service=moving), [], [], [])

    slots = open_slots(found)
    assert set(slots.loc[slots["workload"] == "code", "block"]) == {"day@low", "night@low"}


def test_decode_replicas_need_prefill_replicas_at_their_place_within_reach():
    world_apart = apart()
    far = world_apart.with_tables(
        pairs=world_apart.pairs.assign(network_ms_max=5.0), paths=world_apart.paths.assign(network_ms=10.0)
    )
    alone = world_apart.with_tables(sites=world_apart.sites[world_apart.sites["option"] != "prompts"])

    options = {name: set(reach(made_plan(one, [], [], []))["option"]) for name, one in
               (("both", world_apart), ("far", far), ("alone", alone))}  # fmt: skip
    assert "tokens" in options["both"]
    assert "prompts" not in options["both"]
    assert "tokens" not in options["far"] | options["alone"]
