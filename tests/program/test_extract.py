"""Arrays back to frames: counts are whole, traffic meets demand exactly, what carries nothing is left out."""

import numpy as np
import pandas as pd
import pytest

from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.extract import extract
from planner.program.groups import Groups
from tests.service_worlds import service_rows, turned_away, two_models
from tests.worlds import showcase, tiny


def decision(world, values_of):
    """Returns the decision of a world for values by (variable, index), zero where none is said."""
    groups = Groups(world)
    compiled = compile_program(build_program(groups))
    values = np.array([values_of.get(column, 0.0) for column in compiled.columns])
    return extract(compiled, values, groups)


def test_counts_are_rounded_to_whole_numbers():
    found = decision(tiny(), {("deploy", ("chat", "o1", "here", "q1", "day")): 2.9999997, ("commit", ("re", "q1")): 1.0000002})

    assert found.deployments.to_dict("records") == [
        {"pool": "chat", "option": "o1", "place": "here", "period": "q1", "block": "day", "replicas": 3}
    ]
    assert found.orders.to_dict("records") == [{"offer": "re", "period": "q1", "nodes": 1}]
    assert found.rentals.empty


def test_traffic_is_scaled_to_its_demand():
    routes = {
        ("serve", ("chat", "two", "here/p", "q2", "day")): 15.0 * (1 + 1e-7),
        ("serve", ("chat", "two", "there/q", "q2", "day")): 5.0 * (1 + 1e-7),
        ("serve", ("chat", "one", "here", "q1", "day")): 1e-12,
        ("serve", ("chat", "two", "here/q", "q1", "day")): 9.9999999,
    }
    replicas = {("deploy", ("both", *index[1:])): 1.0 for _, index in routes}
    traffic = decision(showcase(), {**routes, **replicas}).traffic.set_index(["option", "place", "period"])["requests_per_s"]

    assert traffic["two", "here/p", "q2"] == pytest.approx(15.0, rel=1e-12)
    assert traffic["two", "there/q", "q2"] == pytest.approx(5.0, rel=1e-12)
    assert traffic["two", "here/q", "q1"] == 10.0
    assert ("one", "here", "q1") not in traffic.index


def test_traffic_within_the_tolerance_of_an_engine_is_none_where_no_replica_runs():
    place = ("two", "here/p", "q2", "day")
    found = decision(showcase(), {("serve", ("chat", *place)): 20.0, ("deploy", ("both", *place)): 2.0,
                                  ("serve", ("chat", "two", "there/q", "q2", "day")): 4e-7})  # fmt: skip

    assert found.traffic[["place", "requests_per_s"]].to_numpy().tolist() == [["here/p", 20.0]]


def test_traffic_within_the_tolerance_of_an_engine_is_none_where_all_is_turned_away():
    """4 requests/s are turned away by night; one in ten million is served, or, where that is no dust, one in ten thousand."""
    place = ("o1", "here", "q1", "night")
    for served, kept in ((4e-7, []), (4e-4, [4e-4])):
        found = decision(turned_away(), {("serve", ("chat", *place)): served, ("deploy", ("chat", *place)): 1.0,
                                         ("refuse", ("chat", "q1", "night")): 4.0 - served})  # fmt: skip

        assert found.traffic["requests_per_s"].tolist() == pytest.approx(kept)
        assert found.more["unserved"]["requests_per_s"].tolist() == pytest.approx([4.0 - sum(kept)], rel=1e-12)


def test_what_many_routes_serve_together_and_cascades_are_no_dust():
    """4 requests/s are turned away; 3e-6 on one route are dust, on each of two they are not, nor in a cascade."""
    routes = [("s", "here", "q1", "day"), ("b", "here", "q1", "day")]
    refusable = two_models(day=4.0).with_tables(service=service_rows({"workload": "chat", "unserved_usd_per_request": 2e-4}))

    def kept(world, *served):
        values = {("refuse", ("chat", "q1", "day")): 4.0}
        for route, rate in zip(routes, served, strict=False):
            values |= {("serve", ("chat", *route)): rate, ("deploy", ("chat", *route)): 1.0}
        return len(decision(world, values).traffic)

    assert [kept(refusable, 3e-6), kept(refusable, 3e-6, 3e-6)] == [0, 2]
    cascades = pd.DataFrame([{"workload": "chat", "model": "small", "escalation_share": 0.1}])
    assert kept(refusable.with_tables(cascades=cascades), 1e-6, 1e-7) == 2


def test_a_decision_of_nothing_has_typed_empty_frames():
    found = decision(tiny(), {})

    assert [len(frame) for frame in (found.deployments, found.traffic, found.rentals, found.orders)] == [0, 0, 0, 0]
    assert found.deployments["replicas"].dtype == "int64"
    assert found.traffic["requests_per_s"].dtype == "float64"
