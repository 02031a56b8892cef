"""Machines of one's own, tokens from an API, or both? From which traffic on, for one workload of the quickstart.

Run: python scripts/studies/make_or_buy.py
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from planner import pipeline
from planner.inputs.shipped import instances_folder
from planner.methods import MethodSettings
from planner.studies.make_or_buy import make_or_buy

WORKLOAD, MODEL = "assistant-us", "gpt-oss-120b"
COLUMNS = ["factor", "api_usd", "own_bound_usd", "own_usd", "mix_bound_usd", "mix_usd", "bought_share", "verdict"]

given, shipped = pipeline.read(instances_folder() / "quickstart")
place = [one.workload for one in given.settings.workloads].index(WORKLOAD)
lengths = given.lengths[WORKLOAD]
share = lengths["weight"] / lengths["weight"].sum()
sent, made = (float((lengths[name] * share).sum()) for name in ("input_tokens", "output_tokens"))
print(f"{WORKLOAD} by {MODEL}: {sent:,.0f} input and {made:,.0f} output tokens a request")

apis = shipped.api_prices[shipped.api_prices["model"] == MODEL]
apis = apis.assign(usd=(apis["input_usd_per_mtok"] * sent + apis["output_usd_per_mtok"] * made) / 1e6).sort_values("usd")
for seller in apis.iloc[[0, len(apis) // 2]].to_dict("records"):
    asked = {f"workloads.{place}.models_allow": [MODEL], f"workloads.{place}.api_allow": [seller["api_offer"]]}
    instance, catalog = pipeline.read(instances_folder() / "quickstart", asked)
    coefficients = pipeline.prepare_instance(instance, catalog).coefficients
    alone = coefficients.with_tables(demand=coefficients.demand[coefficients.demand["workload"] == WORKLOAD])
    found = make_or_buy(alone, MethodSettings(relative_gap=0.005, time_limit_s=60.0), plans_max=10)
    print(f"beside {seller['api_offer']} ({seller['price_date']}): {1000 * seller['usd']:.4f} usd per 1,000 requests")
    print("".join(f"  {line}\n" for line in found.lines()), end="")
    print(found.trials[COLUMNS].to_string(index=False, float_format=lambda value: f"{value:,.4g}"))
