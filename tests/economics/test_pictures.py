"""Pictures: what is said on them, that both renderers draw all of it, and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from planner.economics.pictures import (
    Panel,
    Picture,
    Scale,
    Series,
    Zone,
    check_suffix,
    html,
    image,
    look,
    matplotlib_figure,
    plotly_figure,
    write_picture,
)
from planner.errors import InputError

LINE = Series("alpha", (1.0, 10.0, 100.0), (3.0, 2.0, 1.0), style=0, low=(2.5, 1.5, 0.5), high=(3.5, 2.5, 1.5))
DOTS = Series("beta", (2.0, 20.0), (1.0, float("nan")), style=1, kind="points", labels=("here", ""), notes=("one", "two"))
PANEL = Panel(Scale("speed", "tokens/s", is_log=True), Scale("cost", "usd"), (LINE, DOTS), (Zone("good", 2.0, 20.0),), "left")
OTHER = replace(PANEL, zones=(Zone("cheap", y_low=0.0, y_high=1.0),), title="right")
PICTURE = Picture("Two lines", (PANEL, OTHER), "Source: made up")


def test_the_suffix_chooses_the_form(tmp_path: Path) -> None:
    heads = {".html": b"<!doctype html>", ".png": b"\x89PNG", ".svg": b"<?xml"}

    for suffix, head in heads.items():
        assert write_picture(PICTURE, tmp_path / f"a{suffix}").read_bytes().startswith(head)


@pytest.mark.parametrize("name", ["a.pdf", "a", "a.html.gz"])
def test_other_forms_are_refused_before_any_work(name: str, tmp_path: Path) -> None:
    for refuse in (check_suffix, lambda path: write_picture(PICTURE, path)):
        with pytest.raises(InputError, match=r"\.html, \.png, \.svg"):
            refuse(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_the_page_needs_no_network_and_says_everything() -> None:
    page = html(PICTURE)

    assert 'src="http' not in page
    for text in ("Two lines", "alpha", "beta", "speed [tokens\\u002fs]", "cost [usd]", "Source: made up", "good", "cheap", "one"):
        assert text in page, text


def test_the_drawing_says_everything() -> None:
    drawing = image(PICTURE, "svg").decode()

    for text in ("Two lines", "alpha", "beta", "speed [tokens/s]", "cost [usd]", "Source: made up", "good", "cheap", "here"):
        assert f">{text}<" in drawing, text


def test_equal_pictures_are_equal_bytes() -> None:
    assert image(PICTURE, "svg") == image(PICTURE, "svg")


def test_both_renderers_draw_every_point_on_the_scale_asked_for() -> None:
    interactive, static = plotly_figure(PICTURE), matplotlib_figure(PICTURE)

    traces = [trace for trace in interactive.data if trace.name == "alpha" and trace.fill is None]
    assert [list(trace.y) for trace in traces] == [[3.0, 2.0, 1.0]] * 2
    assert [trace.showlegend for trace in traces] == [True, False]
    assert interactive.layout.xaxis.type == "log"
    assert interactive.layout.yaxis.type == "linear"
    assert [axes.get_xscale() for axes in static.axes] == ["log", "log"]
    assert list(static.axes[0].lines[0].get_ydata()) == [3.0, 2.0, 1.0]


def test_limits_are_kept() -> None:
    panel = replace(PANEL, x=replace(PANEL.x, limits=(1.0, 1000.0)))
    picture = replace(PICTURE, panels=(panel,))

    assert list(plotly_figure(picture).layout.xaxis.range) == [0.0, 3.0]
    assert matplotlib_figure(picture).axes[0].get_xlim() == (1.0, 1000.0)


def test_forty_styles_all_differ() -> None:
    assert len({look(style) for style in range(40)}) == 40


def test_neighbouring_styles_differ_without_colour() -> None:
    assert len({look(style)[1:] for style in range(40)}) == 40


@pytest.mark.parametrize("ends", [{}, {"x_low": 1.0}, {"x_low": 1.0, "x_high": 2.0, "y_low": 0.0}])
def test_half_zones_are_refused(ends: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="both ends"):
        Zone("half", **ends)


def test_rectangles_are_drawn_by_both() -> None:
    picture = replace(PICTURE, panels=(replace(PANEL, zones=(Zone("box", 1.0, 2.0, 3.0, 4.0),)),))

    assert plotly_figure(picture).layout.shapes[0].y1 == 4.0
    assert ">box<" in image(picture, "svg").decode()


def test_a_series_of_unequal_lengths_is_refused() -> None:
    with pytest.raises(ValueError, match="alpha: 2 values of y for 3 of x"):
        replace(LINE, y=(1.0, 2.0))


def test_a_picture_names_its_sources() -> None:
    with pytest.raises(ValueError, match="sources"):
        replace(PICTURE, caption=" ")
