"""The text of docs/economics.md: principles on measurements, the acceptance table, what is not known."""

import math
from pathlib import Path

import jinja2
import numpy as np
import pandas as pd

from planner.economics.cost_curve import falling_trend
from planner.economics.cost_zone import knee_text, zone_text
from planner.economics.production import Production, SetupEconomics


def trends(found: Production) -> dict[str, float]:
    """Returns how many setups follow the three principles, by isotonic fits."""
    savings = [falling_trend(one.curve.points["saving_usd_per_slot"].to_numpy(float)[1:]) for one in found.setups]
    bent = [one.curve.elasticity_trend for one in found.setups]
    ends = [(one.curve.elasticity_trend.fit[0], one.curve.elasticity_trend.fit[-1]) for one in found.setups]
    return {
        "setups": len(found.setups),
        "cost_falls": sum(one.curve.cost_trend.is_falling for one in found.setups),
        "saving_falls": sum(one.is_falling for one in savings),
        "saving_exact": sum(one.deviation_share < 1e-9 for one in savings),
        "elasticity_falls": sum(one.is_falling for one in bent),
        "elasticity_exact": sum(one.deviation_share < 1e-9 for one in bent),
        "first": float(np.median([first for first, _ in ends])), "last": float(np.median([last for _, last in ends])),
        "knees": sum(math.isfinite(one.zone.knee_high) for one in found.setups),
    }  # fmt: skip


def knees_by_input(found: Production, rows: pd.DataFrame) -> list[list[str]]:
    """Returns by input length how many setups have their knee within the loads measured, and where its upper end lies."""
    lengths = rows.groupby("setup")["input_tokens_mean"].first()
    lengthy = pd.DataFrame({
        "length": [lengths[one.curve.setup] for one in found.setups], "knee": [one.zone.knee_high for one in found.setups]
    })  # fmt: skip
    grouped = lengthy.groupby(pd.cut(lengthy["length"], [0, 700, 1500, 3000, 5000, 1e9]), observed=True)["knee"]
    shown = grouped.agg(
        setups="size", knees="count", low=lambda knee: knee.quantile(0.25), middle="median", high=lambda knee: knee.quantile(0.75)
    )
    names = {700.0: "up to 700", 1500.0: "700 to 1,500", 3000.0: "1,500 to 3,000", 5000.0: "3,000 to 5,000"}
    return [
        [names.get(float(place.right), "above 5,000"), f"{row['setups']:.0f}", f"{row['knees']:.0f}",
         *(f"{row[name]:.0f}" for name in ("low", "middle", "high"))]
        for place, row in shown.iterrows()
    ]  # fmt: skip


def pair_rows(found: Production) -> list[list[str]]:
    """Returns the table of pairs: knee, best point and zone under the promise."""
    return [
        [one.curve.setup, _loads(one), f"{one.curve.points['usd_per_mtok_output'].iloc[0]:,.2f}", _best(one),
         zone_text(one.zone), _ends(one), knee_text(one.zone)]
        for one in found.setups
    ]  # fmt: skip


def _loads(one: SetupEconomics) -> str:
    slots = one.curve.points["concurrency"]
    return f"{slots.iloc[0]:g} to {slots.iloc[-1]:g}"


def _best(one: SetupEconomics) -> str:
    points = one.curve.points
    at_best = points[points["concurrency"] == one.zone.best_concurrency]
    return "none" if at_best.empty else f"{at_best['usd_per_mtok_output'].iloc[0]:,.2f} at {one.zone.best_concurrency:g}"


def _ends(one: SetupEconomics) -> str:
    fit = one.curve.elasticity_trend.fit
    return f"{fit[0]:.2f} to {fit[-1]:.2f}"


TEMPLATE = Path(__file__).with_name("economics.md.j2")
ALIKE = "922/922"
"""Lengths of the pairs whose cost of a job is compared."""
ACCEPTANCE = (
    ("W1", "usd per hour = P/(8760 Y u) + kW PUE E + P m/8760; u <= 0 and Y <= 0 refused", "closed form, units by pint"),
    ("W2", "two A800 at 0.79 are 1.58 usd/h; 775 s cost 0.34 usd, 7,906 s cost 3.47", "two reviews of the paper"),
    ("W3", "at 2.82 to 5.64 usd/h the same job costs 1.21 to 2.43; the ranking stays", "arithmetic; stand-in"),
    ("W4", "the cost ratio of two models (10.2) knows no price", "arithmetic; stand-in"),
    ("W5", "average cost, saving and elasticity by concurrency; cost does not rise until saturation", "stand-in"),
    ("W6", "knee and zone as intervals; TPOT <= 50 ms: Qwen3-32B 32 in flight, 0.92 usd; Qwen3-8B 192, 0.17 usd", "stand-in"),
    ("W7", "isotonic trend, no strict monotonicity", "the mixture's rows of the stand-in"),
    ("W8", "(0.34, 76.2) dominates (3.47, q) for q <= 76.2 and not above", "exact"),
    ("W9", "every plan within x % of the least cost at a floor, with the zone's width", "the program against enumeration"),
    ("W10", "k times the output tokens cost k times", "exact"),
    ("W11", "a tokeniser factor scales input, output, cache and cost", "exact"),
    ("W12", "sweeping the quality floor of a plan gives the non-dominated set", "moocore on nine synthetic models"),
    ("W13", "utilisation in the price and in the throughput: warned of", "the warning's text"),
    ("W14", "the paper's table of nine models and its figure", "skipped: the table stands in the PDF only"),
)  # fmt: skip


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Returns a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


PAIR_HEAD = ["pair, input/output tokens", "in flight", "usd per Mtok at the least load", "cheapest under the promise", "zone",
             "elasticity", "knee"]  # fmt: skip


def page_text(every: Production, rows: pd.DataFrame, found: dict[str, Production]) -> str:
    """Returns the page: the template economics.md.j2 with its tables and numbers."""
    said = trends(every)
    chat, documents = found["chat"], found["documents"]
    with_knee = [{(one.model, one.curve.setup.split(" x ")[1].split(",")[0]) for one in part.setups
                  if np.isfinite(one.zone.knee_high)} for part in (chat, documents)]  # fmt: skip
    prices = {name: price for one in found.values() for name, price in one.prices.items()}
    head = ["input tokens", "setups", "with a knee", "knee at most at: lower quartile", "median", "upper quartile"]
    cells = {
        "setups": f"{said['setups']:.0f}", "models": len(set(rows["model"])),
        "accelerators": ", ".join(sorted(set(rows["accelerator"]))), "little": f"{little_excess(rows):.0%}",
        "stated": sum(one.throughput_from == "stated tokens/s" for one in every.setups),
        "principles": _text(["principle", "setups", "how clearly"], _principle_rows(every, said)),
        "first": f"{said['first']:.2f}", "last": f"{said['last']:.2f}", "knees": f"{said['knees']:.0f}",
        "by_input": _text(head, knees_by_input(every, rows)),
        "chat": _text(PAIR_HEAD, pair_rows(chat)), "documents": _text(PAIR_HEAD, pair_rows(documents)),
        "document_knees": len(with_knee[1]), "document_setups": len(documents.setups), "pairs": len(with_knee[0] | with_knee[1]),
        "prices": "; ".join(f"{name} {price}" for name, price in sorted(prices.items())),
        "quality": _text(["pair", "win rate, %", "usd per 1,000 requests", "on the frontier"], _quality_rows(chat)),
        "acceptance": _text(["test", "what", "against"], [list(row) for row in ACCEPTANCE]),
    }  # fmt: skip
    template = jinja2.Template(TEMPLATE.read_text(encoding="utf-8"), undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    return template.render(cells)


def little_excess(rows: pd.DataFrame) -> float:
    """Returns by how much Little's law on measured latencies exceeds measured throughput, in the median where both are known."""
    both = rows[rows["output_tok_s_per_gpu"].notna()]
    output, per_request_ms = both["output_tokens_mean"], both["ttft_ms"] + (both["output_tokens_mean"] - 1) * both["tpot_ms"]
    derived = both["concurrency"] * output / per_request_ms * 1000.0 / both["n_accelerators"]
    return float((derived / both["output_tok_s_per_gpu"]).median() - 1)


def _text(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(table(head, rows))


def _principle_rows(every: Production, said: dict[str, float]) -> list[list[str]]:
    count = f"{said['setups']:.0f}"
    exact = sum(one.curve.cost_trend.deviation_share < 1e-9 for one in every.setups)
    return [
        ["average cost falls up to saturation", f"{said['cost_falls']:.0f} of {count}", f"{exact} without a single exception"],
        ["diminishing marginal cost: the saving of a slot falls", f"{said['saving_falls']:.0f} of {count}",
         f"{said['saving_exact']:.0f} without a single exception"],
        ["diminishing returns to scale: elasticity falls", f"{said['elasticity_falls']:.0f} of {count}",
         f"{said['elasticity_exact']:.0f} without a single exception"],
    ]  # fmt: skip


def _quality_rows(chat: Production) -> list[list[str]]:
    alike = chat.quality[chat.quality["setup"].str.endswith(ALIKE)].sort_values("job_usd", kind="stable")
    return [
        [str(row["setup"]), f"{row['score']:.1f}", f"{row['job_usd']:.3f}", "yes" if row["is_on_frontier"] else "no"]
        for _, row in alike.iterrows()
    ]
