from itertools import pairwise
from xml.etree import ElementTree

import pytest

from planner.reports.svg import HATCHES, Fill, drawing, element, label, mark, short, ticks

HOSTILE = '"><script>alert(1)</script>&'
NAMESPACE = "{http://www.w3.org/2000/svg}"


def test_texts_and_attributes_are_escaped() -> None:
    body = [label(1, 2, HOSTILE), mark("k", 0, 0, 1, 1, Fill("#fff"), HOSTILE), element("g", {"class": HOSTILE})]
    made = drawing("k", 10, 10, HOSTILE, HOSTILE, [], body)
    root = ElementTree.fromstring(made)

    assert "<script" not in made
    assert root.find(f"{NAMESPACE}title").text == HOSTILE  # type: ignore[union-attr]
    assert root.find(f"{NAMESPACE}text").text == HOSTILE  # type: ignore[union-attr]
    assert root.find(f"{NAMESPACE}g").attrib["class"] == HOSTILE  # type: ignore[union-attr]


def test_every_hatch_used_is_defined_once_under_the_charts_own_key() -> None:
    fills = [Fill("#aabbcc", hatch) for hatch in HATCHES] * 2
    made = drawing("chart", 10, 10, "t", "d", fills, [mark("chart", 0, 0, 1, 1, fill) for fill in fills])
    root = ElementTree.fromstring(made)
    defined = [pattern.attrib["id"] for pattern in root.iter(f"{NAMESPACE}pattern")]
    used = {rect.attrib["fill"].removeprefix("url(#").removesuffix(")") for rect in root.findall(f"{NAMESPACE}rect")}

    assert len(defined) == len(set(defined)) == len(HATCHES)
    assert used == set(defined)
    assert all(name.startswith("chart-") for name in defined)


@pytest.mark.parametrize(("highest", "lowest"), [(7.3, 0.0), (462_068.0, 0.0), (0.003, 0.0), (5.0, -3.0), (1e9, -1e3)])
def test_ticks_cover_the_values_in_even_round_steps(highest: float, lowest: float) -> None:
    found = ticks(highest, lowest)
    steps = {round((b - a) / (found[1] - found[0]), 6) for a, b in pairwise(found)}

    assert found[0] <= lowest
    assert found[-1] >= highest * (1 - 1e-9)
    assert steps == {1.0}
    assert 3 <= len(found) <= 8


def test_counts_have_whole_ticks_and_an_empty_axis_has_one() -> None:
    assert ticks(1.0, step_min=1.0) == [0.0, 1.0]
    assert all(value == int(value) for top in range(1, 60) for value in ticks(float(top), step_min=1.0))
    assert ticks(0.0) == [0.0, 1.0]


def test_axis_numbers_are_short() -> None:
    assert [short(value) for value in (12_500.0, 0.0, -2e6, 0.25, 3e9)] == ["12.5k", "0", "-2M", "0.25", "3bn"]
