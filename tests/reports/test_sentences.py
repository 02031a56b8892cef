"""What a report says in words."""

from dataclasses import replace

import pandas as pd
import pytest

from planner.plan.plan import Reached
from planner.reports import sentences
from planner.reports.facts import ReportFacts
from planner.reports.figures import usd_short


def test_the_decision_names_commitments_rent_regions_cost_and_credit(facts: ReportFacts) -> None:
    said = sentences.decision(facts)

    assert said.startswith(
        "In q1 commit to 3 × 8xH100 (aws, us-virginia, 4 periods) and 1 × 8xH100 (bought for us-virginia): $1.784 million"
    )
    assert "Rent 8xH100 by the hour for the rest ($528,134)." in said
    assert "3 workloads from germany-frankfurt and us-virginia at $1.783 million over q1 to q2" in said
    assert "after a credit of $551,065" in said


def test_a_plan_without_commitments_or_rent_says_so(facts: ReportFacts) -> None:
    bare = replace(facts, orders=facts.orders.iloc[:0], rentals=facts.rentals.iloc[:0])

    assert sentences.decision(bare).startswith("Sign nothing: this plan commits to no node. Rent nothing by the hour.")


def test_orders_of_several_periods_each_say_when_to_sign(facts: ReportFacts) -> None:
    said = sentences.decision(replace(facts, orders=facts.orders.assign(period=["q1", "q2"])))

    assert said.startswith(
        "Commit to 3 × 8xH100 (aws, us-virginia, 4 periods, sign in q1) and 1 × 8xH100 (bought for us-virginia, sign in q2)"
    )


def test_only_the_first_commitments_are_named(facts: ReportFacts) -> None:
    many = replace(facts, orders=pd.concat([facts.orders] * 3, ignore_index=True))

    assert "and 3 more commitments:" in sentences.decision(many)


def test_the_gap_is_told_as_money_and_as_met_or_not(facts: ReportFacts) -> None:
    plan = facts.plan.facts
    met = sentences.gap_meaning(plan)
    open_gap = sentences.gap_meaning(replace(plan, status="feasible", gap_asked=0.001, limit="time"))

    assert "costs less than $1.774 million" in met
    assert "save at most $8,914, 0.50 % of this plan" in met
    assert met.endswith("The gap asked for, 1.00 %, is met.")
    assert "The gap asked for, 0.10 %, is not met: the search stopped at its time limit" in open_gap
    assert sentences.gap_meaning(replace(plan, gap=None, bound_usd=None)).startswith("No lower bound is proved")


def test_confidence_weighs_estimates_against_the_gap(facts: ReportFacts) -> None:
    spread = pd.DataFrame({"case": ["low", "as planned", "high"], "total_usd": 0.0, "change_usd": [-100_000.0, 0.0, 100_000.0]})
    wide = " ".join(sentences.confidence(replace(facts, price_range=spread)))
    narrow = " ".join(sentences.confidence(replace(facts, price_range=spread.assign(change_usd=[-1.0, 0.0, 1.0]))))

    assert "55 % of the money for nodes is spent at estimated prices." in wide
    assert "100 % of the money for replicas is sized with modelled throughput" in wide
    assert "$1.683 million to $1.883 million" in wide
    assert "more than the $8,914" in wide
    assert "Confirm those prices" in wide
    assert "no more than the $8,914" in narrow


def test_published_prices_and_measured_rates_are_said_to_be_so(facts: ReportFacts) -> None:
    known = pd.DataFrame({"source": ["list_price"], "usd": [1.0], "share": [1.0]})
    rates = known.assign(source="measured")
    said = sentences.confidence(replace(facts, price_sources=known, rate_sources=rates))

    assert said == [
        "Every price behind this plan is published or given by the user.",
        "Every replica is sized with a measured or user-given rate.",
    ]


def test_calibrated_rates_are_not_told_as_measured(facts: ReportFacts) -> None:
    rates = pd.DataFrame({"source": ["measured", "calibrated"], "usd": [1.0, 3.0], "share": [0.25, 0.75]})
    said = " ".join(sentences.confidence(replace(facts, rate_sources=rates)))

    assert "75 % of the money for replicas is sized with a throughput model fitted to published measurements" in said
    assert "Throughput may fall 20 % short" in said


def test_throughput_margin_is_what_the_fullest_block_leaves(facts: ReportFacts) -> None:
    """chat in q1 night: 20 requests/s on 5 replicas of 5; research 0.7 on 1: the cap of 0.8 leaves a fifth."""
    assert sentences.throughput_margin(facts) == pytest.approx(0.2)


def test_the_bounds_proof_says_on_whose_word_it_rests(facts: ReportFacts) -> None:
    plan = facts.plan.facts

    assert "no independent certificate" in " ".join(sentences.bound_words(plan))
    assert "backed by: exact arithmetic" in " ".join(sentences.bound_words(replace(plan, bound_proof="exact arithmetic")))
    assert "No bound came back." in sentences.bound_words(replace(plan, bound_usd=None))
    assert any("branch and bound" in said for said in sentences.bound_words(replace(plan, method="textbook")))


def test_hours_after_the_horizon_are_priced_with_the_decision_held_fixed(facts: ReportFacts) -> None:
    inside = replace(facts, orders=facts.orders.assign(hours_after=0.0))

    assert "the decision is held fixed" in sentences.terminal_words(facts)
    assert sentences.terminal_words(inside).startswith("No commitment outlives the horizon")


def test_goals_are_told_in_their_order_and_units(facts: ReportFacts) -> None:
    first = Reached("least_carbon", 7000.0, 6500.0, "kg", 0.0714, 0.1)
    second = Reached("most_served", 2e6, None, "requests", None, 0.0)
    plan = replace(facts.plan.facts, goals=(first, second), bound_usd=None, gap=None)
    said = sentences.gap_meaning(plan)

    assert (
        "aims at the least carbon and comes to 7,000 kg CO₂; no fleet that keeps these promises comes to less than 6,500" in said
    )
    assert "Among fleets within 10.0 % of that, this plan aims at the most requests served" in said
    assert "2 million requests; no bound on it is proved." in said
    assert f"Its cost, {usd_short(plan.objective_usd)}, is what that takes" in said
    assert sentences.gap_card(plan)[2] == "least carbon: 7,000 kg CO₂, none beyond 6,500 kg CO₂ is possible"
    assert sentences.bound_words(plan)[-1] == "Each goal has its own bound, told above."
