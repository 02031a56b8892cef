"""Leaves whole models or accelerators out of a fit, predicts them, and turns the errors into 80 % ranges."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from planner.options.calibrated import MODES, QUANTITIES
from planner.options.fitting import Measurements, errors, fit
from planner.roofline.candidates import Floats

LOW_QUANTILE, HIGH_QUANTILE = 0.10, 0.90
NEW_VENDOR_SPREAD = 0.15
"""Extra width, in logarithms, of an accelerator that no measurement resembles (rule: one noise width of the fit)."""
OPEN_LOOP_WIDTH = 1.5
"""Width of Poisson ranges over closed-loop ones: fluctuations of the batch are not modelled (rule)."""
LEAST_ROWS = 12
LEAST_SIDE = 0.08
"""Least width of a range on either side, in logarithms: re-runs of one setup differ by 5.4 % (90th percentile)."""


def left_out_errors(
    found: Measurements,
    table: pd.DataFrame,
    group: NDArray[np.str_],
    evaluations: int,
    told: Callable[[str], None] = lambda _: None,
) -> tuple[Floats, Floats]:
    """Returns ln(predicted / measured) of each row from a fit that never saw its group: judged quantity, TTFT."""
    judged, ttft = np.full(group.size, np.nan), np.full(group.size, np.nan)
    for name in sorted(set(group.tolist())):
        rows = group == name
        fitted = fit(found.weighed(~rows), table, evaluations)
        one = errors(found, fitted)
        judged[rows], ttft[rows] = one[0][rows], one[1][rows]
        told(f"left out {name}: {int(rows.sum())} rows, median |ln error| {np.nanmedian(np.abs(judged[rows])):.3f}")
    return judged, ttft


def ranges(
    mode: NDArray[np.str_],
    is_moe: NDArray[np.bool_],
    by_model: tuple[Floats, Floats],
    by_accelerator: tuple[Floats, Floats],
    counted: NDArray[np.bool_],
) -> pd.DataFrame:
    """Returns quantity, mode, architecture, knowledge, low_factor, high_factor, rows.

    A measured accelerator gets the quantiles of the left-out-model errors; an unmeasured one those joined in quadrature
    with the left-out-accelerator errors and the new-vendor spread.
    """
    rows = []
    for quantity in QUANTITIES:
        for run in MODES:
            for architecture in ("dense", "moe"):
                some = counted & (is_moe == (architecture == "moe"))
                known, count = _quantiles(quantity, run, mode, by_model, some)
                other, _ = _quantiles(quantity, run, mode, by_accelerator, some)
                both = np.sqrt(np.square(known) + np.square(other) + NEW_VENDOR_SPREAD**2)
                wide = (-float(both[0]), float(both[1]))
                for knowledge, (low, high) in (("measured", known), ("unmeasured", wide)):
                    rows.append((quantity, run, architecture, knowledge, np.exp(low), np.exp(high), count))
    names = ("quantity", "mode", "architecture", "knowledge", "low_factor", "high_factor", "rows")
    return pd.DataFrame(rows, columns=list(names)).round({"low_factor": 4, "high_factor": 4})


def _quantiles(
    quantity: str, run: str, mode: NDArray[np.str_], error: tuple[Floats, Floats], some: NDArray[np.bool_]
) -> tuple[tuple[float, float], int]:
    """Returns (low, high) of ln(measured / predicted), at least LEAST_SIDE each, and the rows behind them.

    A quantity that a mode does not judge borrows: rates mirror TPOT, TTFT of a batch is the first token's, Poisson runs
    widen the closed loop's.
    """
    source, values, mirrored, width = run, -error[0], False, 1.0
    if run == "poisson":
        source, width = "closed_loop", OPEN_LOOP_WIDTH
    if quantity == "ttft":
        source = "closed_loop" if source == "closed_loop" else "first_token"
        values = -error[1] if source == "closed_loop" else values
    else:
        judged = "tpot" if source == "closed_loop" else "throughput"
        source = "static_batch" if source == "first_token" else source
        mirrored = quantity != judged
    picked = values[(mode == source) & some & np.isfinite(values)]
    if picked.size < LEAST_ROWS:
        picked = values[(mode == source) & np.isfinite(values)]
    low, high = (float(q) for q in np.quantile(-picked if mirrored else picked, (LOW_QUANTILE, HIGH_QUANTILE)))
    return (min(low, -LEAST_SIDE) * width, max(high, LEAST_SIDE) * width), int(picked.size)
