"""Scores the core's predictions of measured serving points beside two naive rooflines.

usage: python scripts/bench/serving_accuracy.py [POINTS.csv] [--format json]

Baselines, same memory fit and scheduling: `ideal`, all memory traffic over all arithmetic overlapped perfectly at datasheet
peaks, no overheads, free links; `serial`, memory plus compute at one flat share each (the best pair over all points), nothing
else. A cell is mode x model x accelerator x precision x engine; the headline is over cells with at least 4 rows.
"""

import argparse
import itertools
import json
import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from planner.inputs.catalog import load_catalog  # noqa: E402
from planner.options.calibrated import load_calibration  # noqa: E402
from planner.options.fitting import CELL, Measurements, measurements  # noqa: E402
from planner.options.predictions import predict  # noqa: E402
from planner.options.setups import setups  # noqa: E402
from planner.roofline.calibration import IDEAL, Efficiencies  # noqa: E402
from planner.roofline.parameters import Parameter  # noqa: E402

DEFAULT_POINTS = ROOT.parent / "shared" / "facts" / "measured" / "serving_points.csv"
SHARES = ("memory_share", "kv_memory_share", "moe_memory_share", "activation_share")
RATES = ("compute_share", "compute_share_16bit", "attention_compute_share")
NOTHING = 1e-12
BOUNDLESS = 1e6


def flat(efficiencies: Efficiencies) -> tuple[Parameter, ...]:
    """Returns one value for all candidates as parameters; zeros become next to nothing."""
    return tuple(Parameter(one.name, "all", max(float(getattr(efficiencies, one.name)), NOTHING)) for one in fields(Efficiencies))


def baselines(found: Measurements) -> dict[str, np.ndarray]:
    """Returns ln(predicted / measured) of both naive rooflines."""
    flat_memory = replace(IDEAL, usable_memory_share=0.92, workspace_bytes=1.5e9, coverage_share=1.0)
    no_memory, no_compute = with_speed(found, memory=BOUNDLESS), with_speed(found, compute=BOUNDLESS)
    is_rate = np.isin(found.some.mode, ("static_batch", "offline_max"))
    halves = log_error(no_memory, flat_memory), log_error(no_compute, flat_memory)
    result = {"ideal": np.where(is_rate, np.minimum(*halves), np.maximum(*halves))}
    tried = {}
    free_links = with_speed(found)
    for share, rate in itertools.product((0.6, 0.7, 0.8, 0.9), (0.3, 0.4, 0.5, 0.6)):
        one = replace(flat_memory, overlap_exponent=1.0, **dict.fromkeys(SHARES, share), **dict.fromkeys(RATES, rate))
        tried[(share, rate)] = log_error(free_links, one)
    best = min(tried, key=lambda pair: float(np.nanmedian(np.abs(np.expm1(tried[pair])))))
    return result | {f"serial {best[0]:.0%}/{best[1]:.0%}": tried[best]}


def with_speed(found: Measurements, memory: float = 1.0, compute: float = 1.0) -> Measurements:
    """Returns the setups on machines with free links and scaled memory and arithmetic speed."""
    c = found.some.candidates
    scaled = replace(
        c, scale_up_byte_per_s=c.scale_up_byte_per_s * BOUNDLESS, scale_out_byte_per_s=np.full(len(c), 1e18),
        memory_byte_per_s=c.memory_byte_per_s * memory, rate_flop_per_s=c.rate_flop_per_s * compute,
        rate_16bit_flop_per_s=c.rate_16bit_flop_per_s * compute,
        attention_rate_flop_per_s=c.attention_rate_flop_per_s * compute,
    )  # fmt: skip
    return replace(found, some=replace(found.some, candidates=scaled))


def log_error(found: Measurements, efficiencies: Efficiencies) -> np.ndarray:
    judged = predict(found.some, flat(efficiencies)).judged(found.some.mode)
    return np.log(judged) - found.logarithms


def scores(placed: pd.DataFrame, error: np.ndarray, counted: np.ndarray) -> dict[str, float]:
    """Returns cell medians, the 90th percentile, and the groups of the naive marks."""
    frame = placed[list(CELL)].assign(error=np.abs(np.expm1(error)), speed=speed_ratio(placed, error))[counted]
    cells = frame.groupby(list(CELL), dropna=False)["error"].agg(["size", "median"])
    cells = cells[cells["size"] >= 4]["median"]
    experts = placed["model"].str.contains("mixtral|deepseek|a22b|a3b|gpt-oss|minimax")[counted]
    ranks = placed["tp"][counted]
    dense_one, dense_many, mixture = ~experts & (ranks == 1), ~experts & (ranks >= 4), experts
    offline = frame["mode"] == "offline_max"
    return {
        "cell median": float(cells.median()),
        "cell p90": float(cells.quantile(0.9)),
        "dense tp1 median": float(frame["error"][dense_one].median()),
        "dense tp4-8 median": float(frame["error"][dense_many].median()),
        "MoE median": float(frame["error"][mixture].median()),
        "offline too fast, p10": float(frame["speed"][offline].quantile(0.1)),
        "offline too fast, p90": float(frame["speed"][offline].quantile(0.9)),
    }


def speed_ratio(placed: pd.DataFrame, error: np.ndarray) -> np.ndarray:
    """Returns predicted over measured speed (rates as they are, times inverted)."""
    is_rate = placed["mode"].isin(["static_batch", "offline_max"]).to_numpy()
    return np.exp(np.where(is_rate, error, -error))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("points", nargs="?", type=Path, default=DEFAULT_POINTS)
    parser.add_argument("--format", choices=("table", "json"), default="table")
    args = parser.parse_args()
    frame = pd.read_csv(args.points, low_memory=False)
    some = setups(frame, load_catalog())
    placed = frame.iloc[some.place].reset_index(drop=True)
    found = measurements(frame, some)
    counted = (found.weights > 0) & (some.mode != "poisson")
    core = np.log(predict(some, load_calibration().parameters).judged(some.mode)) - found.logarithms
    errors = baselines(found) | {"core": core}
    table = pd.DataFrame({name: scores(placed, error, counted) for name, error in errors.items()}).round(3)
    print(json.dumps(table.to_dict()) if args.format == "json" else table.to_string())


if __name__ == "__main__":
    main()
