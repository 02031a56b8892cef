"""Is 8-bit worth it? The quickstart with 16-bit weights only, and with 8-bit weights allowed beside them.

Quality floors hold in both: a variant keeps its measured (or its class's) share of the model's score.

Run: python scripts/studies/quantise_or_not.py
"""

from planner.inputs.shipped import instances_folder
from planner.pipeline import SolveSettings
from planner.studies.choices import choose, nested_difference

MODELS = ("llama-3.1-8b", "llama-3.3-70b", "qwen3-32b")


def candidates(*precisions: str) -> dict[str, object]:
    return {"candidates": [{"model": model, "precisions": list(precisions)} for model in MODELS]}


sixteen, eight = choose(
    instances_folder() / "quickstart",
    {"16 bit only": candidates("bf16"), "8 bit allowed": candidates("bf16", "fp8")},
    SolveSettings(gap=0.005, time_limit_s=180.0),
    is_nested=True,
)
print(sixteen.line())
print(eight.line())
if not sixteen.why_not and not eight.why_not:
    saved = nested_difference(sixteen, eight)
    print(f"8 bit saves {saved.low_usd:,.0f} to {saved.high_usd:,.0f} usd ({saved.low_usd / sixteen.objective_usd:.1%} at least)")
