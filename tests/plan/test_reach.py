"""Where workloads may be answered, and when: options, places and open blocks that rules count within."""

from planner.plan.reach import open_slots, reach, sites
from tests.plan.checks.made_plans import made_plan
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
