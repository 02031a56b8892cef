"""The paper's model and the planner's roofline side by side: frontiers, one step part by part, measurements, quirks.

Run: python scripts/studies/erdil_side_by_side.py [--picture FILE.png] [--measured serving_points.csv]

Prints the tables of docs/erdil.md. `--measured` names a table of measured setups (columns in docs/accuracy.md); the rows of
Llama-3.1-70B in FP8 on H100 with vLLM are then set beside both cores.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import pandas as pd

from planner.economics.erdil_devices import find_device
from planner.economics.erdil_models import find_model
from planner.economics.erdil_quirks import CHANGES, changed_frontier, effects, rooflines_apart
from planner.economics.erdil_search import Question
from planner.economics.erdil_side_by_side import Setup, paper_step_ms, planner_step_ms, side_by_side
from planner.economics.frontier_answer import Assumptions, FrontierAnswer, FrontierQuestion, answer
from planner.economics.frontier_erdil import erdil_answer
from planner.economics.pictures import Panel, Picture, Scale, Series, write_picture
from planner.inputs.catalog import Catalog, load_catalog
from planner.options.calibrated import load_calibration
from planner.options.estimate import estimate_points

USD_PER_HOUR = 2.10
"""The paper's price of an H100."""
MODELS = (
    ("llama-3.1-8b", "bf16"), ("llama-3.1-70b", "bf16"), ("llama-3.1-70b", "fp8"), ("llama-3.1-405b", "fp8"),
    ("mistral-large-2407", "bf16"), ("mixtral-8x22b", "bf16"), ("deepseek-v3", "fp8"),
)  # fmt: skip
PICTURED = (("llama-3.1-70b", "bf16"), ("deepseek-v3", "fp8"))
CASES = (("Llama_3_70B", 0.0), ("Llama_3_405B_8_bit", 8192.0), ("DeepSeek_V3", 8192.0))
CORES: tuple[Assumptions, ...] = ("erdil", "calibrated", "ideal")
CONTEXT_TOKENS = 1024.0


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--measured", type=Path)
    asked = parser.parse_args()
    catalog = load_catalog()
    print(markdown(frontiers(catalog), "{:.3g}"))
    print(markdown(same_steps(catalog), "{:.2f}"))
    if asked.measured:
        print(markdown(against_measured(catalog, asked.measured), "{:.2f}"))
    for name, context in CASES:
        print(f"{name}, {context:g} tokens of context")
        print(markdown(quirks(name, context), "{:+.0f} %"))
    if asked.picture:
        print(write_picture(picture(catalog), asked.picture))


def curve(catalog: Catalog, model: str, precision: str, core: Assumptions, context: float) -> FrontierAnswer:
    """Returns one core's frontier of a model on H100 at the paper's price."""
    question = FrontierQuestion(
        (model,), ("H100",), (precision,), context, usd_per_hour={"H100": USD_PER_HOUR}, assumptions=core
    )  # fmt: skip
    return erdil_answer(question, catalog) if core == "erdil" else answer(question, catalog)


def frontiers(catalog: Catalog) -> pd.DataFrame:
    """Returns speed and price of the fastest, preferred and cheapest points of all models by all cores."""
    rows = []
    for model, precision in MODELS:
        for core in CORES:
            found = curve(catalog, model, precision, core, CONTEXT_TOKENS).summary().iloc[0]
            rows.append(
                {
                    "model": f"{model} {precision}", "core": core, "fastest tok/s": found["fastest_tok_s"],
                    "preferred tok/s": found["preferred_tok_s"], "preferred usd/Mtok": found["preferred_usd_per_mtok"],
                    "cheapest usd/Mtok": found["cheapest_usd_per_mtok"], "at tok/s": found["cheapest_tok_s"],
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def same_steps(catalog: Catalog) -> pd.DataFrame:
    """Returns one step of 70B on eight H100s by each core, part by part, ms."""
    setups = [Setup("llama-3.1-70b", "bf16", "H100-SXM", 8, batch, CONTEXT_TOKENS) for batch in (1, 16, 64, 256)]
    frame = side_by_side(setups, catalog, load_calibration())
    return frame[["batch", "core", "launches", "network", "memory", "arithmetic", "step"]]


def against_measured(catalog: Catalog, path: Path) -> pd.DataFrame:
    """Returns measured TPOT beside the paper's step and the planner's step and closed-loop TPOT, ms."""
    frame = pd.read_csv(path, low_memory=False)
    keep = (frame["model"] == "llama3.1-70b") & frame["accelerator"].str.contains("H100") & (frame["mode"] == "closed_loop")
    frame = frame[keep & (frame["input_tokens_mean"] < 1000) & frame["tpot_ms"].notna()]
    predicted = estimate_points(frame, catalog)
    rows = []
    for (_, row), tpot_ms in zip(frame.iterrows(), predicted["tpot_ms"], strict=True):
        context = row["input_tokens_mean"] + row["output_tokens_mean"] / 2
        setup = Setup("llama-3.1-70b", "fp8", "H100-SXM", int(row["tp"]), row["concurrency"], context)
        rows.append(
            {
                "tp": setup.tp, "output tokens": row["output_tokens_mean"], "sequences": row["concurrency"],
                "measured": row["tpot_ms"], "paper": paper_step_ms(setup)["step"],
                "planner step": planner_step_ms(setup, catalog, load_calibration())["step"], "planner in a loop": tpot_ms,
            }
        )  # fmt: skip
    table = pd.DataFrame(rows).sort_values(["output tokens", "tp", "sequences"])
    for name in ("paper", "planner step", "planner in a loop"):
        ratio = table[name] / table["measured"]
        print(f"{name}: median ratio {ratio.median():.2f}, median error {(ratio - 1).abs().median():.1%}, {len(table)} rows")
    return table


def quirks(model: str, context: float, step: int = 1) -> pd.DataFrame:
    """Returns what each quirk moves, percent of the paper's own value."""
    question = Question(find_model(model), find_device("H100"), context)
    table = effects(question, step)
    names = {"fastest_tok_s": "top speed", "middle_usd": "price at half of it", "cheapest_usd": "cheapest price"}
    first = table.iloc[0]
    moved = {text: 100 * (table[name] / first[name] - 1) for name, text in names.items()}
    points = changed_frontier(question, CHANGES[0], step)
    apart = rooflines_apart(question, points)
    print(f"rooflines apart (quirk 7), layouts as they are: median {np.median(apart):.3f}, most {apart.max():.3f}")
    return pd.DataFrame({"quirk": table["quirk"], "change": table["change"], **moved}).iloc[1:]


def picture(catalog: Catalog) -> Picture:
    """Returns the frontiers of two models by all cores."""
    panels = []
    for model, precision in PICTURED:
        series = []
        for style, core in enumerate(CORES):
            points = curve(catalog, model, precision, core, CONTEXT_TOKENS).points
            thin = points.iloc[:: max(1, len(points) // 40)]
            series.append(Series(core, thin["tok_s_per_request"].tolist(), thin["usd_per_mtok"].tolist(), style))
        across = Scale("speed of one request", "tokens/s")
        up = Scale("price of output", "USD per million tokens", is_log=True)
        panels.append(Panel(across, up, series, title=f"{model} {precision} on H100"))
    caption = (
        f"Decoding at {CONTEXT_TOKENS:g} tokens of context, H100 at {USD_PER_HOUR:.2f} USD an hour as in the paper. erdil: the "
        "model of Erdil (2025), arXiv 2506.04645, v2, real-valued layouts; calibrated and ideal: the planner's roofline with "
        "measured efficiencies and without any, layouts of up to four nodes."
    )
    return Picture("The paper's model and the planner's, side by side", panels, caption)


def markdown(frame: pd.DataFrame, numbers: str) -> str:
    """Returns a frame as a Markdown table."""

    def cell(value: object) -> str:
        if isinstance(value, float):
            return "out of reach" if not np.isfinite(value) else f"{value:g}" if value == int(value) else numbers.format(value)
        return str(value)

    def line(values: Sequence[object]) -> str:
        return "| " + " | ".join(cell(value) for value in values) + " |"

    rule = "|" + "---|" * len(frame.columns)
    return "\n".join([line(list(frame.columns)), rule, *(line(list(row)) for row in frame.itertuples(index=False)), ""])


if __name__ == "__main__":
    main()
