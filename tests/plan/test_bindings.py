"""What binds is told in human words."""

from planner.plan.bindings import bindings, full_bays, limits_reached, promises, supply_at_cap
from planner.plan.limit_use import limit_use
from tests.plan.worlds import DE_OD, coefficients, tables
from tests.policy_worlds import limited


def test_caps_at_their_limit_are_named_with_their_periods() -> None:
    rows = supply_at_cap(tables(), coefficients()).set_index("subject")["detail"]

    assert rows[f"supply of 8xH100 in germany-frankfurt ({DE_OD})"] == "at its cap of 1 node in q1, q2"
    assert rows["supply of 8xA100 in us-virginia (owned/old)"] == "all owned nodes in use of 1 node in q1, q2"
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


def test_a_limit_nearly_used_up_comes_before_supply() -> None:
    spent = limit_use(tables(), limited(coefficients(), "budget_usd", 1.0, period="q1"))["used"].iloc[0]
    tight, wide = (limited(coefficients(), "budget_usd", spent * room, period="q1", name="cash") for room in (1.01, 1.05))
    first = bindings(tables(), tight).iloc[0]

    assert first["subject"] == "limit cash (budget_usd)"
    assert first["detail"].endswith("units used (q1)")
    assert limits_reached(tables(), wide).empty
