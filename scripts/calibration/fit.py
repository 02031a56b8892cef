"""Fits the shipped calibration from measured serving points, cross-validates it, and writes catalogs/calibration/.

usage: python scripts/calibration/fit.py [POINTS.csv] [--out FOLDER] [--evaluations N] [--skip-validation]

POINTS has the columns of `planner estimate` plus the measured tpot_ms, ttft_ms, output_tok_s_per_gpu.
Left out of the fit, never of the score: runs that speculative decoding explains better than their stated setup (twice as
fast as the same setup beside them, no column says so), and one-shot probes whose concurrency is not a steady load.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from planner.inputs.catalog import load_catalog  # noqa: E402
from planner.options.calibrated import MEASURED, PARAMETERS, RANGES, calibration_folder  # noqa: E402
from planner.options.crossvalidation import left_out_errors, ranges  # noqa: E402
from planner.options.fitting import CELL, Measurements, errors, fit, measurements  # noqa: E402
from planner.options.setups import setups  # noqa: E402

DEFAULT_POINTS = ROOT.parent / "shared" / "facts" / "measured" / "serving_points.csv"
PROVENANCE = {
    "source": "scripts/calibration/fit.py on public serving measurements, Nov 2023 to Apr 2026",
    "source_kind": "calibrated",
    "retrieved_on": "2026-11-21",
    "note": "",
}


def is_doubtful(placed: pd.DataFrame) -> np.ndarray:
    """Returns rows that are scored but not fitted (see the module's docstring)."""
    engine, date = placed["engine"].astype(str), placed["date"].astype(str)
    renewed = (engine == "trtllm 1.1.0rc2.post2") & (date.str[:4] == "2026")
    speculative = (placed["model"] == "deepseek-r1") & (engine.str.contains("1.2.0rc6.post3", regex=False) | renewed)
    probes = placed["source"].astype(str) == "inferencex_tokenpos"
    return (speculative | probes | (placed["mode"] == "poisson")).to_numpy()


def cell_table(placed: pd.DataFrame, columns: dict[str, np.ndarray]) -> pd.DataFrame:
    """Returns per cell the rows and the median |relative error| and median bias of each set of log errors."""
    frame = placed[list(CELL)].copy()
    for name, error in columns.items():
        frame[f"{name}_error"], frame[f"{name}_bias"] = np.abs(np.expm1(error)), error
    grouped = frame.groupby(list(CELL), dropna=False)
    table = grouped.median(numeric_only=True)
    table.insert(0, "rows", grouped.size())
    return table.reset_index().round(4)


def headline(name: str, cells: pd.DataFrame, column: str) -> str:
    """Returns one line: median and 90th percentile over cells with at least 4 rows."""
    counted = cells[(cells["rows"] >= 4) & (cells["mode"] != "poisson")][column]
    return f"{name}: cells {len(counted)}, median {counted.median():.4f}, p90 {counted.quantile(0.9):.4f}"


def seen_table(found: Measurements) -> pd.DataFrame:
    """Returns the canonical names that the fit saw, with their rows."""
    rows = [row for row, weight in zip(found.some.rows, found.weights, strict=True) if weight > 0]
    names = [("model", row.model.model) for row in rows] + [("accelerator", row.accelerator.accelerator) for row in rows]
    counts = pd.DataFrame(names, columns=["kind", "name"]).value_counts().rename("rows").reset_index()
    return counts.sort_values(["kind", "name"]).assign(**PROVENANCE)


def validate(
    placed: pd.DataFrame,
    kept: Measurements,
    table: pd.DataFrame,
    inside: np.ndarray,
    evaluations: int,
    told: Callable[[str], None],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Returns the cells' errors with each model, accelerator and generation left out, and the ranges from them."""
    groups = {name: placed[name].to_numpy(dtype=np.str_) for name in ("model", "accelerator")}
    groups["generation"] = np.array([row.accelerator.generation for row in kept.some.rows], dtype=np.str_)
    outside = {name: left_out_errors(kept, table, group, evaluations, told) for name, group in groups.items()}
    cells = cell_table(placed, {"fit": inside} | {f"{name}_out": error for name, (error, _) in outside.items()})
    for name in ("fit", "model_out", "accelerator_out", "generation_out"):
        told(headline(name, cells, f"{name}_error"))
    is_moe = np.array([row.model.experts > 0 for row in kept.some.rows])
    spread = ranges(kept.some.mode, is_moe, outside["model"], outside["accelerator"], kept.weights > 0)
    return cells, spread.assign(**PROVENANCE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("points", nargs="?", type=Path, default=DEFAULT_POINTS)
    parser.add_argument("--out", type=Path, default=calibration_folder())
    parser.add_argument("--evaluations", type=int, default=12)
    parser.add_argument("--skip-validation", action="store_true")
    args = parser.parse_args()
    start = time.monotonic()

    def told(line: str) -> None:
        print(f"[{time.monotonic() - start:6.0f} s] {line}", flush=True)

    frame = pd.read_csv(args.points, low_memory=False)
    table = PARAMETERS.read(args.out / "parameters.csv")
    some = setups(frame, load_catalog())
    placed = frame.iloc[some.place].reset_index(drop=True)
    found = measurements(frame, some)
    kept = found.weighed(~is_doubtful(placed))
    fitted = fit(kept, table, args.evaluations)
    inside = errors(found, fitted)[0]
    told(headline("fitted in", cell_table(placed, {"fit": inside}), "fit_error"))
    moved = np.abs(np.log(fitted["value"] / fitted["prior_value"])) > 1e-3
    fitted.loc[moved, "source_kind"] = "calibrated"
    fitted.loc[moved, "note"] = f"prior as in source; fitted to {int((kept.weights > 0).sum())} public serving measurements"
    PARAMETERS.write(PARAMETERS.check(fitted, "parameters"), args.out / "parameters.csv")
    MEASURED.write(MEASURED.check(seen_table(kept), "measured"), args.out / "measured.csv")
    if not args.skip_validation:
        cells, spread = validate(placed, kept, table, inside, args.evaluations, told)
        RANGES.write(RANGES.check(spread, "ranges"), args.out / "ranges.csv")
        cells.to_csv(args.out / "cross_validation.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
