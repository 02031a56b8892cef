"""At what hourly price does the H200 enter the quickstart's fleet? An interval: plans with a gap cannot tell closer.

Run: python scripts/studies/h200_break_even.py
"""

from planner import pipeline
from planner.inputs.shipped import instances_folder
from planner.methods import MethodSettings
from planner.studies.break_even import break_even

NODE_TYPE = "8xH200-SXM"

instance, catalog = pipeline.read(instances_folder() / "quickstart")
coefficients = pipeline.prepare_instance(instance, catalog).coefficients
found = break_even(coefficients, NODE_TYPE, MethodSettings(relative_gap=0.003, time_limit_s=60.0))

offers = catalog.offers[catalog.offers["offer"].isin(coefficients.offers["offer"]) & (catalog.offers["node_type"] == NODE_TYPE)]
listed = offers[offers["term"] == "on_demand"].nsmallest(1, "usd_per_hour").iloc[0]
print(f"{NODE_TYPE} in {instance.name}; cheapest on demand today: {listed['usd_per_hour']:.2f} usd/h ({listed['offer']}).")
print("All its prices move together; in terms of that one:")
if found.wins_at is None:
    print("  it wins at no price tried")
else:
    print(f"  at {found.wins_at * listed['usd_per_hour']:.2f} usd/h and below every best fleet has it: proved")
if found.absent_from is None:
    print("  the plan has it at every price tried")
else:
    price = found.absent_from * listed["usd_per_hour"]
    print(f"  from {price:.2f} usd/h up the plan has none; there it could save {found.saving_max_usd:,.0f} usd at most")
print(f"  between the two: not determined at this gap ({found.gap:.2%})")
print(found.trials.to_string(index=False, float_format=lambda value: f"{value:,.4f}"))
