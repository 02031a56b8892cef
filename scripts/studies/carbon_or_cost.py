"""Energy and carbon against cost: the quickstart at rising prices of carbon, and what a tonne saved costs, as intervals.

Run: python scripts/studies/carbon_or_cost.py
"""

from planner.inputs.shipped import instances_folder
from planner.pipeline import SolveSettings
from planner.studies.carbon_frontier import carbon_frontier

PRICES = (0.0, 1000.0, 5000.0, 20000.0)
"""USD a tonne; far above any market, to see what the fleet could save at all."""

found = carbon_frontier(instances_folder() / "quickstart", PRICES, SolveSettings(gap=0.005, time_limit_s=120.0))
for row in found.plans.to_dict("records"):
    cost = f"{row['cost_usd_low']:,.0f} to {row['cost_usd_high']:,.0f} usd"
    print(f"{row['tonnes_co2']:.2f} t CO2, {row['mwh']:,.0f} MWh: {cost} (plan made at {row['usd_per_tonne']:,.0f} usd a tonne)")
print("what each further saving costs:")
for step in found.steps().to_dict("records"):
    told = "" if step["usd_low"] > 0 else " (not told from 0 at this gap)"
    a_tonne = f"{step['usd_per_tonne_low']:,.0f} to {step['usd_per_tonne_high']:,.0f} usd a tonne"
    print(f"  {step['tonnes_saved']:.2f} t: {step['usd_low']:,.0f} to {step['usd_high']:,.0f} usd, {a_tonne}{told}")
