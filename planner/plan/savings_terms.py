r"""What savings plans cost and save, recomputed from what is pledged, what it pays for, and prices.

With s a plan signed in u, f an offer on demand and p its discounted price :math:`usd\_per\_hour_{f,u} (1 - discount_{s,f})`:

* nodes that a plan pays for: :math:`(p - usd\_per\_hour_{f,t}) \cdot hours_{t,b} \cdot nodes`, since `rent` has them on demand;
* what is pledged and not used: :math:`(pledge - \sum_f p \cdot nodes_f) \cdot hours_{t,b}` in every block of the term;
* the hours of the term after the horizon: :math:`pledge \cdot hours\_after`, in the period of signature, without a block;
* credit for them: :math:`-use\_share \cdot hours\_after \cdot \min(1, \max_f usd\_per\_hour_{f,last} / p) \cdot pledge`.

A plan's name stands where the others have an offer. The sum is the pledge in every hour of its term less what the nodes that
it pays for would have cost on demand.
"""

import pandas as pd

from planner.options.coefficients import Coefficients
from planner.plan.ledger_frame import KEYS, block_hours, ledger_rows

_SLOT = ["period", "block"]
DUST_USD = 1e-6
"""What a pledge that is used up leaves by rounding is no row of the ledger."""


def discounted(coefficients: Coefficients) -> pd.DataFrame:
    """Returns savings_plan, signed, offer and usd_per_hour of every node-hour that a plan can pay for."""
    plans = coefficients.savings_plans[["savings_plan", "offer", "discount_share"]]
    prices = coefficients.prices.drop_duplicates(["offer", "period"])[["offer", "period", "usd_per_hour"]]
    rows = plans.merge(prices.rename(columns={"period": "signed"}), on="offer")
    return rows.assign(usd_per_hour=rows["usd_per_hour"] * (1 - rows["discount_share"])).drop(columns="discount_share")


def pledged(pledges: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the pledges with position (of signature), last (position after the term) and hours_after the horizon."""
    periods = coefficients.periods
    terms = coefficients.savings_plans.drop_duplicates("savings_plan")[["savings_plan", "term_periods"]]
    rows = pledges.merge(terms, on="savings_plan", how="left").merge(periods[["period", "position"]], on="period", how="left")
    last = rows["position"] + rows["term_periods"]
    after = (last - len(periods)).clip(lower=0) * float(periods["hours"].mean() if len(periods) else 0.0)
    return rows.assign(last=last, hours_after=after)


def paid_nodes(plan_use: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the nodes that plans pay for with their price by the plan (`plan_usd`) and on demand (`usd_per_hour`)."""
    key = ["savings_plan", "signed", "offer"]
    rates = discounted(coefficients).rename(columns={"usd_per_hour": "plan_usd"})
    prices = coefficients.prices.drop_duplicates(["offer", "period"])[["offer", "period", "usd_per_hour"]]
    return plan_use.merge(rates, on=key, how="left").merge(prices, on=["offer", "period"], how="left")


def promised(pledges: pd.DataFrame, plan_use: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns every pledge in every block of its term: usd_per_hour promised, `used` by the nodes it pays for, and hours."""
    slots = block_hours(coefficients).merge(coefficients.periods[["period", "position"]], on="period")
    signed = pledged(pledges, coefficients).rename(columns={"period": "signed", "position": "first"})
    rows = signed.merge(slots, how="cross")
    rows = rows[(rows["first"] <= rows["position"]) & (rows["position"] < rows["last"])]
    key = ["savings_plan", "signed", *_SLOT]
    nodes = paid_nodes(plan_use, coefficients)
    used = nodes.assign(used=nodes["plan_usd"] * nodes["nodes"]).groupby(key, as_index=False)[["used"]].sum()
    return rows.merge(used, on=key, how="left").fillna({"used": 0.0})


def savings(pledges: pd.DataFrame, plan_use: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns what savings plans cost and save (negative), by offer or plan, period and block; usd."""
    if pledges.empty and plan_use.empty:
        return ledger_rows("savings", pledges, pledges["usd_per_hour"])
    nodes = paid_nodes(plan_use, coefficients).merge(block_hours(coefficients), on=_SLOT, how="left")
    saved = ledger_rows("savings", nodes, (nodes["plan_usd"] - nodes["usd_per_hour"]) * nodes["hours"] * nodes["nodes"])
    left = promised(pledges, plan_use, coefficients).assign(offer=lambda frame: frame["savings_plan"])
    lost = ledger_rows("savings", left, (left["usd_per_hour"] - left["used"]) * left["hours"])
    owing = pledged(pledges, coefficients).assign(offer=lambda frame: frame["savings_plan"])
    due = ledger_rows("savings", owing, owing["usd_per_hour"] * owing["hours_after"])
    rows = pd.concat([frame for frame in (saved, lost, due) if len(frame)] or [saved], ignore_index=True)
    summed = rows.groupby(KEYS, as_index=False)[["usd"]].sum()
    return summed[summed["usd"].abs() > DUST_USD].reset_index(drop=True)


def pledge_credit(pledges: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the credit (negative) for the hours of pledges after the horizon, by plan and period of signature; usd."""
    if pledges.empty:
        return ledger_rows("terminal_credit", pledges, pledges["usd_per_hour"])
    rows = pledged(pledges, coefficients).assign(offer=lambda frame: frame["savings_plan"])
    periods = coefficients.periods.sort_values("position")["period"]
    prices = coefficients.prices.drop_duplicates(["offer", "period"])
    last = prices.loc[prices["period"] == (periods.iloc[-1] if len(periods) else ""), ["offer", "usd_per_hour"]]
    worth = discounted(coefficients).merge(last.rename(columns={"usd_per_hour": "market"}), on="offer")
    ratio = (worth["market"] / worth["usd_per_hour"].where(worth["usd_per_hour"] > 0)).fillna(1.0)
    best = ratio.groupby([worth["savings_plan"], worth["signed"]]).max().clip(upper=1.0).rename("worth").reset_index()
    rows = rows.merge(best.rename(columns={"signed": "period"}), on=["savings_plan", "period"], how="left")
    share = coefficients.scalar("terminal_use_share", float("nan"))
    made = ledger_rows("terminal_credit", rows, -share * rows["hours_after"] * rows["worth"] * rows["usd_per_hour"])
    return made[made["usd"] != 0].reset_index(drop=True)
