"""The money frames of the plan made by hand."""

import pandas as pd
import pytest

from planner.reports import money
from planner.reports.facts import ReportFacts
from tests.plan.worlds import OD, RE, coefficients, tables


def test_terms_and_ledger_add_up_to_the_cost(facts: ReportFacts) -> None:
    total = facts.plan.facts.objective_usd

    assert facts.terms["usd"].sum() == pytest.approx(total)
    assert facts.ledger["total_usd"].sum() == pytest.approx(total)
    assert facts.ledger[["q1", "q2"]].to_numpy().sum() == pytest.approx(total)
    assert facts.spending["usd"].sum() == pytest.approx(total)


def test_a_folded_ledger_sums_what_it_hides_term_by_term() -> None:
    rows = [("Rent", "big", 50.0), *(("Egress", f"w{i}", float(20 - i)) for i in range(15))]
    frame = pd.DataFrame([(*row, row[2]) for row in rows], columns=["term", "item", "q1", "total_usd"])

    folded = money.folded(frame)

    assert folded["item"].tolist() == ["big", *(f"w{i}" for i in range(10)), "5 more, in ledger.csv"]
    assert folded["total_usd"].sum() == frame["total_usd"].sum()
    assert folded["q1"].iloc[-1] == sum(range(6, 11))
    assert money.folded(folded).equals(folded)


def test_a_short_ledger_is_not_folded(facts: ReportFacts) -> None:
    assert money.folded(facts.ledger).equals(facts.ledger)


def test_the_same_decision_at_other_use_shares_moves_only_the_credit(facts: ReportFacts) -> None:
    """At a share of 0.5 the credit is half of what it is at 1."""
    cases = facts.use_shares.set_index("terminal_use_share")
    credit = -facts.terms.set_index("term").loc["terminal_credit", "usd"]

    assert cases["credit_usd"].to_dict() == pytest.approx({0.0: 0.0, 0.5: credit, 1.0: 2 * credit})
    assert cases["total_usd"].to_dict() == pytest.approx(
        {share: facts.plan.facts.objective_usd + change for share, change in ((0.0, credit), (0.5, 0.0), (1.0, -credit))}
    )
    assert cases["is_given"].tolist() == [False, True, False]


def test_estimated_prices_move_over_their_range_and_published_ones_stay() -> None:
    """Reserved at 40 or 60 usd/h: 10 usd/h on 3 x 8688 h, less half of 4344 h in the credit. On demand is a list price."""
    offers = pd.DataFrame(
        [(RE, "50", "40", "60"), (OD, "80", "10", "99")],
        columns=["offer", "usd_per_hour", "usd_per_hour_low", "usd_per_hour_high"],
    )
    change = 10.0 * 3 * (8688 - 0.5 * 4344)

    cases = money.price_range(tables(), coefficients(), offers).set_index("case")

    assert cases["change_usd"].to_dict() == pytest.approx({"low": -change, "as planned": 0.0, "high": change})
    assert cases.loc["as planned", "total_usd"] == pytest.approx(tables().total_usd)


def test_without_a_stated_range_only_the_plan_itself_is_shown() -> None:
    cases = money.price_range(tables(), coefficients(), pd.DataFrame({"offer": [RE], "usd_per_hour": ["50"]}))

    assert cases["case"].tolist() == ["as planned"]
