"""The section on scenarios: the plan's own costs, the expectation, the tail."""

import pytest

from planner.reports.facts import ReportFacts
from planner.reports.figures import usd
from planner.reports.futures import future_chart, futures
from planner.reports.html import render


def test_costs_by_scenario_and_their_difference_from_the_expectation(risky_facts: ReportFacts) -> None:
    found = futures(risky_facts.plan.tables, risky_facts.coefficients)
    assert found is not None
    low, high = found["rows"]

    assert (low["scenario"], high["scenario"]) == ("low", "high")
    assert 0.75 * low["usd"] + 0.25 * high["usd"] == pytest.approx(found["expected_usd"])
    assert high["change_usd"] == pytest.approx(high["usd"] - found["expected_usd"])
    assert found["always_usd"] <= low["usd"]
    assert f"25 % of the probability together, cost {usd(high['usd'])} on average" in found["tail"]
    assert "weight of 50 %" in found["tail"]


def test_one_scenario_needs_no_section(facts: ReportFacts) -> None:
    assert futures(facts.plan.tables, facts.coefficients) is None


def test_the_page_calls_the_cost_expected_and_shows_the_goal(risky_facts: ReportFacts) -> None:
    page = render(risky_facts)

    assert "at an expected $" in page
    assert "This plan aims at the least cost with the worst futures weighed in" in page
    assert "l = low, h = high" in page
    assert '<section id="futures">' in page


def test_a_commitment_dearer_than_a_scenario_draws_no_negative_bar(risky_facts: ReportFacts) -> None:
    frame = risky_facts.plan.tables.scenarios
    chart = future_chart(frame.assign(change_usd=0.0), 2 * float(frame["usd"].max()))

    assert "follows demand" not in chart
