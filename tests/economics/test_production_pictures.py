"""What the production frontier's pictures show."""

import math

from planner.economics.cost_zone import Limits
from planner.economics.pictures import image
from planner.economics.production import Production, Question, production
from planner.economics.production_pictures import production_picture
from tests.economics.test_production import points


def answer(scores: dict[str, float] | None = None) -> Production:
    return production(points(), {"A": 18.0}, Question(limits=Limits(tpot_ms=15.0)), scores)


def test_three_panels_without_scores_and_four_with() -> None:
    assert len(production_picture(answer(), "t", "c").panels) == 3
    assert len(production_picture(answer({"a": 70.0, "b": 80.0}), "t", "c").panels) == 4


def test_cost_has_a_line_a_setup_and_rings_on_its_zone() -> None:
    cost = production_picture(answer(), "t", "c").panels[0]
    rings = [one for one in cost.series if one.is_ringed]

    assert [one.name for one in cost.series if one.kind == "line"] == ["a, 2 x A", "b, 2 x A"]
    assert [(tuple(one.x), tuple(one.y)) for one in rings] == [((2.0,), (2.5,)), ((2.0,), (5.0,))]
    assert [zone.name for zone in cost.zones] == ["zone, a", "zone, b"]
    assert cost.x.is_log
    assert cost.y.unit == "usd"


def test_no_ring_where_no_point_keeps_the_promises() -> None:
    found = production(points(), {"A": 18.0}, Question(limits=Limits(tpot_ms=1.0)))
    cost = production_picture(found, "t", "c").panels[0]

    assert [one for one in cost.series if one.is_ringed] == []
    assert list(cost.zones) == []


def test_elasticities_are_points_with_their_trend_and_the_threshold() -> None:
    series = production_picture(answer(), "t", "c").panels[2].series

    assert [one.kind for one in series] == ["points", "rule", "points", "rule", "rule"]
    assert series[-1].name == "threshold 0.5"
    assert all(math.isfinite(value) for one in series for value in one.y)


def test_dominated_setups_stand_apart() -> None:
    quality = production_picture(answer({"a": 80.0, "b": 70.0}), "t", "c").panels[3]

    assert {one.name: list(one.labels) for one in quality.series if one.kind == "points"} == {
        "on the frontier": ["a"], "b, dominated": [],
    }  # fmt: skip


def test_the_frontier_goes_flat_to_the_next_cost_then_up() -> None:
    stairs = production_picture(answer({"a": 70.0, "b": 80.0}), "t", "c").panels[3].series[0]
    cheap, dear = answer().setups[0].zone.best_job_usd, answer().setups[1].zone.best_job_usd

    assert list(zip(stairs.x, stairs.y, strict=True)) == [(cheap, 70.0), (dear, 70.0), (dear, 80.0)]


def test_the_picture_can_be_drawn() -> None:
    picture = production_picture(answer({"a": 80.0, "b": 70.0}), "Title here", "Source: a test")

    assert image(picture, "svg").count(b"Title here") == 1
