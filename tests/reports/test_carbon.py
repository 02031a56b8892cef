"""The section on carbon: kg by region and period are those of the audit's own sum."""

import pytest

from planner.plan.policy_terms import emissions
from planner.reports.carbon import by_region, carbon, is_used
from planner.reports.facts import ReportFacts
from planner.reports.html import render


def test_sums_are_the_plans_emissions(risky_facts: ReportFacts) -> None:
    tables, given = risky_facts.plan.tables, risky_facts.coefficients
    found = carbon(tables, given)
    assert found is not None

    assert found["kg"] == pytest.approx(emissions(tables.nodes, given)["kg"].sum())
    assert found["usd"] == pytest.approx(50.0 * found["kg"] / 1000)
    assert sum(row["kg"][0] + row["kg"][1] for row in found["rows"]) == pytest.approx(found["kg"])
    grid = given.grid.set_index("region")["grid_kg_co2_per_kwh"]
    frame = by_region(tables, given)
    assert frame["kg"].to_list() == pytest.approx((frame["kwh"] * frame["region"].map(grid)).to_list())


def test_a_plan_without_a_wish_on_carbon_has_no_section(facts: ReportFacts) -> None:
    assert not is_used(facts.coefficients)
    assert carbon(facts.plan.tables, facts.coefficients) is None


def test_the_page_shows_it(risky_facts: ReportFacts) -> None:
    assert "at the price of carbon" in render(risky_facts)
