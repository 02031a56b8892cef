"""Offers and prices by hand: trends, the user's own prices, owned and bought nodes, supply caps."""

import dataclasses

import pytest

from planner.errors import InputError
from planner.inputs.instance import Instance
from planner.options.prices import market, period_table
from tests.small_instances import shipped_catalog, small_instance

CATALOG = shipped_catalog()
ON_DEMAND = "aws/p5.48xlarge/us-virginia/on_demand"
RESERVED = "aws/p5.48xlarge/us-virginia/reserved_1y"
YEAR = 8766.0


def list_price(offer: str) -> float:
    """Returns the catalog's price of an offer."""
    return float(CATALOG.offers.set_index("offer").loc[offer, "usd_per_hour"])


def prices(instance: Instance) -> dict[tuple[str, str], tuple[float, float]]:
    """Returns (usd per hour, upfront usd) by (offer, period)."""
    rows = market(instance, CATALOG).prices.to_dict("records")
    return {(row["offer"], row["period"]): (row["usd_per_hour"], row["upfront_usd"]) for row in rows}


def caps(instance: Instance) -> dict[tuple[str, str], int]:
    """Returns nodes_max by (offer, period)."""
    return market(instance, CATALOG).supply.set_index(["offer", "period"])["nodes_max"].to_dict()


def test_dated_periods_have_calendar_hours(tmp_path):
    dates = [
        {"period": "q1", "start": "2027-01-01", "end": "2027-04-01"},
        {"period": "q2", "start": "2027-04-01", "end": "2027-07-01"},
    ]
    table = period_table(small_instance(tmp_path, {"horizon.periods": dates}))

    assert table["hours"].tolist() == [90 * 24.0, 91 * 24.0]
    assert table["position"].tolist() == [0, 1]


def test_without_a_trend_list_prices_stand(tmp_path):
    found = prices(small_instance(tmp_path))

    for offer in (ON_DEMAND, RESERVED):
        assert found[offer, "q1"] == found[offer, "q2"] == (list_price(offer), 0.0)


def test_a_trend_is_read_at_the_middle_of_use_and_at_the_start_of_a_contract(tmp_path):
    """-20 % a year: on demand in q1 at 1095 h, in q2 at 3285 h; a reservation at its signature, 0 h and 2190 h."""
    found = prices(small_instance(tmp_path, {"supply.price_change_per_year": {"default": -0.2}}))

    assert found[ON_DEMAND, "q1"][0] == pytest.approx(list_price(ON_DEMAND) * 0.8 ** (1095 / YEAR))
    assert found[ON_DEMAND, "q2"][0] == pytest.approx(list_price(ON_DEMAND) * 0.8 ** (3285 / YEAR))
    assert found[RESERVED, "q1"][0] == pytest.approx(list_price(RESERVED))
    assert found[RESERVED, "q2"][0] == pytest.approx(list_price(RESERVED) * 0.8 ** (2190 / YEAR))


def test_an_accelerators_own_trend_beats_the_default(tmp_path):
    trends = {"default": -0.2, "H100-SXM": 0.1}
    found = prices(small_instance(tmp_path, {"supply.price_change_per_year": trends}))

    assert found[ON_DEMAND, "q1"][0] == pytest.approx(list_price(ON_DEMAND) * 1.1 ** (1095 / YEAR))


def test_own_prices_replace_the_catalogs_and_have_no_trend(tmp_path):
    changes = {"tables.prices": "prices.csv", "supply.price_change_per_year": {"default": -0.2}}
    rows = f"offer,period,usd_per_hour,upfront_usd,source\n{ON_DEMAND},q2,33,0,quote\n{ON_DEMAND},*,44,5,quote\n"
    instance = small_instance(tmp_path, changes, {"prices.csv": rows})
    table = market(instance, CATALOG).prices.set_index(["offer", "period"])

    assert prices(instance)[ON_DEMAND, "q1"] == (44.0, 5.0)
    assert prices(instance)[ON_DEMAND, "q2"] == (33.0, 0.0), "the row that names the period counts, whatever the order"
    assert table.loc[(ON_DEMAND, "q1"), "source"] == "user"
    assert table.loc[(RESERVED, "q1"), "source"] != "user"


def test_terms_run_in_whole_periods(tmp_path):
    offers = market(small_instance(tmp_path, {"supply.terms": ["on_demand", "reserved_1y", "reserved_3y"]}), CATALOG).offers
    terms = offers.set_index("offer")["term_periods"]

    assert terms[ON_DEMAND] == 0
    assert terms[RESERVED] == 4, "8766 h of quarters of 2190 h"
    assert terms[RESERVED.replace("1y", "3y")] == 12
    assert offers.set_index("offer").loc[RESERVED, "kind"] == "reserved"


@pytest.mark.parametrize("hours", [[2190, 4380], [3650, 3650, 3650], [26000]])
def test_periods_that_do_not_make_up_a_contract_are_told(tmp_path, hours):
    """A mean of 3285 h would make a year of 9855 h, 3650 h one of 7300 h, 26000 h none at all."""
    periods = [{"period": f"q{i}", "hours": h} for i, h in enumerate(hours)]
    instance = small_instance(tmp_path, {"horizon.periods": periods})

    with pytest.raises(InputError, match=r"horizon.periods: .*reserved_1y"):
        market(instance, CATALOG)


def test_wishes_filter_offers(tmp_path):
    """Providers, node types, terms, regions and a deny list; spot is never offered."""
    everything = market(small_instance(tmp_path / "a", {"supply": {}}), CATALOG).offers
    denied = market(small_instance(tmp_path / "b", {"supply.offers_deny": [ON_DEMAND]}), CATALOG).offers

    assert everything["provider"].nunique() > 3
    assert set(everything["region"]) == {"us-virginia"}
    assert set(everything["kind"]) == {"on_demand", "reserved"}
    assert not everything["offer"].str.endswith("/spot").any()
    assert set(denied["offer"]) == {RESERVED}


OWNED = "owned,node_type,region,nodes,first_period,last_period,age_years,running_usd_per_hour\n"


def test_owned_nodes_cost_their_running_cost_and_no_trend(tmp_path):
    """8xA100: power x PUE x electricity price; the user's own figure where given."""
    rows = OWNED + "old,8xA100-80GB-SXM,us-virginia,3,,q1,2,\nmine,8xH100-SXM,us-virginia,2,q2,,0,1.25\n"
    changes = {"tables.owned": "owned.csv", "supply.price_change_per_year": {"default": -0.5}}
    instance = small_instance(tmp_path, changes, {"owned.csv": rows})
    found, cap = prices(instance), caps(instance)
    place = CATALOG.regions.set_index("region").loc["us-virginia"]
    by_hand = CATALOG.node_types["8xA100-80GB-SXM"].power_kw * place["pue"] * place["electricity_usd_per_kwh"]

    assert found["owned/old", "q1"] == (pytest.approx(by_hand), 0.0)
    assert found["owned/mine", "q2"] == (1.25, 0.0)
    assert [cap["owned/old", p] for p in ("q1", "q2")] == [3, 0], "retired after q1"
    assert [cap["owned/mine", p] for p in ("q1", "q2")] == [0, 2], "first used in q2"


def test_bought_nodes_by_hand(tmp_path):
    """Upfront: capex less the residual, and the network; by the hour: energy, colocation, maintenance."""
    changes = {"supply.terms": ["purchase"], "supply.purchase_regions": ["us-virginia"]}
    instance = small_instance(tmp_path, changes)
    offers = market(instance, CATALOG).offers.set_index("offer")
    buy = CATALOG.purchases.set_index("node_type").loc["8xH100-SXM"]
    place = CATALOG.regions.set_index("region").loc["us-virginia"]
    kw = CATALOG.node_types["8xH100-SXM"].power_kw
    rent = CATALOG.colocation.set_index("region").loc["us-virginia", "usd_per_kw_month"]
    by_hour = kw * place["pue"] * place["electricity_usd_per_kwh"] + kw * rent / (YEAR / 12)
    by_hour += buy["maintenance_share_per_year"] * buy["capex_usd"] / YEAR
    upfront = buy["capex_usd"] * (1 - buy["residual_share"]) + buy["network_capex_usd"]
    offer = "purchase/8xH100-SXM/us-virginia"

    assert set(offers.index) == {offer}
    assert prices(instance)[offer, "q1"] == (pytest.approx(by_hour), pytest.approx(upfront))
    assert offers.loc[offer, "term_periods"] == round(buy["useful_life_years"] * YEAR / 2190)
    assert offers.loc[offer, "lead_time_periods"] == -(-buy["lead_time_weeks"] * 168 // 2190), "44 weeks are 4 quarters"


def test_a_trend_moves_the_capital_of_a_purchase_not_its_network_nor_its_running_cost(tmp_path):
    changes = {"supply.terms": ["purchase"], "supply.purchase_regions": ["us-virginia"]}
    flat = prices(small_instance(tmp_path / "a", changes))
    falling = prices(small_instance(tmp_path / "b", {**changes, "supply.price_change_per_year": {"default": -0.2}}))
    offer = "purchase/8xH100-SXM/us-virginia"
    network = float(CATALOG.purchases.set_index("node_type").loc["8xH100-SXM", "network_capex_usd"])
    factor = 0.8 ** (2190 / YEAR)

    assert falling[offer, "q1"] == pytest.approx(flat[offer, "q1"])
    assert falling[offer, "q2"][0] == pytest.approx(flat[offer, "q2"][0])
    assert falling[offer, "q2"][1] == pytest.approx((flat[offer, "q2"][1] - network) * factor + network)


def test_lead_times_are_rounded_up_to_whole_periods(tmp_path):
    changes = {"supply.terms": ["purchase"], "supply.purchase_regions": ["us-virginia"]}
    for weeks, periods in ((0, 0), (1, 1), (13, 1), (14, 2)):
        purchases = CATALOG.purchases.assign(lead_time_weeks=float(weeks))
        catalog = dataclasses.replace(CATALOG, tables={**CATALOG.tables, "purchases": purchases})
        offers = market(small_instance(tmp_path / str(weeks), changes), catalog).offers

        assert offers["lead_time_periods"].tolist() == [periods], "2190 h are 13.04 weeks"


def test_the_last_matching_supply_row_counts(tmp_path):
    rows = (
        "offer,node_type,region,provider,period,nodes_max\n*,*,*,aws,*,7\n"
        f"{ON_DEMAND},*,*,*,*,5\n*,8xH100-SXM,us-virginia,*,q2,2\n*,8xA100-80GB-SXM,*,*,*,0\n"
    )
    cap = caps(small_instance(tmp_path, {"tables.supply": "supply.csv"}, {"supply.csv": rows}))

    assert [cap[ON_DEMAND, p] for p in ("q1", "q2")] == [5, 2]
    assert [cap[RESERVED, p] for p in ("q1", "q2")] == [7, 2]


def test_caps_without_a_supply_table_are_the_default(tmp_path):
    assert set(caps(small_instance(tmp_path, {"supply.nodes_max_per_offer": 33})).values()) == {33}


def test_a_supply_row_lends_no_owned_node(tmp_path):
    rows = "offer,node_type,region,provider,period,nodes_max\n*,*,*,*,*,99\n*,*,*,owned,q2,1\n"
    changes = {"tables.owned": "owned.csv", "tables.supply": "supply.csv"}
    files = {"owned.csv": OWNED + "mine,8xH100-SXM,us-virginia,2,,,0,1\n", "supply.csv": rows}
    cap = caps(small_instance(tmp_path, changes, files))

    assert [cap["owned/mine", p] for p in ("q1", "q2")] == [2, 1]


def test_every_offer_tells_the_source_of_its_price(tmp_path):
    offers = market(small_instance(tmp_path), CATALOG).offers.set_index("offer")

    assert offers.loc[ON_DEMAND, "source"] == "list_price"
    assert offers.loc[RESERVED, "source"] == "estimate"
    assert offers["source_note"].str.len().min() > 10


def test_hardware_is_not_there_before_its_release(tmp_path):
    """8xH100 nodes exist in both quarters of 2027, and in none of 2021 (released 2022)."""
    for year, count in ((2027, 512), (2021, 0)):
        dates = [
            {"period": "q1", "start": f"{year}-01-01", "end": f"{year}-04-01"},
            {"period": "q2", "start": f"{year}-04-01", "end": f"{year}-07-01"},
        ]  # fmt: skip
        found = caps(small_instance(tmp_path / str(year), {"horizon.periods": dates}))

        assert {found[ON_DEMAND, "q1"], found[ON_DEMAND, "q2"]} == {count}


def test_a_capacity_block_is_held_for_one_period(tmp_path):
    block = "aws/p5e.48xlarge/us-virginia/capacity_block"
    terms = {"supply.terms": ["on_demand", "capacity_block"], "supply.node_types": ["8xH200-SXM"]}
    row = market(small_instance(tmp_path / "q", terms), CATALOG).offers.set_index("offer").loc[block]

    assert (row["kind"], row["term_periods"]) == ("reserved", 1)
    years = [{"period": "y1", "hours": 8766}]
    with pytest.raises(InputError, match="periods of at most 4368 hours for capacity blocks"):
        market(small_instance(tmp_path / "y", {**terms, "horizon.periods": years}), CATALOG)
