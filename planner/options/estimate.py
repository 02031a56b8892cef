"""Predicts serving setups, blind to what was measured: a table of points, or one setup with its breakdown.

Every row of a table is predicted or gets a reason. Ranges are 80 % intervals from cross-validated errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Fault, InputError, UnrunnableError
from planner.inputs.catalog import Catalog, load_catalog
from planner.options.calibrated import Calibration, load_calibration
from planner.options.predictions import PARTS, Predictions, predict
from planner.options.setups import COLUMNS, Setups, setups
from planner.roofline.memory import free_bytes_per_accelerator, sequences_max, weights_bytes_per_accelerator
from planner.roofline.parameters import efficiencies
from planner.roofline.steps import BOUNDS
from planner.tables import write_atomically
from planner.units import BYTES_PER_GIB, MS_PER_S, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

RATE = "output_tok_s_per_gpu"
OUTPUT_COLUMNS = (
    "row_id", "tpot_ms", "ttft_ms", RATE, "tpot_low_ms", "tpot_high_ms", "ttft_low_ms", "ttft_high_ms",
    f"{RATE}_low", f"{RATE}_high", "bound", "source", "reason",
)  # fmt: skip
FIRST_TOKEN_MAX_S = SECONDS_PER_HOUR
"""Longest wait for a first token that is told as a prediction; setups that were measured and published are predicted well under
four minutes."""
QUEUE_MIN = 4096
"""Requests in flight beyond which so long a wait is one in a queue; published runs stop near a thousand."""
QUEUED = (
    f"first tokens after more than {FIRST_TOKEN_MAX_S / SECONDS_PER_MINUTE:g} minutes: "
    "more requests wait than the setup can serve"
)
NOT_HELD = "weights exceed the memory of the accelerators they are split over"


def estimate_points(frame: pd.DataFrame, catalog: Catalog, calibration: Calibration | None = None) -> pd.DataFrame:
    """Returns one row of OUTPUT_COLUMNS for each row of `frame`, in its order.

    Reads only `setups.COLUMNS`: blanking the measured columns changes nothing. Times in ms, rates in output tokens/s an
    accelerator; `bound` is memory, compute, network or overhead; `source` calibrated or modelled; a refused row has a
    `reason` and empty predictions.
    """
    known = calibration if calibration is not None else load_calibration()
    blind = frame.reindex(columns=[name for name in COLUMNS if name in frame.columns])
    some = setups(blind, catalog)
    found = predict(some, known.parameters)
    values = _values(some, found, known)
    table = pd.DataFrame({name: values.get(name, np.nan) for name in OUTPUT_COLUMNS[1:10]}, index=some.place)
    is_late = (some.mode == "closed_loop") & (found.ttft_s > FIRST_TOKEN_MAX_S) & (some.load > QUEUE_MIN)
    is_held = np.isfinite(found.step_s) & ~is_late
    table = table.astype("float64")
    table.loc[is_late] = np.nan
    table["bound"] = np.where(is_held, np.array(BOUNDS)[found.bound], "")
    table["source"] = [known.source(row.accelerator.accelerator) for row in some.rows]
    table.loc[~is_held, "source"] = ""
    table["reason"] = np.where(is_held, "", np.where(is_late, QUEUED, NOT_HELD))
    table = table.reindex(np.arange(len(frame)))
    for number, reason in some.reasons.items():
        table.loc[number, "reason"] = reason
    table[["bound", "source", "reason"]] = table[["bound", "source", "reason"]].astype(object).fillna("")
    table.insert(0, "row_id", blind["row_id"].to_numpy())
    return table[list(OUTPUT_COLUMNS)]


def estimate_file(points: Path, out: Path, catalog: Catalog | None = None) -> dict[str, int]:
    """Predicts the rows of a CSV into a CSV and returns how many were read, predicted and refused.

    Numbers have six significant digits, so equal predictions are equal bytes.

    Raises
    ------
    InputError
        Where the file cannot be read or lacks a required column.
    """
    try:
        frame = pd.read_csv(points, low_memory=False)
    except (OSError, ValueError) as error:
        raise InputError.single(str(points), "a readable CSV of setups", str(error).splitlines()[0]) from error
    table = estimate_points(frame, catalog if catalog is not None else load_catalog())
    write_atomically(out, table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    refused = int((table["reason"] != "").sum())
    return {"rows": len(table), "predicted": len(table) - refused, "refused": refused}


def _values(some: Setups, found: Predictions, known: Calibration) -> dict[str, np.ndarray]:
    """Returns predictions and ranges in the units of the output columns; infinities of saturation become NaN."""
    finite = {
        "tpot": np.where(np.isfinite(found.tpot_s), found.tpot_s, np.nan) * MS_PER_S,
        "ttft": np.where(np.isfinite(found.ttft_s), found.ttft_s, np.nan) * MS_PER_S,
        "throughput": found.output_tokens_per_s,
    }
    finite["tpot"] = np.where(some.mode == "first_token", np.nan, finite["tpot"])
    finite["throughput"] = np.where(some.mode == "first_token", np.nan, finite["throughput"])
    values = {"tpot_ms": finite["tpot"], "ttft_ms": finite["ttft"], RATE: finite["throughput"]}
    for quantity, value in finite.items():
        low, high = range_factors(some, known, quantity)
        stem = ("output_tok_s_per_gpu_low", "output_tok_s_per_gpu_high")
        names = stem if quantity == "throughput" else (f"{quantity}_low_ms", f"{quantity}_high_ms")
        values[names[0]], values[names[1]] = value * low, value * high
    return values


def range_factors(some: Setups, known: Calibration, quantity: str) -> tuple[np.ndarray, np.ndarray]:
    """Returns the (low, high) factors of each placed row."""
    table = {key: known.range_factors(quantity, *key) for key in set(_range_keys(some))}
    pairs = np.array([table[key] for key in _range_keys(some)]).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _range_keys(some: Setups) -> list[tuple[str, bool, str]]:
    return [
        (str(mode), row.model.experts > 0, row.accelerator.accelerator) for mode, row in zip(some.mode, some.rows, strict=True)
    ]


@dataclass(frozen=True)
class Estimate:
    """One setup's prediction: times in ms, rate in output tokens/s an accelerator, memory in GiB, parts of a step in ms."""

    row: Mapping[str, Any]
    weights_gib: float
    kv_gib: float
    batch_max: float
    batch: float
    step_ms: float
    parts_ms: Mapping[str, float]
    lines: tuple[str, ...]


def estimate_one(setup: Mapping[str, Any], catalog: Catalog, calibration: Calibration | None = None) -> Estimate:
    """Returns the prediction of one setup (keys: columns of a points table; mode closed_loop unless given).

    Raises
    ------
    UnrunnableError
        Where the setup cannot be placed or its weights do not fit, with the reason.
    """
    known = calibration if calibration is not None else load_calibration()
    cells = {"row_id": "setup", "mode": "closed_loop", "concurrency": 1.0, **setup}
    frame = pd.DataFrame([cells])
    table = estimate_points(frame, catalog, known)
    row = {str(name): value for name, value in table.iloc[0].items()}
    if row["reason"]:
        raise UnrunnableError([Fault("setup", "a setup that can run", str(row["reason"]))])
    some = setups(frame, catalog)
    found = predict(some, known.parameters)
    reached = efficiencies(known.parameters, some.candidates, some.where)
    context = some.input_tokens + some.output_tokens
    weights = float(weights_bytes_per_accelerator(some.candidates)[0]) / BYTES_PER_GIB
    free = float(free_bytes_per_accelerator(some.candidates, reached)[0]) / BYTES_PER_GIB
    top = float(np.floor(sequences_max(some.candidates, context, reached)[0]))
    parts = {name[:-2]: float(value) * MS_PER_S for name, value in zip(PARTS, found.parts_s[0], strict=True)}
    step_ms = float(found.step_s[0]) * MS_PER_S
    lines = _lines(row, some, weights, free, top, float(found.batch[0]), step_ms, parts)
    return Estimate(row, weights, free, top, float(found.batch[0]), step_ms, parts, lines)


_WORDS = {
    "memory": "reading weights and KV cache from memory",
    "compute": "arithmetic",
    "network": "traffic between accelerators",
    "overhead": "kernel launches and the host",
}


def _lines(
    row: Mapping[str, Any],
    some: Setups,
    weights: float,
    free: float,
    top: float,
    batch: float,
    step_ms: float,
    parts: Mapping[str, float],
) -> tuple[str, ...]:
    """Returns what a person reads."""
    one = some.rows[0]
    count = int(some.candidates.accelerators[0])
    head = f"{one.model.model} at {one.precision.precision} on {count} x {one.accelerator.accelerator}"
    shape = f"tp {one.tp}, pp {one.pp}, ep {one.ep}, attention groups {one.dp}"
    lines = [f"{head} ({shape})"]
    if np.isfinite(row["tpot_ms"]):
        low, high = row["tpot_low_ms"], row["tpot_high_ms"]
        lines.append(f"  time per output token  {row['tpot_ms']:9.2f} ms   (80 %: {low:.2f} to {high:.2f})")
    if np.isfinite(row["ttft_ms"]):
        low, high = row["ttft_low_ms"], row["ttft_high_ms"]
        lines.append(f"  time to first token    {row['ttft_ms']:9.1f} ms   (80 %: {low:.1f} to {high:.1f})")
    if np.isfinite(row[RATE]):
        low, high = row[f"{RATE}_low"], row[f"{RATE}_high"]
        lines.append(f"  output tokens/s each   {row[RATE]:9.1f}      (80 %: {low:.1f} to {high:.1f})")
    lines.append(f"  one step {step_ms:.2f} ms with {batch:.0f} sequences:")
    lines += [f"    {name.replace('_', ' '):22s} {ms:8.3f} ms  {ms / step_ms:5.0%}" for name, ms in parts.items() if ms > 0]
    lines.append(f"  memory an accelerator: weights {weights:.1f} GiB, KV cache {free:.1f} GiB; at most {top:.0f} sequences")
    lines.append(f"  most of the step goes to {_WORDS[row['bound']]}; the numbers are {row['source']}")
    return tuple(lines)
