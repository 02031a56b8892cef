"""Unit cost against the size of the fleet: the quickstart's traffic from a sixteenth to sixteen times; returns to scale.

Run: python scripts/studies/scale_returns.py [INSTANCE] [--gap 0.01] [--time-limit 60] [--plot FILE.html|.png|.svg]
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from planner import pipeline
from planner.economics.pictures import Panel, Picture, Scale, Series, write_picture
from planner.inputs.shipped import instances_folder
from planner.methods import MethodSettings
from planner.studies.scale_returns import scale_returns

FACTORS = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16)

parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
parser.add_argument("instance", nargs="?", type=Path, default=instances_folder() / "quickstart")
parser.add_argument("--gap", type=float, default=0.01)
parser.add_argument("--time-limit", type=float, default=60.0, help="seconds of one solve")
parser.add_argument("--plot", type=Path)
asked = parser.parse_args()

instance, catalog = pipeline.read(asked.instance)
coefficients = pipeline.prepare_instance(instance, catalog).coefficients
settings = MethodSettings(relative_gap=asked.gap, time_limit_s=asked.time_limit)
found = scale_returns(coefficients, FACTORS, settings)
print(f"{instance.name}: all traffic times a factor; the least cost of 1,000 requests lies between low and the plan's")
print(found.to_string(index=False, float_format=lambda value: f"{value:,.4g}"))
if asked.plot:
    x, y, low = (found[name].tolist() for name in ("factor", "usd_per_1000_requests", "usd_per_1000_requests_low"))
    line = Series("least cost of 1,000 requests (plan, and what none can beat)", x, y, 0, low=low, high=y)
    across = Scale("traffic, times that of the instance", is_log=True)
    panel = Panel(across, Scale("cost of requests", "USD per 1,000", is_log=True), [line])
    caption = (
        f"Instance {instance.name}, all workloads times one factor, supply caps with it above 1; every point a plan to a gap of "
        f"{asked.gap:.1%} or of {asked.time_limit:g} s, the shade reaches down to its proved bound."
    )
    print(f"wrote {write_picture(Picture('Returns to scale of the fleet', [panel], caption, columns=1), asked.plot)}")
