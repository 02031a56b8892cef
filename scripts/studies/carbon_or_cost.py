"""Energy and carbon against cost: the quickstart under ever tighter caps of carbon, and what a tonne saved costs.

Run: python scripts/studies/carbon_or_cost.py
"""

from planner.inputs.shipped import instances_folder
from planner.pipeline import SolveSettings
from planner.studies.choices import choose, nested_difference

SHARES = (0.4, 0.6, 0.8)
SETTINGS = SolveSettings(gap=0.01, time_limit_s=90.0)
INSTANCE = instances_folder() / "quickstart"


def cap(tonnes: float) -> dict[str, object]:
    return {"limits": [{"limit": "carbon", "kind": "carbon_kg", "value": 1000 * tonnes}]}


(free,) = choose(INSTANCE, {"no cap": {}}, SETTINGS)
print(free.line())
caps = {f"at most {share:.0%} of that carbon": cap(share * free.tonnes_co2) for share in SHARES}
*capped, free = choose(INSTANCE, {**caps, "no cap": {}}, SETTINGS, is_nested=True)
for one in capped:
    print(one.line())
    if not one.why_not:
        price, saved = nested_difference(one, free), free.tonnes_co2 - one.tonnes_co2
        told = "" if price.low_usd > 0 else " (not told from 0 at this gap)"
        a_tonne = f"; {price.low_usd / saved:,.0f} to {price.high_usd / saved:,.0f} usd a tonne" if saved > 0 else ""
        print(f"  costs {price.low_usd:,.0f} to {price.high_usd:,.0f} usd more{told}{a_tonne}")
