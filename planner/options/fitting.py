"""Fits calibration parameters to measured setups: robust least squares on logarithms, held by physical priors.

Residuals are (ln predicted - ln measured) / 0.15, shared so that a group of similar rows counts for at most eight, under
a soft-L1 loss; each free parameter adds (ln value - ln prior) / spread. What no row informs stays at its prior.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import least_squares

from planner.options.calibrated import parameters_of, with_values
from planner.options.predictions import Predictor, predict, predictor
from planner.options.setups import Setups
from planner.roofline.candidates import Floats
from planner.units import MS_PER_S, S_PER_MS

MEASURED_COLUMN = {
    "closed_loop": "tpot_ms", "static_batch": "output_tok_s_per_gpu", "offline_max": "output_tok_s_per_gpu",
    "first_token": "ttft_ms", "poisson": "tpot_ms",
}  # fmt: skip
"""The column each mode is judged on."""
CELL = ("mode", "model", "accelerator", "precision_weights", "engine_family")
NOISE = 0.15
ROWS_PER_CELL = 8.0
SOFT = 2.0
"""Residuals beyond two noise widths count linearly."""
MISSING_RESIDUAL = 1.0
TTFT_WEIGHT = 0.15
"""Weight of a closed loop's TTFT beside its TPOT: it shapes the waits, and is the noisier of the two."""


@dataclass(frozen=True)
class Measurements:
    """Placed setups with the logarithm of what was measured (SI: seconds, tokens/s) and each row's weight."""

    some: Setups
    logarithms: Floats
    weights: Floats
    ttft_logarithms: Floats
    ttft_weights: Floats

    def weighed(self, keep: NDArray[np.bool_]) -> "Measurements":
        """Returns the same rows with weight 0 where `keep` is false."""
        weights, ttft = np.where(keep, self.weights, 0.0), np.where(keep, self.ttft_weights, 0.0)
        return Measurements(self.some, self.logarithms, weights, self.ttft_logarithms, ttft)


def measurements(frame: pd.DataFrame, some: Setups) -> Measurements:
    """Returns what was measured for the placed rows; rows without a measurement get weight 0."""
    placed = frame.iloc[some.place]
    value = np.full(len(placed), np.nan)
    for mode, name in MEASURED_COLUMN.items():
        rows = some.mode == mode
        if name in placed.columns and rows.any():
            scale = S_PER_MS if name.endswith("_ms") else 1.0
            value[rows] = pd.to_numeric(placed[name], errors="coerce").to_numpy(dtype=np.float64)[rows] * scale
    is_known = np.isfinite(value) & (value > 0)
    cells = placed.reindex(columns=list(CELL)).astype(str)
    count = cells.groupby(list(CELL))["mode"].transform("size").to_numpy(dtype=np.float64)
    weights = np.sqrt(np.minimum(count, ROWS_PER_CELL) / count) / NOISE
    logarithms = np.log(np.where(is_known, value, 1.0))
    ttft = pd.to_numeric(placed.get("ttft_ms", pd.Series(np.nan, index=placed.index)), errors="coerce").to_numpy(np.float64)
    has_ttft = (ttft > 0) & (some.mode == "closed_loop")
    ttft_logarithms = np.log(np.where(has_ttft, ttft, MS_PER_S) * S_PER_MS)
    ttft_weights = np.where(has_ttft, weights * TTFT_WEIGHT, 0.0)
    return Measurements(some, logarithms, np.where(is_known, weights, 0.0), ttft_logarithms, ttft_weights)


def errors(found: Measurements, table: pd.DataFrame) -> tuple[Floats, Floats]:
    """Returns ln(predicted / measured) of each placed row: the judged quantity, and a closed loop's TTFT (NaN elsewhere)."""
    predictions = predict(found.some, parameters_of(table))
    judged = np.log(predictions.judged(found.some.mode)) - found.logarithms
    ttft = np.log(predictions.ttft_s) - found.ttft_logarithms
    return judged, np.where(found.ttft_weights > 0, ttft, np.nan)


def fit(found: Measurements, table: pd.DataFrame, evaluations: int = 12, ready: Predictor | None = None) -> pd.DataFrame:
    """Returns the parameters table with fitted values; starts at the priors.

    Parameters with a spread of 0 keep their prior value. `ready` saves preparing the same rows again.
    """
    mean = np.log(table["prior_value"].to_numpy(dtype=np.float64))
    spread = table["prior_spread"].to_numpy(dtype=np.float64)
    free = np.flatnonzero(spread > 0)
    prepared = ready if ready is not None else predictor(found.some, parameters_of(table))
    counted = (found.weights > 0, found.ttft_weights > 0)

    def logarithms(z: Floats) -> Floats:
        result = mean.copy()
        result[free] += z * spread[free]
        return np.asarray(result)

    def residuals(z: Floats) -> Floats:
        both = _errors(found, prepared, logarithms(z))
        scaled = np.concatenate([part[rows] for part, rows in zip(both, counted, strict=True)]) / SOFT
        return np.concatenate([SOFT * np.sign(scaled) * np.sqrt(2 * (np.sqrt(1 + scaled**2) - 1)), z])

    solved = least_squares(residuals, np.zeros(free.size), diff_step=np.full(free.size, 1e-3), max_nfev=evaluations)
    return with_values(table, logarithms(solved.x))


def _errors(found: Measurements, ready: Predictor, logarithms: Floats) -> tuple[Floats, Floats]:
    """Returns the weighted residuals of the judged quantity and of the closed loops' TTFT."""
    predictions = ready.predict(logarithms)
    judged = np.log(predictions.judged(found.some.mode)) - found.logarithms
    ttft = np.log(predictions.ttft_s) - found.ttft_logarithms
    weighted = [np.nan_to_num(error, nan=MISSING_RESIDUAL) for error in (judged, ttft)]
    return weighted[0] * found.weights, weighted[1] * found.ttft_weights
