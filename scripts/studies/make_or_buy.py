"""Machines of one's own or tokens from an API? From which traffic on, for one workload of the quickstart.

Run: python scripts/studies/make_or_buy.py
"""

from planner import pipeline
from planner.inputs.shipped import instances_folder
from planner.methods import MethodSettings
from planner.studies.make_or_buy import TokenPrice, make_or_buy

WORKLOAD, MODEL = "assistant-us", "gpt-oss-120b"

given, _ = pipeline.read(instances_folder() / "quickstart")
place = [one.workload for one in given.settings.workloads].index(WORKLOAD)
only = {f"workloads.{place}.models_allow": [MODEL]}
instance, catalog = pipeline.read(instances_folder() / "quickstart", only)
coefficients = pipeline.prepare_instance(instance, catalog).coefficients
demand = coefficients.demand[coefficients.demand["workload"] == WORKLOAD]
coefficients = coefficients.with_tables(demand=demand)

lengths = instance.lengths[WORKLOAD]
share = lengths["weight"] / lengths["weight"].sum()
tokens = float((lengths["input_tokens"] * share).sum()), float((lengths["output_tokens"] * share).sum())
print(f"{WORKLOAD} by {MODEL}: {tokens[0]:,.0f} input and {tokens[1]:,.0f} output tokens a request")

apis = catalog.tables["api_prices"]
apis = apis[apis["model"] == MODEL].assign(
    usd=lambda rows: (rows["input_usd_per_mtok"] * tokens[0] + rows["output_usd_per_mtok"] * tokens[1]) / 1e6
)
middle = apis.sort_values("usd").iloc[[0, len(apis) // 2]]
for row in middle.itertuples():
    price = TokenPrice(row.input_usd_per_mtok, row.output_usd_per_mtok, f"{row.api_offer}, {row.price_date}")
    per_request = price.request_usd(*tokens)
    found = make_or_buy(coefficients, {WORKLOAD: per_request}, MethodSettings(relative_gap=0.01, time_limit_s=60.0), plans_max=9)
    print(f"against {price.source}: {1000 * per_request:.4f} usd per 1,000 requests")
    for line in found.lines():
        print(f"  {line}")
    print(found.trials.to_string(index=False, float_format=lambda value: f"{value:,.4g}"))
