"""A smaller model at a lower quality, or a larger one? What each step of quality costs, as intervals.

The floor of one workload of the quickstart rises over the scores of the candidates; the rest of the fleet is planned with it.

Run: python scripts/studies/smaller_or_larger.py
"""

import math
from itertools import pairwise

from planner import pipeline
from planner.inputs.shipped import instances_folder
from planner.options.variants import score_table
from planner.pipeline import SolveSettings
from planner.studies.choices import choose, nested_difference

PLACE = 0
INSTANCE = instances_folder() / "quickstart"

instance, catalog = pipeline.read(INSTANCE)
workload = instance.settings.workloads[PLACE].workload
floors = sorted({math.floor(100 * score) / 100 for score in score_table(instance, catalog)["score"]}, reverse=True)
alternatives = {f"{floor:.1f} points or more": {f"workloads.{PLACE}.quality.floor": floor} for floor in floors}
choices = choose(INSTANCE, alternatives, SolveSettings(gap=0.005, time_limit_s=120.0), is_nested=True)[::-1]

for one in choices:
    print(one.line())
    print(f"  {workload} by {' and '.join(one.variants.get(workload, ()))}")
print("what each step costs:")
for (low, high), (easy, strict) in zip(pairwise(floors[::-1]), pairwise(choices), strict=True):
    if not strict.why_not:
        step = nested_difference(strict, easy)
        told = "" if step.low_usd > 0 else " (not told from 0 at this gap)"
        a_point = f"{step.low_usd / (high - low):,.0f} to {step.high_usd / (high - low):,.0f} a point"
        print(f"  {low:.1f} to {high:.1f}: {step.low_usd:,.0f} to {step.high_usd:,.0f} usd, {a_point}{told}")
