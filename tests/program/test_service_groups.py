"""The prepared sums of the traffic families."""

import pandas as pd
import pytest

from planner.methods import MethodSettings, solve_program
from planner.program.groups import Groups
from planner.program.service_groups import LEAST_LOAD
from tests.program.optima import without
from tests.service_worlds import turned_away
from tests.worlds import offer_row, option_row, price_rows, rate_row, tiny, world


def _asked_for(requests_per_s):
    """`chat` alone, on replicas of a small and a large model that answer 1,000 requests/s each."""
    return world(
        [option_row("o1", "2xT", 1, variant="small@bf16"), option_row("o2", "2xT", 1, variant="large@bf16")],
        [rate_row("chat", "o1", 1000.0), rate_row("chat", "o2", 1000.0)],
        [offer_row("od", "2xT", 2)],
        price_rows("od", ["q1"], 4.0),
        {("chat", "q1", "day"): requests_per_s},
        {("q1", "day"): 100.0},
    )


def test_only_priced_workloads_may_be_turned_away():
    assert Groups(turned_away()).service.refusals == [("chat", "q1", "day"), ("chat", "q1", "night")]
    assert Groups(tiny()).service.refusals == []


def test_a_workload_without_a_route_is_unanswerable_unless_it_may_be_turned_away():
    closed = turned_away()
    closed = closed.with_tables(paths=closed.paths.assign(is_allowed=False))

    assert Groups(closed).service.unanswerable == []
    assert len(Groups(without(closed, "service")).service.unanswerable) == 2


@pytest.mark.parametrize(("demand", "load"), [(10.0, 1e-3), (0.02, 1e-3), (1e-4, 0.1), (1e-6, 10.0)])
def test_all_that_is_asked_keeps_a_hundred_thousandth_of_a_replica_busy(demand, load):
    """A replica answers 1,000 requests/s; of 1e-4 requests/s that would be 1e-7 of it, which engines take for nothing."""
    groups = Groups(_asked_for(demand))
    found = solve_program(groups, MethodSettings(relative_gap=1e-9, threads=1), "textbook")

    assert groups.service.load(groups.routes[0]) == pytest.approx(load)
    assert found.decision is not None
    assert found.decision.deployments["replicas"].tolist() == [1]
    assert found.decision.traffic["requests_per_s"].tolist() == pytest.approx([demand])


@pytest.mark.parametrize("share", [0.01, 0.0001])
def test_what_a_strong_model_answers_again_is_a_share_of_the_demand(share):
    """The least that the door lets in goes on of the least demand: a request in 300 years is served all the same."""
    cascades = pd.DataFrame([{"workload": "chat", "model": "small", "escalation_share": share}])
    found = solve_program(
        Groups(_asked_for(1e-6).with_tables(cascades=cascades)), MethodSettings(relative_gap=1e-9, threads=1), "textbook"
    )

    assert found.decision is not None
    assert sorted(found.decision.traffic["requests_per_s"]) == pytest.approx([share * 1e-6, 1e-6])


def test_the_loads_of_a_strong_model_are_those_of_what_goes_on():
    cascades = pd.DataFrame([{"workload": "chat", "model": "small", "escalation_share": 0.01}])
    groups = Groups(_asked_for(1e-4).with_tables(cascades=cascades))
    loads = {groups.options[route[1]]["model"]: groups.service.load(route) for route in groups.routes}
    found = solve_program(groups, MethodSettings(relative_gap=1e-9, threads=1), "textbook")

    assert loads == pytest.approx({"small": LEAST_LOAD / 1e-4, "large": LEAST_LOAD / 1e-6})
    assert found.decision is not None
    assert sorted(found.decision.traffic["requests_per_s"]) == pytest.approx([1e-6, 1e-4])


def test_tiny_traffic_beside_large_is_no_load_of_its_own():
    """`chat` leaves 4e-6 of a replica free, and `spare` asks for 1e-7 of it: one replica does, 1e-5 more would not fit."""
    made = world(
        [option_row("o1", "1xT", 1)],
        [rate_row("chat", "o1", 5.0), rate_row("spare", "o1", 1000.0)],
        [offer_row("od", "1xT", 1)],
        price_rows("od", ["q1"], 4.0),
        {("chat", "q1", "day"): 3.99998, ("spare", "q1", "day"): 1e-4},
        {("q1", "day"): 100.0},
        pool_of={"chat": "both", "spare": "both"},
    )
    groups = Groups(made)
    found = solve_program(groups, MethodSettings(relative_gap=1e-9, threads=1), "textbook")

    assert {route[0]: groups.service.load(route) for route in groups.routes} == pytest.approx({"chat": 1 / 5, "spare": 1 / 1000})
    assert found.objective_usd == pytest.approx(400.0)
