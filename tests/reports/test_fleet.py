"""The fleet frames of the plan made by hand (tests/plan/worlds.py): 8 accelerators a node, q1 2160 h, q2 2184 h."""

import pytest

from planner.reports import fleet
from planner.reports.facts import ReportFacts
from tests.plan.worlds import BUY, DE, DE_OD, OD, OWNED, RE, VA


def test_a_type_is_shown_in_its_fullest_block_so_that_contracts_add_up(facts: ReportFacts) -> None:
    """q1 day: 3 reserved + 2 on demand in Virginia + 1 in Germany; q2 day: one bought and one rented less."""
    nodes = facts.fleet.set_index(["node_type", "period", "kind"])["nodes"].to_dict()

    assert nodes == {
        ("8xH100", "q1", "reserved"): 3, ("8xH100", "q1", "on_demand"): 3,
        ("8xH100", "q2", "purchase"): 1, ("8xH100", "q2", "reserved"): 3, ("8xH100", "q2", "on_demand"): 2,
        ("8xA100", "q1", "owned"): 1, ("8xA100", "q2", "owned"): 1,
    }  # fmt: skip


def test_the_wide_fleet_has_a_column_for_each_period_and_zero_where_nothing_runs(facts: ReportFacts) -> None:
    wide = facts.fleet_wide.set_index(["node_type", "contract"])

    assert wide.loc[("8xH100", "bought"), ["q1", "q2"]].tolist() == [0, 1]
    assert wide.loc[("8xH100", "on demand"), ["q1", "q2"]].tolist() == [3, 2]


def test_accelerators_at_peak_count_every_type_of_one_block(facts: ReportFacts) -> None:
    assert facts.accelerators == {"q1": 7 * 8, "q2": 7 * 8}


def test_orders_carry_term_use_money_and_source(facts: ReportFacts) -> None:
    """Reserved: 3 nodes x 50 usd/h x 8688 h, half of 4344 h after the horizon credited at 50 usd/h."""
    orders = facts.orders.set_index("offer")

    assert orders.loc[RE, ["nodes", "accelerators", "first_use", "last_use"]].tolist() == [3, 24, "q1", "after horizon"]
    assert orders.loc[RE, "charge_usd"] == pytest.approx(3 * 50.0 * 8688)
    assert orders.loc[RE, "credit_usd"] == pytest.approx(0.5 * 3 * 50.0 * 4344)
    assert orders.loc[RE, "source"] == "estimate"
    assert orders.loc[BUY, ["contract", "first_use", "term_periods"]].tolist() == ["bought", "q2", 16]
    assert orders.loc[BUY, "upfront_usd"] == pytest.approx(310_000.0)
    assert (orders["net_usd"] == orders["charge_usd"] - orders["credit_usd"]).all()


def test_rentals_have_peaks_hours_and_rent(facts: ReportFacts) -> None:
    """On demand in Virginia: 2 nodes for 1080 h, then 1 for 1092 h; orders are not rentals."""
    rentals = facts.rentals.set_index("offer")

    assert set(rentals.index) == {OD, DE_OD, OWNED}
    assert rentals.loc[OD, ["q1", "q2"]].tolist() == [2, 1]
    assert rentals.loc[OD, "node_hours"] == 2 * 1080 + 1092
    assert rentals.loc[OWNED, "usd"] == pytest.approx(5.0 * (1080 + 1092))
    assert rentals["usd"].sum() == pytest.approx(facts.terms.set_index("term").loc["rent", "usd"])


def test_load_splits_the_accelerators_of_a_region_into_work_headroom_and_empty(facts: ReportFacts) -> None:
    """Virginia, q1 day: 3 + 2 + 1 nodes; 19 replicas of 1, 4 of 2 and one of 16 accelerators."""
    load = facts.load.set_index(["region", "period", "block"])
    slot = load.loc[(VA, "q1", "day")]
    busy = 73.6 / 5 + 6.4 / 2 * 2 + 0.7 / 1 * 16

    assert slot["busy"] == pytest.approx(busy)
    assert slot["headroom"] == pytest.approx(19 + 8 + 16 - busy)
    assert slot["empty"] == pytest.approx(48 - 43)
    assert load.loc[(DE, "q2", "night"), ["busy", "headroom", "empty", "total"]].tolist() == [0, 0, 0, 0]
    assert (load[["busy", "headroom", "empty"]].sum(axis=1) - load["total"]).abs().max() < 1e-9


def test_slots_follow_periods_and_the_order_of_blocks(facts: ReportFacts) -> None:
    shuffled = facts.coefficients.with_tables(periods=facts.coefficients.periods.iloc[::-1])

    assert fleet.slots(shuffled)[["period", "block"]].to_numpy().tolist() == [
        ["q1", "day"],
        ["q1", "night"],
        ["q2", "day"],
        ["q2", "night"],
    ]
