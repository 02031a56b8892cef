"""What binds is told in human words."""

from planner.plan.bindings import bindings, full_bays, promises, supply_at_cap
from tests.plan.worlds import DE_OD, coefficients, tables


def test_caps_at_their_limit_are_named_with_their_periods() -> None:
    rows = supply_at_cap(tables(), coefficients()).set_index("subject")["detail"]

    assert rows[f"supply of 8xH100 in germany-frankfurt ({DE_OD})"] == "at its cap of 1 nodes in q1, q2"
    assert rows["supply of 8xA100 in us-virginia (owned/old)"] == "all owned nodes in use of 1 nodes in q1, q2"
    assert len(rows) == 2


def test_full_machines_are_named_with_their_blocks() -> None:
    rows = full_bays(tables(), coefficients()).set_index("subject")

    assert rows.loc["nodes 8xH100 in us-virginia", "detail"] == "every accelerator in use in 1 of 4 blocks (q2/day)"
    assert rows.loc["nodes 8xA100 in us-virginia", "weight"] == 0.5


def test_the_promise_that_holds_rates_down_is_named() -> None:
    given = coefficients()
    rates = given.rates.assign(bound=given.rates["bound"].where(given.rates["workload"] != "research", "memory"))
    rows = promises(tables(), given.with_tables(rates=rates))

    by_subject = rows.set_index("subject")["detail"]
    assert by_subject["the promise on time per output token"].startswith("sets the batch of chat, secret (")
    assert by_subject["memory for KV cache"].startswith("sets the batch of research (")
    assert abs(rows["weight"].sum() - 1) < 1e-9


def test_supply_comes_first() -> None:
    assert bindings(tables(), coefficients())["kind"].tolist()[:2] == ["supply", "supply"]
