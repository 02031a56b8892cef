"""Who answers: shares by hand, and nothing where replicas answer all."""

import pytest

from planner.reports import sentences
from planner.reports.answered import answered, by_period, sellers
from planner.reports.facts import ReportFacts
from planner.reports.html import render

HALF = 0.5 * 2190 * 3600
"""chat asks for 1 request/s; 0.5 are bought, which is the cap, 0.5 turned away."""


def test_shares_money_and_sellers_by_hand(bought_facts: ReportFacts) -> None:
    tables, given = bought_facts.plan.tables, bought_facts.coefficients
    frame = by_period(tables, given).set_index("workload").loc["chat"]
    found = answered(tables, given)

    assert (frame["own"], frame["bought"], frame["refused"]) == pytest.approx((0.0, HALF, HALF))
    assert frame["unserved_usd"] == pytest.approx(1e-3 * HALF)
    assert found is not None
    assert found["rows"][0]["bought_share"] == pytest.approx(0.5)
    assert [row["workload"] for row in found["rows"]] == ["chat", "all"]
    assert found["refused"] == [("chat", [pytest.approx(0.5)])]
    assert sellers(tables, given).iloc[0]["requests_per_s_max"] == 0.5


def test_replicas_that_answer_all_need_no_section(facts: ReportFacts) -> None:
    assert answered(facts.plan.tables, facts.coefficients) is None


def test_the_page_tells_what_is_bought_and_turned_away_first(bought_facts: ReportFacts) -> None:
    page = render(bought_facts)

    assert "No replica of its own serves the 1 workload" in sentences.decision(bought_facts)
    assert "50.0 % of the requests are bought by the token" in sentences.decision(bought_facts)
    assert "50.0 % are turned away, charged at $3,942, mostly of chat" in sentences.decision(bought_facts)
    assert "0.5 requests/s" in page
    assert '<section id="answered">' in page


def test_the_views_of_the_money_add_up_with_tokens_and_charges(bought_facts: ReportFacts) -> None:
    page, cash = render(bought_facts), bought_facts.cash

    assert bought_facts.spending["usd"].sum() == pytest.approx(bought_facts.plan.facts.objective_usd)
    assert set(bought_facts.spending["accelerator"]) == {"tokens bought", "turned away"}
    assert cash["cash_usd"].sum() + cash["internal_usd"].sum() == pytest.approx(bought_facts.plan.facts.objective_usd)
    assert "and what is paid to nobody" in page
