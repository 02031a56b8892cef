"""Tokens bought from an API: their money by kind follows from the seller's list prices, nothing is shared out."""

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.plan.ledger_frame import block_hours
from planner.plan.plan import PlanTables
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_MTOK

BOUGHT = "bought by the token"
"""Stands where a plan's own replicas name their accelerator."""
KINDS = {"input": "input", "cached": "cached_input", "output": "output"}
"""Kind of token, and how the price list calls it."""


def bought_tokens(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns workload, api_offer, model, accelerator (BOUGHT), period, requests, and mtok and usd of each kind of token.

    A seller without a price of cached tokens takes the full one. What discounting takes off (or an edited ledger says) is
    spread over the kinds in proportion, so that the sums are the ledger's; all of it stands as output where prices are 0.
    """
    timed = tables.api_traffic.merge(block_hours(coefficients), on=["period", "block"])
    timed = timed.assign(requests=timed["requests_per_s"] * timed["hours"] * SECONDS_PER_HOUR)
    key = ["workload", "api_offer", "period"]
    rows = timed.groupby(key, as_index=False)[["requests"]].sum().merge(coefficients.calls, on=key[:2])
    rows = rows.merge(coefficients.api, on=["api_offer", "period"])
    cached = rows["cached_input_usd_per_mtok"].astype(float)
    rows = rows.assign(cached_input_usd_per_mtok=cached.fillna(rows["input_usd_per_mtok"].astype(float)))
    mtok = {kind: rows["requests"] * rows[f"{kind}_tokens"] / TOKENS_PER_MTOK for kind in KINDS}
    listed = pd.DataFrame({kind: mtok[kind] * rows[f"{price}_usd_per_mtok"] for kind, price in KINDS.items()}, dtype=float)
    told = tables.ledger[tables.ledger["workload"] != ""].rename(columns={"offer": "api_offer"})
    told = told.groupby(key, as_index=False)[["usd"]].sum()
    paid = rows[key].merge(told, on=key, how="left")["usd"].fillna(0.0)
    whole = listed.sum(axis=1)
    scaled = listed.mul(paid / whole.where(whole > 0), axis=0).fillna(0.0)
    scaled["output"] = paid - scaled["input"] - scaled["cached"]
    amounts = {f"mtok_{kind}": mtok[kind] for kind in KINDS} | {f"usd_{kind}": scaled[kind] for kind in KINDS}
    return rows[[*key, "model", "requests"]].assign(accelerator=BOUGHT, **amounts)
