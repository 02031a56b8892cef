"""The picture of a frontier: every curve, its preferred point, its prices."""

import numpy as np

from planner.economics.frontier_answer import FrontierQuestion, answer
from planner.economics.frontier_picture import MARKS, caption, frontier_picture
from planner.economics.pictures import html, image
from tests.roofline.machines import shipped

FOUND = answer(FrontierQuestion(("llama-3.1-70b",), ("H100", "MI300X")), shipped())


def test_every_curve_is_drawn_with_its_ends_and_its_preferred_point():
    panel = frontier_picture(FOUND).panels[0]
    curves, stars = panel.series[:-1], panel.series[-1]

    assert [one.name for one in curves] == [name for name, _ in FOUND.curves()]
    assert stars.kind == "points"
    for (_, frame), one, star in zip(FOUND.curves(), curves, stars.x, strict=True):
        assert (one.x[0], one.x[-1]) == (frame["tok_s_per_request"].iloc[0], frame["tok_s_per_request"].iloc[-1])
        assert star in one.x
        assert MARKS / 2 < len(one.x) <= MARKS + 3
        assert (np.diff(one.y) > 0).all()


def test_axes_have_units_and_the_caption_names_prices():
    picture = frontier_picture(FOUND)

    assert picture.panels[0].x.unit == "tokens/s"
    assert picture.panels[0].y.unit == "USD per million tokens"
    assert picture.panels[0].y.is_log
    for price in FOUND.prices.values():
        assert price.offer in caption(FOUND)


def test_it_is_drawn_by_both_renderers():
    picture = frontier_picture(FOUND)

    assert image(picture, "png").startswith(b"\x89PNG")
    assert "llama-3.1-70b MI300X bf16" in html(picture)
