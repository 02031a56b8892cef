"""Refits the calibration to a user's own measurements: `vllm bench serve`, guidellm, aiperf results or a CSV.

A results file says lengths, load and latencies; what it does not say (accelerator, precision, layout, engine) comes with
the call. The shipped calibration is the prior, so few measurements move little and only what they speak of.
"""

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.catalog import Catalog
from planner.options.calibrated import MEASURED, PARAMETERS, RANGES, Calibration, load_calibration
from planner.options.fitting import MEASURED_COLUMN, errors, fit, measurements
from planner.options.setups import COLUMNS, REQUIRED, setups
from planner.tables import write_atomically

MEASURED_NAMES = ("output_tok_s_per_gpu", "ttft_ms", "tpot_ms")
EVALUATIONS = 12
REASONS_TOLD = 6
"""Different reasons of rows that cannot be placed that are told, and rows that are named with each."""
ROWS_TOLD = 3


@dataclass(frozen=True)
class Recalibration:
    """A refitted parameters table, the rows it used, and median |error| of the judged quantity before and after."""

    table: pd.DataFrame
    rows: pd.DataFrame
    accelerators: tuple[str, ...]
    error_before: float
    error_after: float

    def lines(self) -> list[str]:
        """What a person reads: the rows used, the errors, the five parameters that moved most."""
        moved = np.abs(np.log(self.table["value"] / self.table["prior_value"]))
        top = self.table.assign(moved=moved).sort_values("moved", ascending=False, kind="stable").head(5)
        told = [f"{len(self.rows)} measurements; median error {self.error_before:.1%} before, {self.error_after:.1%} after"]
        for name, scope, old, new in top[["efficiency", "scope", "prior_value", "value"]].itertuples(index=False):
            told.append(f"  {name} [{scope}]: {old:.4g} -> {new:.4g}")
        return told


def calibrate(
    files: Sequence[Path], catalog: Catalog, setup: Mapping[str, Any] | None = None, shipped: Calibration | None = None
) -> Recalibration:
    """Returns the calibration refitted to the measurements in `files`.

    `setup` fills columns of a points table that a file does not state: accelerator, precision_weights, tp, engine_family.

    Raises
    ------
    InputError
        Files that cannot be read, rows that cannot be placed, or no measurement at all; every fault at once.
    """
    known = shipped if shipped is not None else load_calibration()
    frames = [read_measurements(path, setup or {}) for path in files]
    blank = [fault for path, rows in zip(files, frames, strict=True) for fault in _blank_faults(path, rows)]
    if blank:
        raise InputError(blank)
    frame = pd.concat(frames, ignore_index=True)
    some = setups(frame, catalog)
    if some.reasons:
        raise InputError(_unplaced_faults(frame, some.reasons))
    found = measurements(frame, some)
    if not (found.weights > 0).any():
        wanted = ", ".join(sorted(set(MEASURED_COLUMN.values())))
        raise InputError.single("measurements", f"a measured value above 0 in one of {wanted}", "none")
    prior = known.table.assign(prior_value=known.table["value"])
    table = fit(found, prior, EVALUATIONS)
    counted = found.weights > 0
    before, after = (float(np.median(np.abs(np.expm1(errors(found, one)[0][counted])))) for one in (prior, table))
    names = tuple(sorted({row.accelerator.accelerator for row in some.rows}))
    return Recalibration(table, frame, names, before, after)


def _blank_faults(path: Path, rows: pd.DataFrame) -> list[Fault]:
    """Returns a fault where a file, with the setup given, says nothing of what every setup needs."""
    lacking = [name for name in REQUIRED if name not in ("row_id", "mode") and not rows[name].notna().any()]
    expected = f"values of {', '.join(lacking)} (a column, or --setup COLUMN=VALUE)"
    return [Fault(str(path), expected, "none")] if lacking else []


def _unplaced_faults(frame: pd.DataFrame, reasons: Mapping[int, str]) -> list[Fault]:
    """Returns one fault for each reason why rows cannot be placed, with rows that have it; reasons beyond a few are counted."""
    rows: dict[str, list[str]] = {}
    for row, why in reasons.items():
        rows.setdefault(why, []).append(str(frame["row_id"][row]))
    faults = []
    for why, names in list(rows.items())[:REASONS_TOLD]:
        more = f" and {len(names) - ROWS_TOLD} more rows" if len(names) > ROWS_TOLD else ""
        faults.append(Fault(", ".join(names[:ROWS_TOLD]) + more, "a setup that can run", why))
    left = list(rows.values())[REASONS_TOLD:]
    if left:
        count = sum(map(len, left))
        faults.append(Fault("measurements", "setups that can run", f"{count} more rows with {len(left)} more reasons"))
    return faults


def write_calibration(result: Recalibration, shipped_files: Path, out: Path) -> None:
    """Writes a calibration folder: refitted parameters (source_kind user), the shipped ranges, measured names extended."""
    moved = np.abs(np.log(result.table["value"] / result.table["prior_value"])) > 1e-3
    table = result.table.copy()
    table.loc[moved, "source_kind"] = "user"
    table.loc[moved, "note"] = f"refitted to {len(result.rows)} measurements of the user"
    PARAMETERS.write(PARAMETERS.check(table, "parameters"), out / "parameters.csv")
    write_atomically(out / "ranges.csv", (shipped_files / f"{RANGES.name}.csv").read_bytes())
    seen = MEASURED.read(shipped_files / f"{MEASURED.name}.csv")
    old = set(seen.loc[seen["kind"] == "accelerator", "name"])
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    stamp = {"source": "measurements of the user", "source_kind": "user", "retrieved_on": today, "note": ""}
    names = [name for name in result.accelerators if name not in old]
    new = [{"kind": "accelerator", "name": name, "rows": len(result.rows), **stamp} for name in names]
    both = pd.concat([seen.astype(object), pd.DataFrame(new)], ignore_index=True) if new else seen
    MEASURED.write(MEASURED.check(both, "measured"), out / "measured.csv")


def read_measurements(path: Path, setup: Mapping[str, Any], also: Sequence[str] = ()) -> pd.DataFrame:
    """Returns the rows of one results file as a points table with its measured columns and those of `also`.

    CSV: the columns of a points table. JSON: one of the three harnesses, known by their keys; JSON lines of `vllm bench
    serve --append-result` too.
    """
    if path.suffix.lower() == ".csv":
        try:
            rows = pd.read_csv(path, low_memory=False)
        except (OSError, ValueError) as error:
            raise InputError.single(str(path), "a readable CSV", str(error).splitlines()[0]) from error
    else:
        rows = pd.DataFrame([cells for result in _documents(path) for cells in _cells(result, path)])
    rows = rows.reindex(columns=list(dict.fromkeys([*COLUMNS, *MEASURED_NAMES, *also])))
    for name, value in setup.items():
        if name not in rows.columns:
            raise InputError.single(f"setup {name}", f"one of {', '.join(rows.columns)}", repr(name))
        rows[name] = rows[name].astype(object).where(rows[name].notna(), value)
    rows["mode"] = rows["mode"].astype(object).where(rows["mode"].notna(), "closed_loop")
    first = 2 if path.suffix.lower() == ".csv" else 1  # a CSV's first line is its header
    numbers = [f"{path.name}:{number + first}" for number in range(len(rows))]
    rows["row_id"] = rows["row_id"].astype(object).where(rows["row_id"].notna(), pd.Series(numbers, index=rows.index))
    return rows


def _documents(path: Path) -> list[Mapping[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
        try:
            document = json.loads(text)
        except json.JSONDecodeError:
            document = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise InputError.single(str(path), "a readable JSON results file", str(error).splitlines()[0]) from error
    return document if isinstance(document, list) else [document]


def _cells(result: Any, path: Path) -> list[dict[str, Any]]:
    """Returns the rows of one result; a file that is no result of its harness, or half a one, is told."""
    keys = "mean_tpot_ms (vllm bench serve), benchmarks (guidellm) or inter_token_latency (aiperf)"
    if not isinstance(result, Mapping):
        raise InputError.single(str(path), f"results with {keys}", f"{type(result).__name__} {str(result)[:40]!r}")
    try:
        if "benchmarks" in result:
            return [_guidellm(one) for one in result["benchmarks"]]
        if "inter_token_latency" in result:
            return [_aiperf(result)]
        if "mean_tpot_ms" in result:
            return [_vllm(result)]
    except KeyError as error:
        raise InputError.single(str(path), f"the key {error.args[0]!r} of that harness", "none") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError.single(str(path), "numbers where that harness has them", str(error).splitlines()[0]) from error
    raise InputError.single(str(path), f"a results file with {keys}", f"the keys {', '.join(sorted(map(str, result))[:6])}")


def _vllm(result: Mapping[str, Any]) -> dict[str, Any]:
    if result.get("completed") == 0:
        raise ValueError("no completed request")
    done = max(float(result.get("completed") or result.get("num_prompts") or 1), 1.0)
    rate = result.get("request_rate")
    is_open = result.get("max_concurrency") is None and rate not in (None, "inf", float("inf"))
    return _load_cells(result.get("max_concurrency") or result.get("num_prompts"), rate if is_open else None) | {
        "model": result.get("model_id"),
        "input_tokens_mean": float(result["total_input_tokens"]) / done,
        "output_tokens_mean": float(result["total_output_tokens"]) / done,
        "ttft_ms": result.get("mean_ttft_ms"), "tpot_ms": result["mean_tpot_ms"],
        "requests_per_s": result.get("request_throughput"), "date": _date(result.get("date")),
    }  # fmt: skip


def _guidellm(result: Mapping[str, Any]) -> dict[str, Any]:
    metrics = result["metrics"]

    def mean(name: str) -> float | None:
        found = metrics.get(name, {}).get("successful", {}).get("mean")
        return None if found is None else float(found)

    return _load_cells(mean("request_concurrency"), None) | {
        "input_tokens_mean": mean("prompt_token_count"), "output_tokens_mean": mean("output_token_count"),
        "ttft_ms": mean("time_to_first_token_ms"),
        "tpot_ms": mean("inter_token_latency_ms") or mean("time_per_output_token_ms"),
        "requests_per_s": mean("requests_per_second"),
    }  # fmt: skip


def _aiperf(result: Mapping[str, Any]) -> dict[str, Any]:
    config = result.get("input_config") or {}
    load = config.get("loadgen") or {}
    models = (config.get("endpoint") or {}).get("model_names") or [None]

    def mean(name: str) -> float | None:
        found = (result.get(name) or {}).get("avg")
        return None if found is None else float(found)

    return _load_cells(load.get("concurrency"), load.get("request_rate")) | {
        "model": models[0],
        "input_tokens_mean": mean("input_sequence_length"), "output_tokens_mean": mean("output_sequence_length"),
        "ttft_ms": mean("time_to_first_token"), "tpot_ms": mean("inter_token_latency"),
        "requests_per_s": mean("request_throughput"),
    }  # fmt: skip


def _load_cells(concurrency: Any, requests_per_s: Any) -> dict[str, Any]:
    if requests_per_s is not None:
        return {"mode": "poisson", "qps": float(requests_per_s)}
    return {"mode": "closed_loop", "concurrency": None if concurrency is None else float(concurrency)}


def _date(stamp: Any) -> str | None:
    """Returns a harness's time stamp 20260412-101500 as 2026-04-12."""
    text = str(stamp or "")
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if len(text) >= 8 and text[:8].isdigit() else None
