"""The coefficient tables: checked as a whole, written and read back, every reference told."""

import dataclasses

import pandas as pd
import pytest

from planner.errors import InputError
from planner.options.coefficients import TABLES, Coefficients, checked_coefficients, read_coefficients, write_coefficients
from tests.worlds import rich_world, showcase, tiny


def frames(world: Coefficients) -> dict[str, pd.DataFrame]:
    """Returns the tables of a world by name."""
    return {name: getattr(world, name) for name in TABLES}


@pytest.mark.parametrize("world", [tiny(), showcase(), rich_world(4)])
def test_tables_survive_a_round_trip_through_files(tmp_path, world):
    write_coefficients(world, tmp_path)
    found = read_coefficients(tmp_path)

    assert {path.stem for path in tmp_path.iterdir()} == set(TABLES)
    for name, frame in frames(world).items():
        pd.testing.assert_frame_equal(getattr(found, name), frame)


def test_fields_are_the_tables():
    assert [field.name for field in dataclasses.fields(Coefficients)] == list(TABLES)


def test_limits_are_found_by_name():
    assert tiny().limit("utilisation_max") == 0.8
    with pytest.raises(KeyError, match="budget"):
        tiny().limit("budget")


def test_replaced_tables_are_checked_again():
    world = tiny()

    assert world.with_tables(demand=world.demand.assign(requests_per_s=1.0)).demand["requests_per_s"].tolist() == [1.0] * 4
    assert world.demand["requests_per_s"].tolist() == [10.0, 4.0, 20.0, 8.0], "the original is untouched"
    with pytest.raises(InputError, match=r"demand, row 1, column requests_per_s: expected a number >= 0"):
        world.with_tables(demand=world.demand.assign(requests_per_s=-1.0))


@pytest.mark.parametrize(
    ("table", "column", "fragment"),
    [
        ("rates", "option", "rates, column option"),
        ("rates", "workload", "rates, column workload"),
        ("sites", "offer", "sites, column offer"),
        ("prices", "offer", "prices, column offer"),
        ("supply", "period", "supply, column period"),
        ("demand", "workload", "demand, column workload"),
        ("blocks", "period", "blocks, column period"),
        ("paths", "workload", "paths, column workload"),
    ],
)
def test_a_name_that_no_other_table_has_is_told(table, column, fragment):
    frame = getattr(tiny(), table)
    first = frame.iloc[[0]].assign(**{column: "ghost"})

    with pytest.raises(InputError, match=f"{fragment}: expected .*found 'ghost'"):
        tiny().with_tables(**{table: pd.concat([frame, first], ignore_index=True)})


def test_an_offer_without_a_price_in_some_period_is_told():
    prices = tiny().prices

    with pytest.raises(InputError, match="a price of re in q2"):
        tiny().with_tables(prices=prices[~((prices["offer"] == "re") & (prices["period"] == "q2"))])


def test_an_offer_without_a_cap_in_some_period_is_told():
    supply = tiny().supply

    with pytest.raises(InputError, match="supply"):
        tiny().with_tables(supply=supply.iloc[:-1])


def test_all_faults_of_all_tables_are_told_at_once():
    tables = frames(tiny())
    tables["demand"] = tables["demand"].assign(requests_per_s=-1.0)
    tables["offers"] = tables["offers"].assign(kind="stolen")
    del tables["pools"]

    with pytest.raises(InputError) as caught:
        checked_coefficients(tables)

    text = str(caught.value)
    assert "a table 'pools'" in text
    assert text.count("demand, row") == 4
    assert text.count("on_demand, owned, reserved, purchase") == 2


def test_a_missing_file_is_told(tmp_path):
    write_coefficients(tiny(), tmp_path)
    (tmp_path / "rates.csv").unlink()

    with pytest.raises(InputError, match=r"rates.csv.*no such file"):
        read_coefficients(tmp_path)


def test_policy_limits_are_found_by_kind():
    row = {"limit": "cash", "kind": "budget_usd", "scope": "", "value": 5.0, "unit": "usd", "period": "q1", "benchmark": ""}
    limits = pd.concat([tiny().limits, pd.DataFrame([row])], ignore_index=True)

    assert tiny().with_tables(limits=limits).limits_of("budget_usd") == [row]
    assert tiny().limits_of("budget_usd") == []
