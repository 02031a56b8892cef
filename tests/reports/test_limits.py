"""The section on limits: the tightest place of each, the tightest limit first."""

import pytest

from planner.reports.facts import ReportFacts
from planner.reports.html import render
from planner.reports.limits import amount, limits


def test_the_tightest_limit_comes_first_with_where_it_is_tight(risky_facts: ReportFacts) -> None:
    """Every accelerator is of one vendor, so the whole of that share is used in every block."""
    found = limits(risky_facts.plan.tables, risky_facts.coefficients)
    assert found is not None
    share, cash = found["rows"]

    assert (share["limit"], share["share"], share["used"], share["allowed"]) == ("no lock-in", 1.0, "100.0 %", "100.0 %")
    assert share["where"].startswith("NVIDIA q1/")
    assert cash["limit"] == "cash"
    dearest = risky_facts.plan.tables.scenarios["usd"].max()
    assert cash["share"] == pytest.approx(dearest / 1e7, rel=0.05)


def test_a_plan_without_limits_has_no_section(facts: ReportFacts) -> None:
    assert limits(facts.plan.tables, facts.coefficients) is None


def test_amounts_carry_their_unit() -> None:
    assert amount(1234.0, "budget_usd", "usd") == "$1,234"
    assert amount(20.0, "carbon_kg", "kg") == "20 kg"


def test_the_page_shows_it(risky_facts: ReportFacts) -> None:
    assert "Limits of policy, and how close they are" in render(risky_facts)
