"""Operating points of serving setups: concurrency, throughput, latency and quality, from results files or a CSV.

A setup is everything but the load: model, accelerators, precision, layout, engine, lengths. Requests per second are taken
as measured, else from output tokens per second, else from latencies by Little's law (concurrency / time in system).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Fault, InputError
from planner.options.calibrate import read_measurements
from planner.units import MS_PER_S

NAMING = ("row_id", "mode", "model", "accelerator")
PARTS = (
    "precision_weights", "precision_kv", "tp", "pp", "ep", "attention_dp", "engine_family", "date",
    "input_tokens_mean", "output_tokens_mean",
)  # fmt: skip
"""Columns that tell setups of one model on one kind and number of accelerators apart."""
SHORT = {"tp": "TP", "pp": "PP", "ep": "EP", "attention_dp": "DP", "input_tokens_mean": "in ", "output_tokens_mean": "out "}
OWN_COLUMNS = ("setup", "requests_per_s", "output_tok_s", "request_s", "score", "usd_per_hour", "source")
"""Columns that this reader takes beside those of a points table; `usd_per_hour` is that of the whole setup."""
LOADED_MODES = ("closed_loop", "static_batch", "poisson")
UNNAMED = "unnamed accelerator"
LENGTH_TOLERANCE = 0.15
"""Mean lengths that differ by less, relative, belong to one setup: harnesses draw them anew for every run."""
COLUMNS = (
    "setup", "model", "accelerator", "accelerators", "concurrency", "input_tokens_mean", "output_tokens_mean", "kv_tokens",
    "requests_per_s", "requests_per_s_low", "requests_per_s_high", "runs", "ttft_ms", "tpot_ms", "request_s", "score",
    "usd_per_hour", "throughput_from", "source",
)  # fmt: skip
"""Columns of the operating points; `low` and `high` are the least and largest of repeated runs."""
MEANS = ("input_tokens_mean", "output_tokens_mean", "kv_tokens", "requests_per_s", "ttft_ms", "tpot_ms", "request_s")


def read_operating_points(files: Sequence[Path], setup: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Returns the operating points of files of `vllm bench serve`, guidellm, aiperf or CSV, one row a setup and load.

    Parameters
    ----------
    setup
        Values of columns that the files do not state: accelerator, n_accelerators, precision_weights, score, ...

    Raises
    ------
    InputError
        Files that cannot be read and rows that say too little; every fault at once.
    """
    frames, faults = [], []
    for path in files:
        try:
            frames.append(read_measurements(path, setup or {}, OWN_COLUMNS))
        except InputError as error:
            faults += list(error.faults)
    if faults or not frames:
        raise InputError(faults or [Fault("FILE", "at least one results file", "none")])
    return operating_points(pd.concat([frame.astype(object) for frame in frames], ignore_index=True))


def operating_points(rows: pd.DataFrame) -> pd.DataFrame:
    """Returns the operating points of a points table (see COLUMNS), by setup and rising concurrency.

    Raises
    ------
    InputError
        Where a row has no model, load or throughput; the first twenty faults.
    """
    some = rows.reset_index(drop=True).reindex(columns=list(dict.fromkeys([*rows.columns, *OWN_COLUMNS, *PARTS, *NAMING])))
    numbers = some.assign(**{name: _numbers(some, name) for name in _NUMERIC})
    measured = _with_throughput(numbers.assign(accelerators=_accelerators(numbers)))
    faults = [*_unreadable(some), *_faults(measured)] if len(some) else [Fault("FILE", "at least one row", "none")]
    if faults:
        raise InputError(faults[:20])
    named = measured.assign(
        setup=_setup_names(measured), kv_tokens=measured["input_tokens_mean"].fillna(0) + measured["output_tokens_mean"],
        source=measured["source"].where(measured["source"].notna(), "measured"),
        accelerator=measured["accelerator"].where(measured["accelerator"].notna(), UNNAMED),
    )  # fmt: skip
    return _merged(named)


_NUMERIC = (
    "concurrency", "qps", "n_accelerators", "tp", "pp", "ep", "attention_dp", "input_tokens_mean", "output_tokens_mean",
    "requests_per_s", "output_tok_s", "output_tok_s_per_gpu", "ttft_ms", "tpot_ms", "request_s", "score", "usd_per_hour",
)  # fmt: skip


def _numbers(rows: pd.DataFrame, name: str) -> "pd.Series[float]":
    if name not in rows.columns:
        return pd.Series(np.nan, index=rows.index, dtype=float)
    found = pd.to_numeric(rows[name], errors="coerce").astype(float)
    return found.where(np.isfinite(found))


def _unreadable(rows: pd.DataFrame) -> list[Fault]:
    """Returns a fault for every cell of a numeric column that says something else than a finite number >= 0."""
    found: list[Fault] = []
    for name in (name for name in _NUMERIC if name in rows.columns):
        said = rows[name].notna() & (rows[name].astype(str).str.strip() != "")
        wrong = rows.index[said & ~(_numbers(rows, name) >= 0)]
        places = {row: f"{rows['row_id'][row]}, column {name}" for row in wrong}
        found += [Fault(place, "a finite number >= 0", repr(rows[name][row])) for row, place in places.items()]
    return found


def _accelerators(rows: pd.DataFrame) -> "pd.Series[float]":
    """Returns the accelerators of each setup: as stated, else tp x pp, else 1."""
    return rows["n_accelerators"].fillna(rows["tp"].fillna(1) * rows["pp"].fillna(1))


def _with_throughput(rows: pd.DataFrame) -> pd.DataFrame:
    """Returns the rows with `requests_per_s`, `request_s` and `concurrency` completed, and where throughput comes from."""
    output = rows["output_tokens_mean"]
    latency_s = (rows["ttft_ms"].fillna(0) + (output - 1).clip(lower=0) * rows["tpot_ms"]) / MS_PER_S
    request_s = rows["request_s"].fillna(latency_s)
    is_poisson = rows["mode"].astype(str) == "poisson"
    concurrency = rows["concurrency"].where(~is_poisson, rows["qps"] * request_s)
    ways = {
        "stated requests/s": rows["requests_per_s"],
        "offered requests/s": rows["qps"].where(is_poisson),
        "stated tokens/s": (rows["output_tok_s"].fillna(rows["output_tok_s_per_gpu"] * rows["accelerators"])) / output,
        "Little's law on stated latency": concurrency / request_s,
    }
    rate, said = pd.Series(np.nan, index=rows.index), pd.Series("", index=rows.index, dtype=object)
    for name, values in ways.items():
        is_new = rate.isna() & values.notna() & (values > 0)
        rate, said = rate.where(~is_new, values), said.where(~is_new, name)
    return rows.assign(requests_per_s=rate, request_s=request_s, concurrency=concurrency, throughput_from=said)


def _faults(rows: pd.DataFrame) -> list[Fault]:
    wishes = {
        "mode": (~rows["mode"].astype(str).isin(LOADED_MODES), f"one of {', '.join(LOADED_MODES)}: its load is known"),
        "model": (rows["model"].isna(), "a model (--setup model=NAME where the file has none)"),
        "concurrency": (~(rows["concurrency"] > 0), "a concurrency above 0"),
        "output_tokens_mean": (~(rows["output_tokens_mean"] > 0), "mean output tokens above 0"),
        "requests_per_s": (~(rows["requests_per_s"] > 0), "requests_per_s, output_tok_s, output_tok_s_per_gpu, or tpot_ms"),
        "accelerators": (~(rows["accelerators"] >= 1), "at least one accelerator"),
    }
    found = []
    for row in rows.index:
        for name, (is_wrong, expected) in wishes.items():
            if is_wrong[row]:
                value = rows[name][row]
                told = "nothing" if pd.isna(value) else f"{value:g}" if isinstance(value, float) else repr(value)
                found.append(Fault(f"{rows['row_id'][row]}, column {name}", expected, told))
    return found


def _setup_names(rows: pd.DataFrame) -> "pd.Series[str]":
    """Returns a name for each row's setup: its own, else model and accelerators and what tells it from the others."""
    parts = rows[list(PARTS)].assign(
        input_tokens_mean=_levels(rows["input_tokens_mean"]), output_tokens_mean=_levels(rows["output_tokens_mean"])
    )
    telling = [name for name in PARTS if len(parts[name].drop_duplicates()) > 1]
    names = []
    for row in rows.index:
        machine = rows["accelerator"][row]
        where = [] if pd.isna(machine) else [f"{rows['accelerators'][row]:g} x {machine}"]
        told = [f"{SHORT.get(name, '')}{_told(parts[name][row])}" for name in telling if pd.notna(parts[name][row])]
        names.append(", ".join([str(rows["model"][row]), *where, *told]))
    return rows["setup"].where(rows["setup"].notna(), pd.Series(names, index=rows.index)).astype(str)


def _levels(values: "pd.Series[float]") -> "pd.Series[float]":
    """Returns each value's level: the least of the values that are closer than LENGTH_TOLERANCE to one another."""
    level, levels = -np.inf, {}
    for value in sorted(values.dropna().unique()):
        level = value if value > level * (1 + LENGTH_TOLERANCE) or level < 0 else level
        levels[value] = level
    return values.map(levels)


def _told(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _merged(rows: pd.DataFrame) -> pd.DataFrame:
    """Returns one row a setup and concurrency: means of repeated runs, with the range of their throughput."""
    grouped = rows.groupby(["setup", "concurrency"], sort=False)
    firsts = ("model", "accelerator", "accelerators", "score", "usd_per_hour", "throughput_from", "source")
    merged = grouped.agg(
        **{name: (name, "mean") for name in MEANS}, **{name: (name, "first") for name in firsts},
        requests_per_s_low=("requests_per_s", "min"), requests_per_s_high=("requests_per_s", "max"),
        runs=("requests_per_s", "size"),
    ).reset_index()  # fmt: skip
    order = {name: place for place, name in enumerate(dict.fromkeys(rows["setup"]))}
    merged = merged.assign(place=merged["setup"].map(order)).sort_values(["place", "concurrency"], kind="stable")
    return merged[list(COLUMNS)].reset_index(drop=True)
