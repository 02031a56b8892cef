"""Both cores at one setup: parts add up, the paper's are the paper's, and the page's table is recomputed."""

import re
from pathlib import Path

import numpy as np
import pytest

from planner.economics.erdil_devices import find_device
from planner.economics.erdil_latency import Layout, Workload, latency_s
from planner.economics.erdil_models import find_model
from planner.economics.erdil_side_by_side import Setup, paper_step_ms, planner_step_ms, side_by_side
from planner.options.calibrated import load_calibration
from tests.roofline.machines import shipped

PAGE = Path(__file__).parents[2] / "docs" / "erdil.md"
SETUPS = [Setup("llama-3.1-70b", "bf16", "H100-SXM", 8, batch, 1024.0) for batch in (1, 16, 64, 256)]


def test_the_papers_step_is_the_papers():
    one = np.ones(1)
    for setup in SETUPS:
        load = Workload(8 * one, setup.batch * one, 1024.0)
        whole = latency_s(find_model("Llama_3_70B"), find_device("H100"), load, Layout(one, one, False))

        assert paper_step_ms(setup)["step"] == pytest.approx(1000 * whole[0])


def test_the_planners_parts_add_up_and_the_datasheet_is_a_floor():
    for setup in SETUPS:
        real = planner_step_ms(setup, shipped(), load_calibration())
        ideal = planner_step_ms(setup, shipped(), None)

        assert sum(value for name, value in real.items() if name != "step") == pytest.approx(real["step"])
        assert ideal["step"] < real["step"]
        assert ideal["launches"] == 0


def test_the_table_of_the_page():
    section = PAGE.read_text().split("One step of Llama 3.1 70B")[1].split("At one sequence")[0]
    rows = re.findall(r"^\| (\d+) \| (\w+) \| (.+) \|$", section, re.MULTILINE)
    frame = side_by_side(SETUPS, shipped(), load_calibration()).set_index(["batch", "core"])

    assert len(rows) == len(frame) == 12
    for batch, core, cells in rows:
        mine = frame.loc[(int(batch), core), ["launches", "network", "memory", "arithmetic", "step"]]
        assert [float(cell) for cell in cells.split("|")] == pytest.approx(mine.tolist(), abs=0.006)
