"""Least squares held by priors: planted values are found, silence changes nothing."""

import numpy as np
import pandas as pd

from planner.options.calibrated import load_calibration
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
