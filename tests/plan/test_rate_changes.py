"""Changed rates are told by workload, whatever the batch in an option's name."""

from planner.options.coefficients import Coefficients
from planner.plan.rate_changes import rate_changes, rate_lines
from tests.worlds import offer_row, option_row, price_rows, rate_row, world

HOURS = {("q1", "day"): 10.0}


def plan_of(rates: dict[str, float]) -> Coefficients:
    options = [option_row(name, "2xT", 1) for name in rates]
    demand = {("chat", "q1", "day"): 1.0}
    return world(
        options, [rate_row("chat", name, rate) for name, rate in rates.items()], [offer_row("od", "2xT", 2)],
        price_rows("od", ["q1"], 1.0), demand, HOURS,
    )  # fmt: skip


def test_another_batch_is_the_same_place_at_another_rate():
    before = plan_of({"m/2xT/tp1/b8": 4.0, "m/2xT/tp2/b9": 1.0})
    changes = rate_changes(before, plan_of({"m/2xT/tp1/b12": 5.0, "m/2xT/tp2/b7": 1.0}))

    assert changes.to_numpy().tolist() == [["chat", "m/2xT/tp1", 4.0, 5.0]]
    assert rate_lines(changes) == ["rates: chat: 1 options changed by +25.0% to +25.0%"]


def test_places_of_one_side_only_are_counted():
    changes = rate_changes(plan_of({"a/b8": 4.0}), plan_of({"c/b8": 4.0, "d/user": 1.0}))

    assert rate_lines(changes) == ["rates: chat: 2 new, 1 gone"]


def test_equal_rates_are_not_told():
    assert rate_lines(rate_changes(plan_of({"a/b8": 4.0}), plan_of({"a/b8": 4.0}))) == []
