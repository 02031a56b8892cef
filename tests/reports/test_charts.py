import re
from xml.etree import ElementTree

import pytest

from planner.reports.charts import LIMIT_COLOUR, Axis, Series, Step, Words, columns, legend, rows, waterfall
from planner.reports.svg import Fill

NAMESPACE = "{http://www.w3.org/2000/svg}"
WORDS = Words("k", "Title", "Description", "usd")
DARK, LIGHT = Fill("#111111"), Fill("#eeeeee")


def bars(chart: str) -> list[ElementTree.Element]:
    """Returns the rectangles that tell something under the pointer: bars, not legend boxes."""
    rects = ElementTree.fromstring(chart).findall(f"{NAMESPACE}rect")
    return [rect for rect in rects if rect.find(f"{NAMESPACE}title") is not None]


def of(bar: ElementTree.Element, name: str) -> float:
    return float(bar.attrib[name])


def test_columns_stack_in_proportion_and_keep_their_order() -> None:
    axis = Axis(("a", "a", "b"), ("x", "y", "x"))
    chart = columns(WORDS, axis, [Series("low", DARK, (10.0, 20.0, 0.0)), Series("high", LIGHT, (30.0, 0.0, 5.0))])
    first_low, first_high, second_low, third_high = bars(chart)

    assert of(first_high, "height") == pytest.approx(3 * of(first_low, "height"), abs=0.3)
    assert of(second_low, "height") == pytest.approx(2 * of(first_low, "height"), abs=0.3)
    assert of(first_high, "y") + of(first_high, "height") == pytest.approx(of(first_low, "y"), abs=0.3)
    assert of(first_low, "x") < of(second_low, "x") < of(third_high, "x")
    assert of(third_high, "x") - of(second_low, "x") > of(second_low, "x") - of(first_low, "x")


def test_negative_values_hang_under_the_axis() -> None:
    up, down = bars(columns(WORDS, Axis(("a",), ("",)), [Series("up", DARK, (10.0,)), Series("down", LIGHT, (-5.0,))]))

    assert of(up, "y") + of(up, "height") == pytest.approx(of(down, "y"), abs=0.3)
    assert of(down, "height") == pytest.approx(of(up, "height") / 2, abs=0.3)


def test_a_limit_is_one_step_over_each_column_at_its_value() -> None:
    axis = Axis(("a", "a"), ("x", "y"))
    chart = columns(WORDS, axis, [Series("demand", DARK, (10.0, 4.0))], Series("limit", Fill(LIMIT_COLOUR), (10.0, 8.0)))
    path = next(p for p in ElementTree.fromstring(chart).findall(f"{NAMESPACE}path") if p.attrib["stroke"] == LIMIT_COLOUR)
    heights = [float(piece.split(",")[1].split()[0]) for piece in path.attrib["d"].split("M")[1:]]

    assert heights[0] == pytest.approx(of(bars(chart)[0], "y"), abs=0.3)
    assert heights[1] > heights[0]


def test_rows_stack_from_the_left_and_end_in_their_text() -> None:
    chart = rows(WORDS, ["one", "two"], [Series("a", DARK, (1.0, 2.0)), Series("b", LIGHT, (3.0, 0.0))], ["$4", "$2"])
    first, second, third = bars(chart)

    assert of(second, "width") == pytest.approx(3 * of(first, "width"), abs=0.3)
    assert of(second, "x") == pytest.approx(of(first, "x") + of(first, "width"), abs=0.3)
    assert of(third, "y") > of(first, "y")
    assert {"$4", "$2"} <= {text.text for text in ElementTree.fromstring(chart).findall(f"{NAMESPACE}text")}


def test_a_waterfall_starts_each_step_where_the_last_one_ended() -> None:
    steps = [Step("rent", 100.0), Step("credit", -40.0), Step("total", 60.0, is_total=True)]
    rent, credit, total = bars(waterfall(WORDS, steps, (DARK, LIGHT, DARK), ["$100", "-$40", "$60"]))

    assert of(credit, "x") + of(credit, "width") == pytest.approx(of(rent, "x") + of(rent, "width"), abs=0.3)
    assert of(total, "x") == of(rent, "x")
    assert of(total, "width") == pytest.approx(of(credit, "x") - of(total, "x"), abs=0.3)


def test_an_empty_chart_is_still_a_drawing() -> None:
    for chart in (columns(WORDS, Axis((), ()), []), rows(WORDS, [], [], []), waterfall(WORDS, [], (DARK, LIGHT, DARK), [])):
        assert ElementTree.fromstring(chart).attrib["role"] == "img"


def test_labels_that_do_not_fit_are_turned_and_the_drawing_grows() -> None:
    axis = Axis(tuple("abcdefghij"[i // 4] for i in range(40)), ("2027Q1",) * 40)
    root = ElementTree.fromstring(columns(WORDS, axis, [Series("s", DARK, (1.0,) * 40)], height=200.0))
    turned = [t for t in root.iter(f"{NAMESPACE}text") if t.attrib.get("transform", "").startswith("rotate(-90")]

    assert len(turned) == 40
    assert float(root.attrib["viewBox"].split()[3]) > 200


def test_a_legend_on_its_own_names_every_series() -> None:
    drawn = ElementTree.fromstring(legend(WORDS, [Series("one", DARK, ()), Series("two", LIGHT, ())]))

    assert [text.text for text in drawn.iter(f"{NAMESPACE}text")] == ["one", "two"]


def test_labels_that_would_collide_are_left_out_but_groups_keep_theirs() -> None:
    places = 120
    axis = Axis(tuple(f"g{i // 60}" for i in range(places)), ("a long label",) * places)
    texts = [
        t.text
        for t in ElementTree.fromstring(columns(WORDS, axis, [Series("s", DARK, (1.0,) * places)])).iter(f"{NAMESPACE}text")
    ]

    assert "a long label" not in texts
    assert {"g0", "g1"} <= set(texts)


def test_a_name_too_long_for_its_room_keeps_both_ends() -> None:
    long = "retrieval-augmented-assistant-for-customers-in-north-america"
    drawn = rows(WORDS, [long], [Series("a", Fill("#111111"), (1.0,))], ["$1"], width=400.0)

    assert long not in re.sub(r"<title>.*?</title>", "", drawn)
    assert "retrieval-…th-america" in drawn
