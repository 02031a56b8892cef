"""What disaggregated serving sums over: pairs at one place, near enough, on a fabric."""

from planner.program.groups import Groups
from tests.disaggregated_worlds import apart, pair_row, with_roles
from tests.uncertain_worlds import with_surges

SLOT = ("q1", "day")


def test_a_handover_is_a_pair_at_a_place_in_a_slot():
    found = Groups(apart(providers=("p", "q"))).disaggregation

    assert found.handovers == [("chat", "prompts", "tokens", f"here/{name}", *SLOT) for name in ("p", "q")]
    assert set(found.handovers_of_route) == {("chat", "tokens", f"here/{name}", *SLOT) for name in ("p", "q")}
    assert set(found.handovers_of_prefill) == {("chat", "prompts", f"here/{name}", *SLOT) for name in ("p", "q")}
    assert found.fabrics_of_bay == {("2xT", "here", *SLOT): [("2xT", "here", name, *SLOT) for name in ("p", "q")]}


def test_a_pair_that_does_not_reach_its_users_leaves_no_route():
    """The network takes 10 ms."""
    given = apart()
    near, far = (with_roles(given, {"prompts": "prefill", "tokens": "decode"}, [pair_row("chat", "prompts", "tokens", ms)])
                 for ms in (10.0, 9.0))  # fmt: skip

    assert len(Groups(near).disaggregation.handovers) == 1
    assert Groups(far).disaggregation.handovers == []
    assert {route[1] for route in Groups(far).routes} == {"whole"}
    assert {d[1] for d in Groups(far).deployments} == {"whole"}


def test_prefill_replicas_are_deployed_and_answer_nobody():
    groups = Groups(apart())

    assert {route[1] for route in groups.routes} == {"whole", "tokens"}
    assert {d[1] for d in groups.deployments} == {"whole", "tokens", "prompts"}
    assert {d[1] for d in groups.deployments_of_pool["chat", *SLOT]} == {"whole", "tokens"}


def test_robust_demand_multiplies_the_load_of_prefill_replicas():
    assert Groups(apart()).disaggregation.load_factor == 1.0
    assert Groups(with_surges(apart(), 0.5, 0.4)).disaggregation.load_factor == 1.2
    assert Groups(with_surges(apart(), 3.0, 0.4)).disaggregation.load_factor == 1.4
