"""Why no fleet is large enough: by hand on small worlds, and never blamed on a workload that fits."""

from planner.options.coefficients import Coefficients
from planner.options.shortage import shortage_faults
from tests.service_worlds import bought, plain, put_off, turned_away
from tests.worlds import offer_row, option_row, price_rows, rate_row, showcase, tiny, world


def capped(base: Coefficients, **nodes_max: int) -> Coefficients:
    """Returns a world with other supply caps, by offer (- written as _)."""
    supply = base.supply.assign(
        nodes_max=[
            nodes_max.get(o.replace("-", "_"), n) for o, n in zip(base.supply["offer"], base.supply["nodes_max"], strict=True)
        ]
    )
    return base.with_tables(supply=supply)


def test_the_slot_that_is_short_is_told_with_what_could_be_carried():
    """2 + 0 nodes of 2 accelerators x 4 requests/s carry 16: enough for q1's 10, short of q2's 20."""
    faults = shortage_faults(capped(tiny(), od=2, re=0), "instance.yaml, line 7, supply")

    assert len(faults) == 1
    assert faults[0].where == "instance.yaml, line 7, supply"
    assert faults[0].expected == "supply for 20 requests/s of chat in q2"
    assert faults[0].found == "at most 16 requests/s from every node it may use"


def test_reserved_supply_counts_and_late_deliveries_do_not():
    assert "20 requests/s" in shortage_faults(capped(tiny(), od=1, re=1), "x")[0].expected
    base = tiny()
    late = base.with_tables(offers=base.offers.assign(lead_time_periods=[0, 1]))
    faults = shortage_faults(capped(late, od=0, re=3), "x")

    assert [f.expected for f in faults] == ["supply for 10 requests/s of chat in q1"], "24 requests/s arrive in q2"
    assert "at most 0 " in faults[0].found


def test_only_regions_that_the_workload_may_use_count():
    base = showcase()
    faults = shortage_faults(capped(base, p_here=0, q_here=0, q_there=9, buy_there=9), "x")

    assert [f.expected for f in faults] == ["supply for 6 requests/s of code in q2"], "chat may go there, code may not"


def test_workloads_that_are_short_only_together_are_told_together():
    both = world(
        [option_row("o", "2xT", 1)],
        [rate_row("a", "o", 5.0), rate_row("b", "o", 5.0)],
        [offer_row("od", "2xT", 2)],
        price_rows("od", ["q"], 1.0),
        {("a", "q", "day"): 7.0, ("b", "q", "day"): 7.0},
        {("q", "day"): 1.0},
        nodes_max=1,
    )
    faults = shortage_faults(both, "x")

    assert len(faults) == 1
    assert "together" in faults[0].expected


def test_a_replica_larger_than_the_supply_is_not_blamed_on_sharing():
    alone = world(
        [option_row("o", "2xT", 4, nodes_per_replica=2)],
        [rate_row("a", "o", 20.0)],
        [offer_row("od", "2xT", 2)],
        price_rows("od", ["q"], 1.0),
        {("a", "q", "day"): 1.0},
        {("q", "day"): 1.0},
        nodes_max=1,
    )

    assert "alone would fit" not in shortage_faults(alone, "x")[0].found


def test_a_long_list_is_cut_at_ten():
    names = [f"w{i}" for i in range(15)]
    many = world(
        [option_row("o", "2xT", 1)],
        [rate_row(w, "o", 5.0) for w in names],
        [offer_row("od", "2xT", 2)],
        price_rows("od", ["q"], 1.0),
        {(w, "q", "day"): 100.0 for w in names},
        {("q", "day"): 1.0},
        nodes_max=1,
    )

    assert len(shortage_faults(many, "x")) == 10


def test_limits_that_may_be_why_are_named():
    ample = capped(tiny(), od=50, re=50)
    (free,), (few,), (many,) = (
        shortage_faults(ample, "x", limits) for limits in ((), ("cash", "few"), [f"l{i}" for i in range(11)])
    )

    assert "limits" not in free.found + free.expected
    assert "too few once shared out or once limits are kept (cash, few)" in few.found
    assert "l7 and 3 more" in many.found
    assert "l8" not in many.found


def test_what_may_be_bought_or_turned_away_is_never_short():
    """One node carries 8 of the day's 10 requests/s; the rest goes elsewhere, where it may."""
    assert "supply for 10 requests/s of chat in q1" in shortage_faults(capped(plain(), od=1), "x")[0].expected
    for elsewhere in (bought(), turned_away()):
        (fault,) = shortage_faults(capped(elsewhere, od=1), "x")
        assert "together" in fault.expected


def test_what_may_wait_counts_by_the_mean_of_its_period():
    """10 by day and 4 by night are 7 over both, which one node carries; 14 and 4 are 9, which it does not."""
    late = put_off()
    (fault,) = shortage_faults(capped(late, od=1), "x")
    assert "together" in fault.expected

    demand = late.demand.assign(requests_per_s=late.demand["requests_per_s"].replace(10.0, 14.0))
    (fault,) = shortage_faults(capped(late.with_tables(demand=demand), od=1), "x")
    assert fault.expected == "supply for 9 requests/s of chat in q1"
