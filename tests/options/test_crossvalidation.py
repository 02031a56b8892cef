"""Left-out errors and the ranges made from them."""

import numpy as np
import pytest

from planner.options.calibrated import MODES, QUANTITIES, RANGES, calibration_folder
from planner.options.crossvalidation import left_out_errors, ranges
from planner.options.fitting import measurements
from planner.options.setups import setups
from tests.options.test_fitting import TABLE, measured_with
from tests.roofline.machines import shipped


def test_left_out_groups_are_predicted_by_a_fit_that_never_saw_them() -> None:
    frame = measured_with(1.5, "step_overhead_s")
    frame.loc[frame["accelerator"] == "H200", "tpot_ms"] *= 3
    found = measurements(frame, setups(frame, shipped()))
    judged, _ = left_out_errors(found, TABLE.assign(prior_value=TABLE["value"]), frame["accelerator"].to_numpy(dtype=np.str_), 8)

    assert np.median(judged[frame["accelerator"] == "H200"]) < -0.7


def test_ranges_are_quantiles_and_wider_for_unmeasured_accelerators() -> None:
    random = np.random.default_rng(5)
    mode = np.repeat(np.array(MODES), 400)
    error = random.normal(0.0, 0.2, mode.size), random.normal(0.0, 0.5, mode.size)
    is_moe = np.arange(mode.size) % 2 == 0
    table = ranges(mode, is_moe, error, error, np.ones(mode.size, dtype=bool)).set_index(
        ["quantity", "mode", "architecture", "knowledge"]
    )
    one = table.loc[("tpot", "closed_loop", "dense", "measured")]

    assert len(table) == len(QUANTITIES) * len(MODES) * 2 * 2
    assert np.log(one["low_factor"]) == pytest.approx(-0.256, abs=0.06)
    assert np.log(one["high_factor"]) == pytest.approx(0.256, abs=0.06)
    wide = table.xs("unmeasured", level="knowledge")
    assert (wide["high_factor"] > table.xs("measured", level="knowledge")["high_factor"]).all()
    assert (wide["low_factor"] < table.xs("measured", level="knowledge")["low_factor"]).all()


def test_the_shipped_ranges_cover_every_kind_of_prediction() -> None:
    shipped_ranges = RANGES.read(calibration_folder() / "ranges.csv")

    assert len(shipped_ranges) == len(QUANTITIES) * len(MODES) * 2 * 2
    assert (shipped_ranges["low_factor"] < 1).all()
    assert (shipped_ranges["high_factor"] > 1).all()
