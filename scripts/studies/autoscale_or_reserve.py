"""Rent by the hour and follow the traffic, or commit? The quickstart with ever more contracts to choose from.

Run: python scripts/studies/autoscale_or_reserve.py
"""

from itertools import pairwise

from planner.inputs.shipped import instances_folder
from planner.pipeline import SolveSettings
from planner.studies.choices import choose, nested_difference

TERMS = {
    "on demand only": ["on_demand"],
    "and one-year contracts": ["on_demand", "reserved_1y"],
    "and three-year contracts": ["on_demand", "reserved_1y", "reserved_3y"],
}

choices = choose(
    instances_folder() / "quickstart",
    {name: {"supply.terms": terms} for name, terms in TERMS.items()},
    SolveSettings(gap=0.005, time_limit_s=180.0),
    is_nested=True,
)
for one in choices:
    print(one.line())
for narrow, wide in pairwise(choices):
    if not narrow.why_not:
        saved = nested_difference(narrow, wide)
        told = "" if saved.low_usd > 0 else " (not told from 0 at this gap)"
        print(f"{wide.alternative}: saves {saved.low_usd:,.0f} to {saved.high_usd:,.0f} usd{told}")
