"""Alternatives as intervals: by pencil on the tiny instance, and the arithmetic of nested ones."""

import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from planner.errors import InputError
from planner.pipeline import SolveSettings
from planner.studies.choices import (
    CHEAPER,
    COLUMNS,
    DEARER,
    OPEN,
    Choice,
    choose,
    difference,
    differences,
    nested_difference,
    table,
)
from planner.studies.choices import _nested as nested
from tests.small_instances import shipped_catalog

TINY = Path(__file__).parents[2] / "instances" / "tiny"
EXACT = SolveSettings(gap=1e-6, time_limit_s=60.0, threads=1)
RENT_USD, RESERVED_USD = 61_392.0, 48_252.0
"""4 usd/h x (8,760 + 4,380 + 2 x 1,104 h), and the optimum of tests/instances/test_tiny.py."""


@pytest.fixture(scope="module")
def rent_and_reserve() -> Sequence[Choice]:
    """Renting alone, and reservations beside it, on the tiny instance."""
    terms = {"rent": {"supply.terms": ["on_demand"]}, "reserve": {"supply.terms": ["on_demand", "reserved_1y"]}}
    return choose(TINY, terms, EXACT, is_nested=True)


def test_what_a_contract_saves_on_the_tiny_instance(rent_and_reserve: Sequence[Choice]) -> None:
    rent, reserve = rent_and_reserve
    saved = nested_difference(rent, reserve)

    assert (rent.objective_usd, reserve.objective_usd) == pytest.approx((RENT_USD, RESERVED_USD), abs=0.1)
    assert (saved.low_usd, saved.high_usd) == pytest.approx((13_140.0, 13_140.0), abs=0.2)
    assert saved.verdict == DEARER
    assert rent.variants == {"chat": ("llama-3.1-8b@fp8",)}


def test_energy_and_carbon_are_those_of_the_nodes_that_are_there(rent_and_reserve: Sequence[Choice]) -> None:
    """Renting runs 8,760 + 4,380 + 2 x 1,104 node-hours; all in one region, so carbon is proportional to energy."""
    rent, _ = rent_and_reserve
    hours = 8_760 + 4_380 + 2 * 1_104

    catalog = shipped_catalog()
    place = catalog.regions.set_index("region").loc["us-virginia"]
    mwh = catalog.node_types["4xL4"].power_kw * hours * float(place["pue"]) / 1000
    assert rent.mwh == pytest.approx(mwh)
    assert rent.tonnes_co2 == pytest.approx(mwh * float(place["grid_kg_co2_per_kwh"]))


@pytest.mark.slow
def test_the_same_terms_twice_are_one_plan_beside_one_without_any() -> None:
    terms = {
        "one": {"supply.terms": ["on_demand"]},
        "none": {"supply.nodes_max_per_offer": 0},
        "two": {"supply.terms": ["on_demand"]},
    }
    one, none, two = choose(TINY, terms, EXACT)

    assert none.why_not
    assert two.mwh == one.mwh


def test_an_alternative_without_a_plan_says_why(rent_and_reserve: Sequence[Choice]) -> None:
    (none,) = choose(TINY, {"none": {"supply.nodes_max_per_offer": 0}}, EXACT)

    assert [one.why_not for one in rent_and_reserve] == ["", ""]
    assert none.why_not
    assert math.isnan(none.objective_usd)
    assert none.line().startswith("none: no plan (")


def test_no_alternative_is_refused_and_a_wrong_override_is_told() -> None:
    with pytest.raises(InputError, match="at least one"):
        choose(TINY, {}, EXACT)
    with pytest.raises(InputError, match="colour"):
        choose(TINY, {"a": {"colour": "red"}}, EXACT)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [((90.0, 100.0), (101.0, 110.0), DEARER), ((90.0, 100.0), (70.0, 89.0), CHEAPER), ((90.0, 100.0), (95.0, 120.0), OPEN)],
)
def test_differences_are_intervals(first: tuple[float, float], second: tuple[float, float], verdict: str) -> None:
    told = difference(Choice("a", *first), Choice("b", *second))

    assert (told.low_usd, told.high_usd) == (second[0] - first[1], second[1] - first[0])
    assert told.verdict == verdict
    assert verdict in told.line()


def test_differences_are_against_the_first_that_has_a_plan() -> None:
    found = differences([Choice("none", why_not="x"), Choice("a", 9.0, 10.0), Choice("b", 19.0, 20.0)])

    assert [(one.before, one.after, one.low_usd, one.high_usd) for one in found] == [("a", "b", 9.0, 11.0)]


def test_a_wider_alternative_bounds_the_narrower_and_takes_its_plan() -> None:
    three = [Choice("narrow", 50.0, 100.0, 1.0), Choice("middle", 60.0, 120.0, 2.0), Choice("wide", 70.0, 90.0, 3.0)]
    narrow, middle, wide = nested(three)

    assert (narrow.bound_usd, narrow.objective_usd) == (70.0, 100.0)
    assert (middle.bound_usd, middle.objective_usd, middle.tonnes_co2) == (70.0, 100.0, 1.0)
    assert (wide.bound_usd, wide.objective_usd) == (70.0, 90.0)
    assert nested_difference(middle, wide).low_usd == 0.0


def test_a_wider_alternative_that_found_nothing_has_the_narrower_plan() -> None:
    narrow, wide = nested([Choice("narrow", 50.0, 100.0), Choice("wide", why_not="time")])

    assert (wide.objective_usd, wide.why_not, wide.alternative) == (100.0, "", "wide")
    assert wide.bound_usd == float("-inf")
    assert narrow.bound_usd == 50.0


def test_a_narrow_alternative_may_be_impossible() -> None:
    narrow, wide = nested([Choice("narrow", why_not="nothing fits"), Choice("wide", 50.0, 100.0)])

    assert narrow.why_not == "nothing fits"
    assert wide.objective_usd == 100.0


def test_the_table_has_a_row_an_alternative() -> None:
    frame = table([Choice("a", 9.0, 10.0), Choice("b", why_not="x")])

    assert frame.columns.tolist() == COLUMNS
    assert frame["gap"].tolist()[0] == pytest.approx(0.1)
