"""Machines on the site or in the cloud? An edge site as a region of its own, under ever tighter promises, and what it may cost.

The instance is scripts/studies/edge_site: put your site's figures there.

Run: python scripts/studies/edge_or_cloud.py
"""

from pathlib import Path

from planner import pipeline
from planner.methods import MethodSettings
from planner.pipeline import SolveSettings
from planner.studies.break_even import break_even
from planner.studies.choices import choose, difference

SITE = Path(__file__).with_name("edge_site")
EDGE, CLOUD = ["edge-plant"], ["germany-frankfurt", "finland"]


def where(regions: list[str], ttft_ms: float) -> dict[str, object]:
    return {"workloads.0.regions": {"allow": regions}, "workloads.0.slo.0.ms": ttft_ms}


for ttft_ms in (60, 100, 400):
    print(f"first token within {ttft_ms} ms (95 %):")
    alternatives = {"cloud": where(CLOUD, ttft_ms), "edge": where(EDGE, ttft_ms)}
    cloud, edge = choose(SITE, alternatives, SolveSettings(gap=0.002, time_limit_s=60.0))
    print(f"  {cloud.line()}\n  {edge.line()}")
    if not edge.why_not and not cloud.why_not:
        print(f"  {difference(cloud, edge).line()}")

instance, catalog = pipeline.read(SITE)
coefficients = pipeline.prepare_instance(instance, catalog).coefficients
found = break_even(coefficients, "2xL40S-site", MethodSettings(relative_gap=0.002, time_limit_s=30.0), low=0.2, high=3.0)
mine = catalog.offers[catalog.offers["offer"].isin(coefficients.offers["offer"]) & (catalog.offers["node_type"] == "2xL40S-site")]
price = float(mine["usd_per_hour"].iloc[0])
wins = "at no price tried" if found.wins_at is None else f"at {found.wins_at * price:.2f} usd/h and below"
absent = "at no price tried" if found.absent_from is None else f"from {found.absent_from * price:.2f} usd/h up"
print(f"an appliance ({price:.2f} usd/h now) is in every best fleet {wins}; the plan has none {absent}; between: not determined")
