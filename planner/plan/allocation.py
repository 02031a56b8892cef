r"""Who the money is spent on: the cost of nodes shared by accelerators in use and hours; what nobody uses is `idle`.

The net cost of a commitment (charge and credit) is spread evenly over its hours inside the horizon, so that an
allocation adds up to the objective. A node-hour's cost goes to replicas by their accelerators of the node's offer:

.. math:: cost_{replicas} = cost_{f,t,b} \cdot \frac{accelerators\ of\ the\ replicas\ on\ f}{accelerators_f \cdot nodes_{f,t,b}}

and from replicas to the workloads of their pool by busy replicas (requests per second over rate); replicas kept without
traffic go to the pool's name. What is paid by request (tokens bought, egress, requests turned away) is its workload's.
"""

import numpy as np
import pandas as pd

from planner.options.coefficients import Coefficients
from planner.plan.ledger import contracts
from planner.plan.plan import PlanTables

IDLE = "idle"
FLEET = "fleet"
"""Who pays for what is of no workload and no offer: nodes that start."""
AFTER_HORIZON = "after horizon"
_SLOT = ["period", "block"]
TRAFFIC_TERMS = ("egress", "api", "unserved")
"""Terms that are paid by request, of a workload, beside the cost of nodes."""
CASH_TERMS = ("rent", "egress", "api", "savings")
"""Ledger terms that suppliers are paid in the period of use (pledges after the horizon then);
what a commitment takes is spread over its periods."""
COLUMNS = ["workload", "model", "option", "offer", *_SLOT, "usd"]


def allocate(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns workload, model, option, offer, period, block and usd; the sum is the objective, `idle` is a workload."""
    costs = slot_costs(tables, coefficients)
    key = ["offer", *_SLOT]
    used = tables.placement.assign(place=_place_of(tables.placement["replica"]))
    used = used.groupby([*key, "pool", "option", "place"], as_index=False)[["accelerators"]].sum()
    sizes = coefficients.offers[["offer", "accelerators"]].rename(columns={"accelerators": "size"})
    there = tables.nodes.merge(sizes, on="offer").merge(costs, on=key)
    there = there.assign(usd_per_accelerator=there["usd"] / (there["nodes"] * there["size"]))
    shared = used.merge(there[[*key, "usd_per_accelerator"]], on=key)
    shared = shared.assign(usd=shared["usd_per_accelerator"] * shared["accelerators"])
    spent = shared.groupby(key, as_index=False)[["usd"]].sum()
    rest = there.merge(spent, on=key, how="left", suffixes=("", "_used")).fillna({"usd_used": 0.0})
    idle = rest.assign(usd=rest["usd"] - rest["usd_used"], workload=IDLE, model="", option="")
    idle = idle[idle["usd"].abs() > 1e-9 * rest["usd"].abs()]
    direct = tables.ledger[~_is_of_nodes(tables.ledger, coefficients)].assign(option="")
    sold = _sold(coefficients)
    models = pd.Series([sold.get(str(offer), "") for offer in direct["offer"]], index=direct.index, dtype=object)
    direct = direct.assign(workload=direct["workload"].where(direct["workload"] != "", FLEET), model=models)
    parts = [_by_workload(shared, tables, coefficients)[COLUMNS], idle[COLUMNS], direct[COLUMNS]]
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def slot_costs(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the cost of every offer's nodes by offer, period and block: rent, carbon, and net commitments by the hour."""
    ledger = tables.ledger[_is_of_nodes(tables.ledger, coefficients)]
    rent = ledger.loc[ledger["block"] != "", ["offer", *_SLOT, "usd"]]
    alive = alive_contracts(tables.orders, coefficients)
    alive = alive.merge(coefficients.blocks.rename(columns={"hours": "block_hours"}), on="period")
    spread = ledger[(ledger["block"] == "") & ~ledger["term"].isin(["commitment_charge", "terminal_credit"])]
    more = spread.rename(columns={"period": "signed"}).groupby(["offer", "signed"], as_index=False)[["usd"]].sum()
    alive = alive.merge(more.rename(columns={"usd": "more_usd"}), on=["offer", "signed"], how="left").fillna({"more_usd": 0.0})
    net = (alive["charge_usd"] - alive["credit_usd"]) * alive["nodes"] + alive["more_usd"]
    per_hour = net / alive["hours_inside"]
    held = alive.assign(usd=per_hour * alive["block_hours"])[["offer", *_SLOT, "usd"]]
    both = pd.concat([frame for frame in (rent, held) if len(frame)] or [rent], ignore_index=True)
    return both.groupby(["offer", *_SLOT], as_index=False)[["usd"]].sum()


def alive_contracts(orders: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the contracts once for each `period` in which their nodes are there; `signed` is the order's period."""
    signed = contracts(orders, coefficients).rename(columns={"period": "signed", "position": "signed_position"})
    alive = signed.merge(coefficients.periods, how="cross")
    return alive[(alive["first"] <= alive["position"]) & (alive["position"] < alive["last"])].reset_index(drop=True)


def by_offer(tables: PlanTables) -> pd.DataFrame:
    """Returns offer, term and usd of the ledger's rows that name an offer: nodes, and tokens bought."""
    rows = tables.ledger[tables.ledger["offer"] != ""]
    return rows.groupby(["offer", "term"], as_index=False)[["usd"]].sum()


def by_period(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the cash view beside the amortised view by period, with a last row `after horizon`.

    Columns, all in usd: rent_usd, egress_usd, api_usd (less volume discounts), unserved_usd,
    savings_usd (pledges less the rent that they pay), commitment_cash_usd (upfront, then by the hour),
    resale_usd (what residuals bring back when terms end, negative; no part of what is paid),
    commitment_amortised_usd (the contract rate in every hour of the term), terminal_credit_usd (after the horizon),
    cash_usd and amortised_usd (rent + egress + api + savings + their commitments), internal_usd (terms that no
    supplier is paid: requests turned away, carbon, starts, discounts for volume and time).
    The cash view with what is resold, or the amortised view, plus internal_usd and the credit is the objective.
    """
    periods = [*coefficients.periods.sort_values("position")["period"], AFTER_HORIZON]
    ledger, signed = with_net_tokens(tables.ledger), contracts(tables.orders, coefficients)
    alive = alive_contracts(tables.orders, coefficients)
    hourly = alive["usd_per_hour"] * alive["hours"] * alive["nodes"]
    level = alive["contract_usd_per_hour"] * alive["hours"] * alive["nodes"]
    upfront = ((signed["upfront_usd"] + signed["residual_usd"]) * signed["nodes"]).groupby(signed["period"]).sum()
    ends = pd.Series([periods[min(int(last), len(periods) - 1)] for last in signed["last"]], index=signed.index, dtype=object)
    resold = (signed["residual_usd"] * signed["nodes"]).groupby(ends).sum()
    after = signed["hours_after"] * signed["nodes"]
    cash = hourly.groupby(alive["period"]).sum().add(upfront, fill_value=0.0)
    view = pd.DataFrame(index=pd.Index(periods, name="period"))
    for term in ("rent", *TRAFFIC_TERMS):
        view[f"{term}_usd"] = ledger[ledger["term"] == term].groupby("period")["usd"].sum()
    is_internal = ~ledger["term"].isin([*CASH_TERMS, "commitment_charge", "terminal_credit"])
    is_due = (ledger["term"] == "savings") & (ledger["block"] == "")
    view["savings_usd"] = ledger[(ledger["term"] == "savings") & ~is_due].groupby("period")["usd"].sum()
    view["internal_usd"] = ledger[is_internal].groupby("period")["usd"].sum()
    view["commitment_cash_usd"] = cash
    view["commitment_amortised_usd"] = level.groupby(alive["period"]).sum()
    view["resale_usd"] = -resold
    view["terminal_credit_usd"] = 0.0
    view = view.astype(float).fillna(0.0)
    view.loc[AFTER_HORIZON, "commitment_cash_usd"] = float((after * signed["usd_per_hour"]).sum())
    view.loc[AFTER_HORIZON, "commitment_amortised_usd"] = float((after * signed["contract_usd_per_hour"]).sum())
    view.loc[AFTER_HORIZON, "terminal_credit_usd"] = float(ledger.loc[ledger["term"] == "terminal_credit", "usd"].sum())
    view.loc[AFTER_HORIZON, "savings_usd"] = float(ledger.loc[is_due, "usd"].sum())
    paid: pd.Series = view[[f"{term}_usd" for term in CASH_TERMS]].sum(axis=1)
    view["cash_usd"] = paid + view["commitment_cash_usd"]
    view["amortised_usd"] = paid + view["commitment_amortised_usd"]
    return view.reset_index()


def with_net_tokens(ledger: pd.DataFrame) -> pd.DataFrame:
    """Returns the ledger with volume discounts on tokens under the term `api`."""
    return ledger.assign(term=ledger["term"].replace({"api_discount": "api"}))


def cost_by_price_source(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns source, usd and share by the kind of price (list_price, estimate, user...): nodes, tokens bought, plans.

    What carbon costs at the instance's price rests on no offer's price and is left out.
    """
    prices = coefficients.prices.drop_duplicates(["offer", "period"])[["offer", "period", "source"]]
    sellers = coefficients.api.rename(columns={"api_offer": "offer"})[["offer", "period", "source"]]
    plans = coefficients.savings_plans.drop_duplicates("savings_plan").rename(columns={"savings_plan": "offer"}, errors="ignore")
    plans = plans.loc[:, ~plans.columns.duplicated()][["offer", "source"]].merge(coefficients.periods[["period"]], how="cross")
    known = pd.concat([frame for frame in (prices, sellers, plans) if len(frame)] or [prices], ignore_index=True)
    paid = tables.ledger[(tables.ledger["offer"] != "") & (tables.ledger["term"] != "carbon_price")]
    return _shares(paid.merge(known, on=["offer", "period"]))


def cost_by_rate_source(allocation: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns source, usd and share of the cost of replicas by the kind of the rates they are sized with."""
    rates = coefficients.rates[["workload", "option", "source"]]
    return _shares(allocation[allocation["option"] != ""].merge(rates, on=["workload", "option"]))


def _is_of_nodes(ledger: pd.DataFrame, coefficients: Coefficients) -> "pd.Series[bool]":
    """Says of each row of a ledger whether it is paid for nodes.

    A row that names a workload is paid by request; one that names a savings plan is what the plan has pledged in vain.
    """
    return (
        (ledger["offer"] != "") & (ledger["workload"] == "") & ~ledger["offer"].isin(coefficients.savings_plans["savings_plan"])
    )


def _sold(coefficients: Coefficients) -> dict[str, str]:
    """Returns the model by API offer."""
    return dict(zip(coefficients.api["api_offer"].astype(str), coefficients.api["model"].astype(str), strict=True))


def _shares(rows: pd.DataFrame) -> pd.DataFrame:
    summed = rows.groupby("source", as_index=False)[["usd"]].sum().sort_values("usd", ascending=False, ignore_index=True)
    total = float(summed["usd"].sum())
    return summed.assign(share=summed["usd"] / total if total else 0.0)


def _by_workload(shared: pd.DataFrame, tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the cost of replicas shared out to the workloads of their pool by busy replicas."""
    key = ["pool", "option", "place", *_SLOT]
    rates = coefficients.rates[["workload", "option", "requests_per_s"]].rename(columns={"requests_per_s": "rate"})
    busy = tables.traffic.merge(rates, on=["workload", "option"]).merge(coefficients.pools[["workload", "pool"]], on="workload")
    busy = busy.assign(busy=busy["requests_per_s"] / busy["rate"])
    busy = busy.assign(part=busy["busy"] / busy.groupby(key)["busy"].transform("sum"))
    rows = shared.merge(busy[[*key, "workload", "part"]], on=key, how="left").fillna({"part": 1.0})
    model = rows["option"].map(coefficients.options.set_index("option")["model"])
    return rows.assign(workload=rows["workload"].fillna(rows["pool"]), model=model, usd=rows["usd"] * rows["part"])


def _place_of(replica: pd.Series) -> pd.Series:
    names = [str(name).rpartition("|")[2].rpartition("#")[0] for name in replica]
    return pd.Series(np.array(names, dtype=object), index=replica.index, dtype=object)
