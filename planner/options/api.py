"""Models bought by the token: prices, caps, and who may call them.

Residency is checked at the door (`inputs.service_checks`): a rule (`regions.jurisdictions`) admits a seller only where the
instance states its jurisdiction (`supply.api_jurisdictions`): no catalog knows where a seller computes, and what is not
known is not allowed. A workload with region lists may not call at all, since a seller names no region. A seller states no
latency: promises are not held for what it answers, and every plan that buys tokens says so.
"""

import pandas as pd

from planner.inputs.catalog import Catalog
from planner.inputs.instance import Instance
from planner.inputs.workloads import Workload
from planner.options.service_tables import API, API_TIERS, CALLS
from planner.options.variants import api_score
from planner.tables import records

CAPS = ("requests_per_s_max", "tokens_per_s_max")


def api_table(instance: Instance, catalog: Catalog) -> pd.DataFrame:
    """Returns the table `api`: every API offer that some workload may call, in every period, at today's list price."""
    named = {name for w in instance.settings.workloads for name in w.api_allow}
    rows = []
    for offer in records(catalog.api_prices[catalog.api_prices["api_offer"].isin(named)]):
        for period in instance.settings.horizon.periods:
            caps = _caps(instance, str(offer["api_offer"]), period.period)
            row = {name: offer[name] for name in API.names if name in offer}
            note = f"{offer['source']}; {offer['price_date']}; {offer['note']}"
            rows.append({**row, **caps, "period": period.period, "source": offer["source_kind"], "source_note": note})
    return API.check(pd.DataFrame(rows, columns=list(API.names)), "api")


def _caps(instance: Instance, offer: str, period: str) -> dict[str, float | None]:
    """Returns the caps of an offer in a period: the row of the period before one for every period."""
    caps: dict[str, float | None] = dict.fromkeys(CAPS)
    rows = [row for row in records(instance.tables["api_caps"]) if row["api_offer"] == offer]
    for row in sorted(rows, key=lambda row: row["period"] != "*"):
        if row["period"] in ("*", period):
            caps = {name: row[name] for name in CAPS}
    return caps


def tier_table(instance: Instance, catalog: Catalog) -> pd.DataFrame:
    """Returns the table `api_tiers`: the volume discounts of the API offers that some workload may call."""
    given = instance.tables["api_tiers"]
    sold = given["api_offer"].isin(set(api_table(instance, catalog)["api_offer"]))
    return API_TIERS.check(given[sold].reset_index(drop=True), "api_tiers")


def call_table(instance: Instance, catalog: Catalog, scores: pd.DataFrame) -> pd.DataFrame:
    """Returns the table `calls`: the API offers that each workload names and whose model keeps its quality floor."""
    models = dict(zip(catalog.api_prices["api_offer"], catalog.api_prices["model"], strict=True))
    rows = []
    for workload in instance.settings.workloads:
        if not workload.api_allow:
            continue  # its lengths may not be known
        lengths = instance.lengths[workload.workload]
        mean = {name: float((lengths[name] * lengths["weight"]).sum()) for name in ("input_tokens", "output_tokens")}
        cached = mean["input_tokens"] * workload.prefix_hit_share
        tokens = {"input_tokens": mean["input_tokens"] - cached, "cached_tokens": cached, "output_tokens": mean["output_tokens"]}
        kept = [offer for offer in workload.api_allow if _keeps_floor(instance, workload, offer, models[offer], scores)]
        rows += [{"workload": workload.workload, "api_offer": offer, **tokens} for offer in kept]
    return CALLS.check(pd.DataFrame(rows, columns=list(CALLS.names)), "calls")


def _keeps_floor(instance: Instance, workload: Workload, offer: str, model: str, scores: pd.DataFrame) -> bool:
    """Says whether an offer may answer: its score keeps the floor, or it only answers first in a cascade."""
    if workload.quality is None or (workload.cascade is not None and model in workload.cascade.first):
        return True
    score = api_score(instance, workload, offer, scores)
    return score is not None and score >= workload.quality.floor
