"""What one more quality point, ten milliseconds of time per token and each region cost: intervals, a solve each.

Run: python scripts/studies/promise_prices.py [INSTANCE] [--gap 0.002] [--time-limit 60]
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from planner import pipeline
from planner.inputs.shipped import instances_folder
from planner.methods import MethodSettings
from planner.plan.summary import money
from planner.studies.promise_prices import all_steps, step_prices

parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
parser.add_argument("instance", nargs="?", type=Path, default=instances_folder() / "quickstart")
parser.add_argument("--gap", type=float, default=0.002)
parser.add_argument("--time-limit", type=float, default=60.0, help="seconds of one solve")
asked = parser.parse_args()

instance, _ = pipeline.read(asked.instance)
settings = MethodSettings(relative_gap=asked.gap, time_limit_s=asked.time_limit)
before, prices = step_prices(asked.instance, all_steps(instance), settings)
cost, bound = money(before.objective_usd or 0.0), money(before.bound_usd or 0.0)
print(f"{instance.name}: {cost}, none under {bound}; the least cost changes by")
for price in prices:
    print(f"  {price.text}")
