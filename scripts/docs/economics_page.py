"""Writes docs/economics.md and its pictures from a folder of public serving measurements.

usage: python scripts/docs/economics_page.py FOLDER [--check] [--html DIR]

FOLDER holds serving_points.csv (columns in docs/accuracy.md). Raw measurements are not shipped: only the curves derived
from them (docs/economics/measured_curves.csv), the tables and the pictures.
"""

import argparse
import dataclasses
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from planner.economics.cost_zone import Limits  # noqa: E402
from planner.economics.frontier_prices import hourly_prices  # noqa: E402
from planner.economics.operating_points import operating_points  # noqa: E402
from planner.economics.pictures import Panel, Picture, Scale, Series, write_picture  # noqa: E402
from planner.economics.production import Production, Question, production  # noqa: E402
from planner.economics.production_pictures import curve_panel, elasticity_panel, quality_panel  # noqa: E402
from planner.inputs.catalog import Catalog, load_catalog  # noqa: E402
from scripts.docs.economics_text import ALIKE, page_text  # noqa: E402

PAGE = ROOT / "docs" / "economics.md"
FIGURES = ROOT / "docs" / "economics"
KEY = ["model", "accelerator", "n_accelerators", "tp", "pp", "ep", "attention_dp", "precision_weights", "precision_kv",
       "engine", "input_tokens_mean", "output_tokens_mean", "source", "date"]  # fmt: skip
LEAST_LOADS = 5
PROMISE = Limits(tpot_ms=50.0)
BENCHMARK = ("LMArena win rate", "LMArena")
CURVES = FIGURES / "measured_curves.csv"
KINDS = {"chat": (0.0, (1024.0, 1024.0)), "documents": (4000.0, (8192.0, 1024.0))}
"""Traffic shown: least mean input tokens, and the mean lengths looked for."""


def setups(points: pd.DataFrame) -> pd.DataFrame:
    """Returns closed-loop rows of setups measured at five loads or more, with a column `setup` that numbers them."""
    closed = points[(points["mode"] == "closed_loop") & points["tpot_ms"].notna() & points["ttft_ms"].notna()]
    numbers = closed.groupby(KEY, dropna=False, sort=True).ngroup()
    loads = closed.groupby(numbers)["concurrency"].transform("nunique")
    return closed.assign(setup=[f"s{number:03d}" for number in numbers])[loads >= LEAST_LOADS]


def canonical(rows: pd.DataFrame, catalog: Catalog) -> pd.DataFrame:
    """Returns the rows with models and accelerators under the catalog's names."""
    return rows.assign(
        model=[catalog.resolve("model", name) for name in rows["model"]],
        accelerator=[catalog.resolve("accelerator", name) for name in rows["accelerator"]],
    )


def chosen(rows: pd.DataFrame, inputs: float, outputs: float) -> pd.DataFrame:
    """Returns one setup a pair of model and accelerator, by a rule that does not look at throughput.

    Mean lengths nearest to those asked for, then most loads, then the largest load, then the latest date.
    """
    sizes = rows.groupby("setup").agg(
        model=("model", "first"), accelerator=("accelerator", "first"), loads=("concurrency", "nunique"),
        largest=("concurrency", "max"), date=("date", "first"), inputs=("input_tokens_mean", "first"),
        outputs=("output_tokens_mean", "first"),
    ).reset_index()  # fmt: skip
    distance = np.abs(np.log(sizes["inputs"] / inputs)) + np.abs(np.log(sizes["outputs"] / outputs))
    ordered = sizes.assign(distance=distance.round(6), date=sizes["date"].fillna("")).sort_values(
        ["distance", "loads", "largest", "date", "setup"], ascending=[True, False, False, False, True]
    )
    first = ordered.drop_duplicates(["model", "accelerator"])
    return rows[rows["setup"].isin(first["setup"])]


def named(rows: pd.DataFrame) -> pd.DataFrame:
    """Returns the rows with setups named by model, accelerators and lengths."""
    names = [
        f"{model}, {count:g} x {accelerator}, {inputs:.0f}/{outputs:.0f}"
        for model, count, accelerator, inputs, outputs in zip(
            rows["model"], rows["n_accelerators"], rows["accelerator"], rows["input_tokens_mean"], rows["output_tokens_mean"],
            strict=True,
        )
    ]  # fmt: skip
    return rows.assign(setup=names).sort_values(["model", "accelerator", "concurrency"])


def answer(rows: pd.DataFrame, catalog: Catalog, question: Question) -> Production:
    """Returns the economics of setups at the cheapest dated on-demand offer of each accelerator."""
    points = operating_points(rows.assign(source="measured"))
    accelerators = sorted(set(points["accelerator"]))
    prices = hourly_prices(catalog, accelerators, {})
    quality = catalog.quality
    known = quality[(quality["benchmark"] == BENCHMARK[0]) & (quality["reported_by"] == BENCHMARK[1])]
    scores = dict(zip(known["model"], known["score"].astype(float), strict=True))
    usd = {name: price.usd_per_hour for name, price in prices.items()}
    return production(points, usd, question, scores, {name: str(price) for name, price in prices.items()})


def curves(found: Production) -> pd.DataFrame:
    """Returns the derived curves: what is shipped instead of the measurements."""
    frames = []
    for one in found.setups:
        columns = ["concurrency", "usd_per_mtok_output", "saving_usd_per_slot", "elasticity", "elasticity_trend"]
        frames.append(one.curve.points[columns].assign(setup=one.curve.setup, model=one.model))
    every = pd.concat(frames, ignore_index=True)
    return every[["setup", "model", *every.columns[:-2]]].round(6)


def pictures(found: Production, caption: str, kind: str) -> dict[str, Picture]:
    """Returns the pictures of one kind of traffic by file name."""
    million = Scale("cost of a million output tokens", "usd", is_log=True)
    cost = curve_panel(found, "usd_per_mtok_output", million, "Average cost", is_zoned=True)
    saving = Panel(cost.x, Scale("saved by one more slot, job of 1,000 requests", "usd", is_log=True), [
        Series(one.curve.setup, tuple(one.curve.points["concurrency"].iloc[1:]),
               tuple(value if value > 0 else float("nan") for value in one.curve.points["saving_usd_per_slot"].iloc[1:]), style)
        for style, one in enumerate(found.setups)
    ], (), "What one more slot saves")  # fmt: skip
    panel = elasticity_panel(found)
    per = 2 * math.ceil(len(found.setups) / 2)
    halves = [panel.series[:-1][start : start + per] for start in range(0, len(panel.series) - 1, per)]
    bent = [Panel(panel.x, panel.y, [*half, panel.series[-1]], (), "Returns to scale") for half in halves]
    shown = {
        f"{kind}_cost.png": Picture(f"{kind.capitalize()}: cost against requests in flight, measured", [cost, saving], caption),
        f"{kind}_elasticity.png": Picture(
            f"{kind.capitalize()}: scale elasticity, measured (points) and its falling trend (lines)", bent, caption),
    }  # fmt: skip
    alike = found.quality[found.quality["setup"].str.endswith(ALIKE)]
    if kind == "chat" and not alike.empty:
        one_shape = dataclasses.replace(found, quality=alike.reset_index(drop=True), near=None)
        shown["quality.png"] = Picture("Quality and cost of a job of 1,000 requests, 922 tokens in and out",
                                       [quality_panel(one_shape)],
                                       f"{caption} Quality: {BENCHMARK[0]} ({BENCHMARK[1]}), of the model as published.",
                                       )  # fmt: skip
    return shown


def caption_of(found: Production) -> str:
    """Returns the caption of the pictures: sources of measurements, prices and quality."""
    prices = "; ".join(f"{name} {price}" for name, price in found.prices.items())
    return (
        "Measured latencies of public benchmarks (InferenceX and NVIDIA's runs among AIConfigurator's silicon samples), "
        "throughput by Little's law on them; names end in mean input/output tokens. Prices of one accelerator: "
        f"{prices}."
    )


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder with serving_points.csv")
    parser.add_argument("--check", action="store_true", help="exit 1 where page or curves are out of date; writes nothing")
    parser.add_argument("--html", type=Path, help="also writes the pictures as interactive pages to this folder")
    args = parser.parse_args(argv)
    catalog, question = load_catalog(), Question(limits=PROMISE)
    rows = canonical(setups(pd.read_csv(args.folder / "serving_points.csv", low_memory=False)), catalog)
    every = answer(rows, catalog, question)
    found = {kind: answer(named(chosen(rows[rows["input_tokens_mean"] >= least], *lengths)), catalog, question)
             for kind, (least, lengths) in KINDS.items()}  # fmt: skip
    text = page_text(every, rows, found)
    shipped = pd.concat([curves(one).assign(traffic=kind) for kind, one in found.items()]).to_csv(index=False)
    if args.check:
        kept = [path.read_text(encoding="utf-8") if path.is_file() else "" for path in (PAGE, CURVES)]
        return 0 if kept == [text, shipped] else 1
    PAGE.write_text(text, encoding="utf-8")
    CURVES.write_text(shipped, encoding="utf-8")
    for kind, one in found.items():
        for name, picture in pictures(one, caption_of(one), kind).items():
            write_picture(picture, FIGURES / name)
            if args.html is not None:
                write_picture(picture, args.html / f"{Path(name).stem}.html")
    print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
