"""Writes docs/accuracy.md from the cross-validation that scripts/calibration/fit.py stored.

usage: python scripts/calibration/accuracy_page.py [--check]
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from planner.options.calibrated import calibration_folder, load_calibration  # noqa: E402

PAGE = ROOT / "docs" / "accuracy.md"
LEAST_ROWS = 4
COLUMNS = {
    "fit_error": "fitted in",
    "model_out_error": "model left out",
    "accelerator_out_error": "accelerator left out",
    "generation_out_error": "generation left out",
}
WHY = {
    ("closed_loop", "minimax-m2.5"): "many H200 rows are one-shot probes, no steady concurrency; its QK norm adds a reduction",
    ("closed_loop", "deepseek-r1"): "some runs are twice as fast as the same setup beside them: unstated speculative decoding",
    ("closed_loop", "gpt-oss-120b"): "mixture kernels for MXFP4 changed by half within months; few rows on H100",
    ("offline_max", "qwen3-30b-a3b"): "40,000 tokens/s an accelerator: the host's work per sequence binds, and differs by host",
    ("offline_max", "qwen3-235b-a22b"): "the tables do not state the engine's largest batch, which binds here",
    ("offline_max", "llama3-70b"): "four rows; the largest batch of that release is not stated",
    ("static_batch", "mixtral-8x7b"): "expert kernels of 2024 were slower per expert than today's, on one model only",
    ("static_batch", "mistral-7b"): "the first releases ran its sliding window in slower kernels",
}


def table(frame: pd.DataFrame) -> list[str]:
    """Returns a Markdown table; shares as percentages."""
    lines = ["| " + " | ".join(map(str, frame.columns)) + " |", "|" + "---|" * len(frame.columns)]
    told = [[f"{cell:.1%}" if isinstance(cell, float) else str(cell) for cell in row] for row in frame.itertuples(index=False)]
    return lines + ["| " + " | ".join(row) + " |" for row in told]


def by(cells: pd.DataFrame, name: str) -> list[str]:
    """Returns the median cell error by one column."""
    grouped = cells.groupby(name).agg(cells=("rows", "size"), rows=("rows", "sum"), **{c: (c, "median") for c in COLUMNS})
    return table(grouped.reset_index().rename(columns=COLUMNS))


def worst(cells: pd.DataFrame, count: int = 12) -> list[str]:
    """Returns the worst cells by the error with the model left out, and why."""
    top = cells.sort_values("model_out_error", ascending=False, kind="stable").head(count)
    top = top.assign(why=[WHY.get((mode, model), "") for mode, model in zip(top["mode"], top["model"], strict=True)])
    names = ["mode", "model", "accelerator", "precision_weights", "engine_family", "rows", *COLUMNS, "why"]
    return table(top[names].rename(columns=COLUMNS))


def page() -> str:
    """Returns the page's text."""
    known = load_calibration()
    every = pd.read_csv(calibration_folder() / "cross_validation.csv")
    cells = every[(every["rows"] >= LEAST_ROWS) & (every["mode"] != "poisson")]
    heads = [
        {"": told, "median": float(cells[name].median()), "90th percentile": float(cells[name].quantile(0.9))}
        for name, told in COLUMNS.items()
    ]
    spread = known.ranges[known.ranges["mode"].isin(["closed_loop", "static_batch", "offline_max", "first_token"])]
    judged = {"closed_loop": "tpot", "static_batch": "throughput", "offline_max": "throughput", "first_token": "ttft"}
    spread = spread[[judged[mode] == quantity for mode, quantity in zip(spread["mode"], spread["quantity"], strict=True)]]
    spread = spread.assign(low=spread["low_factor"].map("{:.2f}".format), high=spread["high_factor"].map("{:.2f}".format))
    lines = [
        "# How far predictions are from measurements", "",
        "Written by `scripts/calibration/accuracy_page.py` from `catalogs/calibration/cross_validation.csv`; do not edit.", "",
        f"A cell is one mode, model, accelerator, weight precision and engine; its error is the median |predicted - measured| / "
        f"measured of its rows. {len(cells)} cells of at least {LEAST_ROWS} rows, {int(cells['rows'].sum())} public "
        "measurements, November 2023 to April 2026. *Fitted in* flatters; the errors to expect are those with the whole model, "
        "accelerator or accelerator generation left out of the fit.", "",
        *table(pd.DataFrame(heads)), "", "## By accelerator", "", *by(cells, "accelerator"), "", "## By model", "",
        *by(cells, "model"), "", "## By mode", "", *by(cells, "mode"), "", "## By engine", "", *by(cells, "engine_family"), "",
        "## Where it is worst, and why", "", *worst(cells), "",
        "## Ranges", "",
        "The 80 % range of a prediction is the prediction times these factors (10 % and 90 % quantiles of measured / predicted "
        "with the model left out; on accelerators that were never measured joined in quadrature with the accelerator's errors "
        "and 15 %).", "",
        *table(spread[["mode", "architecture", "knowledge", "low", "high", "rows"]]), "",
        "## What is assumed and not measured", "",
        "- AMD accelerators: shares of the peaks from published micro-benchmarks; nothing of their serving was fitted.",
        "- Scale-out fabrics (collectives beyond one scale-up domain), TPU and Trainium: physical defaults only.",
        "- Speculative decoding and disaggregated roles: formulas without calibration.",
        "- TTFT of a closed loop: within a factor of two; harnesses start all requests at once, services do not.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit 1 where the page is out of date")
    args = parser.parse_args()
    text = page()
    if args.check:
        sys.exit(0 if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text else 1)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
