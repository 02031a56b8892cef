"""What each quirk moves: laws of the changes, and the table of docs/erdil.md recomputed on a coarser grid."""

import re
from functools import cache
from pathlib import Path

import pytest

from planner.economics.erdil_devices import find_device
from planner.economics.erdil_models import find_model
from planner.economics.erdil_quirks import CHANGES, changed_frontier, effects, rooflines_apart
from planner.economics.erdil_search import Question

PAGE = Path(__file__).parents[2] / "docs" / "erdil.md"
STEP = 8
CASES = (("Llama_3_70B", 0.0), ("Llama_3_405B_8_bit", 8192.0), ("DeepSeek_V3", 8192.0))


@cache
def moved(case):
    """Percent of the paper's own value by change: top speed, price at half of it, cheapest price."""
    model, context = CASES[case]
    table = effects(Question(find_model(model), find_device("H100"), context), STEP).set_index("change")
    columns = table[["fastest_tok_s", "middle_usd", "cheapest_usd"]]
    return 100 * (columns / columns.iloc[0] - 1)


def page_rows():
    section = PAGE.read_text().split("## Which quirk moves what")[1].split("\n## ")[0]
    found = re.findall(r"^\| \d+ \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", section, re.MULTILINE)
    return {name: [[float(part.strip(" %")) for part in cell.split("/")] for cell in cells] for name, *cells in found}


def test_the_page_has_every_change():
    assert list(page_rows()) == [change.name for change in CHANGES[1:]]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_the_table_of_the_page(case):
    """A coarse grid steps by 16 to 32 %, so prices between its points are compared loosely, cheapest and fastest closely."""
    for name, cells in page_rows().items():
        speed, middle, cheapest = moved(case).loc[name]

        assert speed == pytest.approx(cells[case][0], abs=3), name
        assert middle == pytest.approx(cells[case][1], abs=max(15, 0.25 * abs(cells[case][1]))), name
        assert cheapest == pytest.approx(cells[case][2], abs=7), name


def test_a_change_of_one_model_leaves_the_others_alone():
    assert moved(0).loc["405B with its 8 KV heads"].abs().max() == 0
    assert moved(1).loc["DeepSeek-V3 with its 61 layers"].abs().max() == 0


def test_charging_the_whole_cache_only_takes_points_away():
    question = Question(find_model("Llama_3_405B_8_bit"), find_device("H100"), 8192.0)
    paper, whole = (changed_frontier(question, change, STEP) for change in (CHANGES[0], CHANGES[3]))

    assert CHANGES[3].quirk == "5"
    assert whole.usd_per_mtok.min() > 1.3 * paper.usd_per_mtok.min()
    assert whole.tok_s_per_request.max() == paper.tok_s_per_request.max()


def test_rooflines_apart_are_never_shorter():
    question = Question(find_model("DeepSeek_V3"), find_device("H100"), 8192.0)
    apart = rooflines_apart(question, changed_frontier(question, CHANGES[0], STEP))

    assert apart.min() >= 1 - 1e-12
    assert 1.05 < apart.max() < 1.2
