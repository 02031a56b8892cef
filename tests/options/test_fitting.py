"""Least squares held by priors: planted values are found, silence changes nothing, ranges come out right."""

import numpy as np
import pandas as pd
import pytest

from planner.options.calibrated import MODES, QUANTITIES, RANGES, calibration_folder, load_calibration
from planner.options.crossvalidation import left_out_errors, ranges
from planner.options.fitting import errors, fit, measurements
from planner.options.predictions import predict
from planner.options.setups import setups
from planner.roofline.parameters import Parameter
from tests.roofline.machines import shipped

TABLE = load_calibration().table


def grid() -> pd.DataFrame:
    return pd.DataFrame([
        {"row_id": f"{m}{a}{c}{o}", "mode": "closed_loop", "model": m, "accelerator": a, "precision_weights": "fp8", "tp": t,
         "engine_family": "trtllm", "date": "2025-07", "concurrency": c, "input_tokens_mean": 500, "output_tokens_mean": o}
        for m, t in (("llama-3.1-8b", 1), ("llama-3.1-70b", 4)) for a in ("H100", "H200") for c in (1, 8, 64) for o in (100, 1000)
    ])  # fmt: skip


def measured_with(factor: float, name: str) -> pd.DataFrame:
    some = setups(grid(), shipped())
    planted = TABLE["value"].where(~((TABLE["efficiency"] == name) & (TABLE["scope"] == "all")), TABLE["value"] * factor)
    parameters = [Parameter(e, s, v) for e, s, v in zip(TABLE["efficiency"], TABLE["scope"], planted, strict=True)]
    return grid().assign(tpot_ms=predict(some, parameters).tpot_s * 1e3)


def test_a_planted_overhead_is_found() -> None:
    frame = measured_with(2.0, "layer_overhead_s")
    found = measurements(frame, setups(frame, shipped()))
    start = TABLE.assign(prior_value=TABLE["value"])
    fitted = fit(found, start)
    moved = (fitted["value"] / TABLE["value"])[(TABLE["efficiency"] == "layer_overhead_s")].prod()

    assert np.median(np.abs(errors(found, start)[0])) > 0.15
    assert np.median(np.abs(errors(found, fitted)[0])) < 0.03
    assert moved > 1.5


def test_fixed_parameters_stay_and_weightless_rows_say_nothing() -> None:
    frame = measured_with(2.0, "layer_overhead_s")
    found = measurements(frame, setups(frame, shipped()))
    start = TABLE.assign(prior_value=TABLE["value"])
    silent = fit(found.weighed(np.zeros(len(frame), dtype=bool)), start)
    fixed = TABLE["prior_spread"] == 0

    assert np.allclose(silent["value"], TABLE["value"], rtol=1e-5)
    assert np.allclose(fit(found, start)["value"][fixed], TABLE["value"][fixed], rtol=1e-5)


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
