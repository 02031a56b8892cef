r"""What is bought by the token, recomputed from a plan's calls: list price, and what volume tiers take off it.

.. math:: api\_discount = -usd_{w,a,t,b} \cdot \frac{1}{spent_{a,t,s}} \sum_n share_{a,n} \cdot spent\ in\ tier\ n

with spent what an offer costs at list price in a period of a scenario, by the clock: each call has the same part.
"""

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.plan.ledger_frame import KEYS, block_hours, ledger_rows
from planner.units import SECONDS_PER_HOUR, TOKENS_PER_MTOK


def api(bought: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns what answers bought by the token cost, by API offer, workload, period and block; usd."""
    if bought.empty:
        return ledger_rows("api", bought, bought["requests_per_s"])
    lists = coefficients.api[["api_offer", "period", *(f"{kind}_usd_per_mtok" for kind in ("input", "cached_input", "output"))]]
    priced = bought.merge(lists, on=["api_offer", "period"], how="left").merge(
        coefficients.calls, on=["workload", "api_offer"], how="left"
    )
    cached = priced["cached_input_usd_per_mtok"].astype(float).fillna(priced["input_usd_per_mtok"].astype(float))
    usd = priced["input_tokens"] * priced["input_usd_per_mtok"] + priced["cached_tokens"] * cached
    usd = (usd + priced["output_tokens"] * priced["output_usd_per_mtok"]) / TOKENS_PER_MTOK
    timed = priced.assign(usd_per_request=usd, offer=priced["api_offer"])
    timed = timed.merge(block_hours(coefficients), on=["period", "block"], how="left")
    return ledger_rows("api", timed, timed["usd_per_request"] * timed["requests_per_s"] * SECONDS_PER_HOUR * timed["hours"])


def api_discount(bought: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns what volume tiers take off (negative), by API offer, workload, period and block; usd."""
    if bought.empty or coefficients.api_tiers.empty:
        return ledger_rows("api_discount", bought.iloc[:0], bought.iloc[:0]["requests_per_s"])
    chances = coefficients.blocks.drop_duplicates(["period", "block"])[["period", "block", "scenario", "probability"]]
    rows = api(bought, coefficients).merge(chances, on=["period", "block"], how="left")
    rows = rows.assign(clock_usd=(rows["usd"] / rows["probability"]).where(rows["usd"] != 0, 0.0))
    lot = ["offer", "period", "scenario"]
    spent = rows.groupby(lot, as_index=False)[["clock_usd"]].sum()
    tiers = coefficients.api_tiers.sort_values(["api_offer", "usd_from"]).rename(columns={"api_offer": "offer"})
    tiers = tiers.assign(until=tiers.groupby("offer")["usd_from"].shift(-1).fillna(float("inf")))
    both = spent.merge(tiers, on="offer")
    inside = (both[["clock_usd", "until"]].min(axis=1) - both["usd_from"]).clip(lower=0.0)
    both = both.assign(saved=both["discount_share"] * inside)
    saved = both.groupby(lot, as_index=False).agg(saved=("saved", "sum"), all_usd=("clock_usd", "first"))
    rows = rows.merge(saved[saved["saved"] > 0], on=lot)
    summed = rows.assign(usd=-rows["usd"] * rows["saved"] / rows["all_usd"]).groupby(KEYS[1:], as_index=False)[["usd"]].sum()
    return ledger_rows("api_discount", summed, summed["usd"])
