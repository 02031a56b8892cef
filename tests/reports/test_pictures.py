from dataclasses import replace
from xml.etree import ElementTree

import pandas as pd
import pytest

from planner.reports import pictures
from planner.reports.facts import ReportFacts


@pytest.mark.parametrize(
    ("names", "shorts"),
    [
        (["peak", "shoulder", "night"], ["p", "s", "n"]),
        (["day", "dusk"], ["da", "du"]),
        (["a", "ab"], ["a", "ab"]),
        (["all"], ["a"]),
    ],
)
def test_block_labels_are_the_shortest_that_differ(names: list[str], shorts: list[str]) -> None:
    assert pictures.initials(names) == shorts


def test_the_key_under_the_charts_explains_them(facts: ReportFacts) -> None:
    assert pictures.block_key(facts) == "d = day, n = night"


def test_cash_after_the_horizon_is_drawn_only_where_there_is_any(facts: ReportFacts) -> None:
    after = facts.cash["period"] == "after horizon"
    none = facts.cash.assign(
        cash_usd=facts.cash["cash_usd"].where(~after, 0.0), amortised_usd=facts.cash["amortised_usd"].where(~after, 0.0)
    )

    assert "after horizon" in pictures.cash_chart(facts)
    assert "after horizon" not in pictures.cash_chart(replace(facts, cash=none))


def test_every_workload_and_region_has_a_chart(facts: ReportFacts) -> None:
    assert [name for name, _ in pictures.demand_charts(facts)] == ["chat", "secret", "research"]
    assert [name for name, _ in pictures.load_charts(facts)] == ["germany-frankfurt", "us-virginia"]


def test_contracts_keep_their_fill_in_every_chart(facts: ReportFacts) -> None:
    chart = ElementTree.fromstring(pictures.fleet_chart(facts))
    tips = [t.text or "" for t in chart.iter("{http://www.w3.org/2000/svg}title")]

    assert sum(tip.startswith("8xH100 q1, reserved: 3 nodes") for tip in tips) == 1
    assert sum(tip.startswith("8xA100 q2, owned: 1 nodes") for tip in tips) == 1


def test_with_scenarios_the_block_with_most_demand_stands_for_each() -> None:
    rows = [("chat", "q1", "day@low", 3.0), ("chat", "q1", "night@low", 5.0), ("chat", "q1", "day@high", 9.0)]
    frame = pd.DataFrame(rows, columns=["workload", "period", "block", "demand"])

    shown = pictures.fullest(frame, "workload", "demand")

    assert shown[["block", "demand"]].to_numpy().tolist() == [["low", 5.0], ["high", 9.0]]
