r"""The money of a plan, recomputed from prices alone.

.. math::
   total = \sum rent + \sum commitment\_charge + \sum terminal\_credit + \sum egress + \sum unserved + \sum carbon\_price
   + \sum migration + \sum api + \sum api\_discount + \sum savings

with f an offer, t a period, b a block of it, w a workload, n nodes, x requests per second:

* rent: :math:`usd\_per\_hour_{f,t} \cdot hours_{t,b} \cdot n_{f,t,b}` for offers paid by the hour (rented, owned);
* commitment_charge: :math:`(upfront_{f,t} + usd\_per\_hour_{f,t} \cdot (inside + after)) \cdot n_{f,t}` of an order
  signed in t: every hour of its term at the price of its signature, used or not;
* terminal_credit: :math:`-use\_share \cdot after \cdot \min(contract, market) \cdot n_{f,t}`, where contract spreads
  the upfront price over the term and market is the cheapest on-demand node of that type and region in the last period;
* egress: :math:`usd\_per\_request_{w,r} \cdot 3600 \cdot hours_{t,b} \cdot x`;
* unserved: :math:`unserved\_usd\_per\_request_w \cdot 3600 \cdot hours_{t,b} \cdot x`, x turned away;
* carbon_price: :math:`carbon\_usd\_per\_tonne / 1000 \cdot power\_kw \cdot pue \cdot grid\_kg\_co2\_per\_kwh \cdot
  hours_{t,b} \cdot n_{f,t,b}` where the instance prices carbon;
* api: tokens of a request at the seller's prices, :math:`\cdot 3600 \cdot hours_{t,b} \cdot x`;
* api_discount: what volume tiers take off what is spent on an API offer in a period (`plan.api_terms`);
* savings: what savings plans cost and save (`plan.savings_terms`).

Nodes of an order signed in period number i arrive in i + lead and leave after `term` periods; a term's periods after
the horizon are as long as the mean period.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from planner.options.coefficients import COMMITTED_KINDS, RENTED_KINDS, Coefficients
from planner.options.places import region_of_place
from planner.plan.api_terms import api, api_discount
from planner.plan.ledger_frame import KEYS, block_hours, ledger_rows
from planner.plan.plan import DEPLOYMENTS, EXTENSIONS
from planner.plan.policy_terms import carbon_price, discounting, migration, switching, volume_discount
from planner.plan.savings_terms import pledge_credit, savings
from planner.units import SECONDS_PER_HOUR

Term = Callable[[pd.DataFrame, pd.DataFrame, pd.DataFrame, Coefficients, Mapping[str, pd.DataFrame]], pd.DataFrame]
"""Cost term that only some plans have: traffic, nodes, contracts, coefficients, extension tables -> ledger rows."""


def ledger(
    traffic: pd.DataFrame,
    nodes: pd.DataFrame,
    orders: pd.DataFrame,
    coefficients: Coefficients,
    more: Mapping[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Returns the ledger of a plan's traffic, nodes, orders and extension tables; its sum is the objective in usd.

    Among `more` also stand the `deployments`, where replicas that start cost something.
    """
    tables = {"deployments": DEPLOYMENTS, **EXTENSIONS}
    given = {name: declared.empty() for name, declared in tables.items()} | dict(more or {})
    signed = contracts(orders, coefficients)
    rows = [
        rent(nodes, coefficients),
        _charged(signed),
        _credited(signed),
        egress(traffic, coefficients),
        *(term(traffic, nodes, signed, coefficients, given) for term in EXTENSION_TERMS),
    ]
    rows.append(discounting(pd.concat(rows, ignore_index=True), signed, coefficients))
    joined = pd.concat([frame for frame in rows if len(frame)] or rows[:1], ignore_index=True)
    return joined.sort_values(KEYS, kind="stable", ignore_index=True)


def rent(nodes: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns what nodes paid by the hour cost, by offer, period and block; usd."""
    rented = nodes.merge(_offers(coefficients, RENTED_KINDS)[["offer"]], on="offer")
    priced = rented.merge(prices(coefficients), on=["offer", "period"], how="left")
    timed = priced.merge(block_hours(coefficients), on=["period", "block"], how="left")
    return ledger_rows("rent", timed, timed["usd_per_hour"] * timed["hours"] * timed["nodes"])


def commitment_charge(orders: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns what commitments cost over their whole term, by offer and period of signature; usd."""
    return _charged(contracts(orders, coefficients))


def _charged(signed: pd.DataFrame) -> pd.DataFrame:
    return ledger_rows("commitment_charge", signed, signed["charge_usd"] * signed["nodes"])


def terminal_credit(orders: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the credit (negative) for hours after the horizon, by offer and period of signature; usd."""
    return _credited(contracts(orders, coefficients))


def _credited(signed: pd.DataFrame) -> pd.DataFrame:
    credit = ledger_rows("terminal_credit", signed, -signed["credit_usd"] * signed["nodes"])
    return credit[credit["usd"] != 0].reset_index(drop=True)


def egress(traffic: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns what bytes that leave regions cost, by workload, period and block; usd."""
    paths = coefficients.paths.loc[coefficients.paths["egress_usd_per_request"] != 0]
    routed = traffic.assign(region=region_of(traffic["place"]))
    priced = routed.merge(paths[["workload", "region", "egress_usd_per_request"]], on=["workload", "region"])
    timed = priced.merge(block_hours(coefficients), on=["period", "block"], how="left")
    requests = timed["requests_per_s"] * SECONDS_PER_HOUR * timed["hours"]
    timed = timed.assign(usd=timed["egress_usd_per_request"] * requests)
    summed = timed.groupby(["workload", "period", "block"], as_index=False)[["usd"]].sum()
    return ledger_rows("egress", summed, summed["usd"])


def unserved(refused: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns what requests turned away cost, by workload, period and block; usd."""
    if refused.empty:
        return ledger_rows("unserved", refused, refused["requests_per_s"])
    priced = refused.merge(coefficients.service[["workload", "unserved_usd_per_request"]], on="workload", how="left")
    timed = priced.merge(block_hours(coefficients), on=["period", "block"], how="left")
    price = timed["unserved_usd_per_request"].astype(float).fillna(0.0)
    return ledger_rows("unserved", timed, price * timed["requests_per_s"] * SECONDS_PER_HOUR * timed["hours"])


def region_of(place: pd.Series) -> pd.Series:
    """Returns the region of each place (`region`, `region!spot` or `.../provider`)."""
    return pd.Series([region_of_place(str(name)) for name in place], index=place.index, dtype=object)


def prices(coefficients: Coefficients) -> pd.DataFrame:
    """Returns offer, period, usd_per_hour, upfront_usd, residual_usd and source, one row an offer and period."""
    unique = coefficients.prices.drop_duplicates(["offer", "period"])
    return unique[["offer", "period", "usd_per_hour", "upfront_usd", "residual_usd", "source"]]


_CONTRACT_COLUMNS = {
    "node_type": "object", "region": "object", "term_periods": "int64", "lead_time_periods": "int64", "position": "int64",
    "usd_per_hour": "float64", "upfront_usd": "float64", "residual_usd": "float64", "source": "object", "first": "int64",
    "last": "int64",
    "hours_inside": "float64", "hours_after": "float64", "contract_usd_per_hour": "float64", "charge_usd": "float64",
    "credit_usd": "float64",
}  # fmt: skip
"""What `contracts` adds to an order."""


def contracts(orders: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the orders with their term in periods and hours, their charge and their credit a node.

    Columns added: node_type, region, position (of signature), first and last (positions in which the nodes are there,
    last exclusive, may lie after the horizon), hours_inside, hours_after, usd_per_hour, upfront_usd, residual_usd,
    contract_usd_per_hour, charge_usd and credit_usd (both of one node).
    """
    if orders.empty:
        return orders.assign(**{name: pd.Series(dtype=kind) for name, kind in _CONTRACT_COLUMNS.items()})
    periods = coefficients.periods.sort_values("position")
    count = len(periods)
    offers = _offers(coefficients, COMMITTED_KINDS)
    signed = orders.merge(offers, on="offer").merge(periods[["period", "position"]], on="period")
    signed = signed.merge(prices(coefficients), on=["offer", "period"], how="left")
    first = (signed["position"] + signed["lead_time_periods"]).fillna(0).astype("int64")
    last = first + signed["term_periods"].fillna(0).astype("int64")
    elapsed = np.concatenate([[0.0], np.cumsum(periods["hours"].to_numpy(dtype=float))])
    inside = elapsed[last.clip(upper=count, lower=0)] - elapsed[first.clip(upper=count, lower=0)]
    after = (last - first.clip(lower=count)).clip(lower=0) * float(periods["hours"].mean() if count else 0.0)
    hours = pd.Series(inside + after.to_numpy(), index=signed.index)
    contract = signed["usd_per_hour"] + signed["upfront_usd"] / hours.where(hours > 0)
    market = market_usd_per_hour(coefficients).reindex(pd.MultiIndex.from_frame(signed[["node_type", "region"]]))
    credit_rate = np.fmin(contract.to_numpy(dtype=float), market.to_numpy(dtype=float))
    return signed.assign(
        first=first,
        last=last,
        hours_inside=inside,
        hours_after=after,
        contract_usd_per_hour=contract,
        charge_usd=signed["upfront_usd"] + signed["usd_per_hour"] * hours,
        credit_usd=limit_or_nan(coefficients, "terminal_use_share") * after * credit_rate,
    )


def market_usd_per_hour(coefficients: Coefficients) -> pd.Series:
    """Returns the forecast market price after the horizon by (node_type, region): cheapest on-demand of the last period."""
    periods = coefficients.periods.sort_values("position")["period"]
    last = prices(coefficients).loc[lambda frame: frame["period"] == (periods.iloc[-1] if len(periods) else "")]
    priced = _offers(coefficients, ("on_demand",)).merge(last, on="offer")
    return priced.groupby(["node_type", "region"])["usd_per_hour"].min()


def offers_used(nodes: pd.DataFrame, orders: pd.DataFrame, coefficients: Coefficients) -> list[str]:
    """Returns the offers whose prices a plan's cost rests on: those used, and on-demand beside its commitments.

    The on-demand offers of the same node type and region set the terminal credit.
    """
    offers = coefficients.offers
    signed = offers.loc[offers["offer"].isin(orders["offer"]), ["node_type", "region"]].drop_duplicates()
    market = offers[offers["kind"] == "on_demand"].merge(signed, on=["node_type", "region"])
    return sorted({*nodes["offer"], *orders["offer"], *market["offer"]})


def limit_or_nan(coefficients: Coefficients, name: str) -> float:
    """Returns the value of a scalar limit, NaN where it is missing (then nothing compares equal to it)."""
    try:
        return coefficients.limit(name)
    except KeyError:
        return float("nan")


def _offers(coefficients: Coefficients, kinds: tuple[str, ...]) -> pd.DataFrame:
    columns = ["offer", "node_type", "region", "term_periods", "lead_time_periods"]
    unique = coefficients.offers.drop_duplicates("offer")
    return unique.loc[unique["kind"].isin(kinds), columns]


COSTS: Mapping[str, Callable[..., pd.DataFrame]] = {
    "rent": rent, "commitment_charge": commitment_charge, "terminal_credit": terminal_credit, "egress": egress,
    "unserved": unserved,
    "carbon_price": carbon_price, "volume_discount": volume_discount, "switching": switching, "migration": migration,
    "discounting": discounting,
    "api": api, "api_discount": api_discount, "savings": savings,
}  # fmt: skip
"""Cost terms by name; `rent` takes nodes, the commitments orders, those paid by request their requests per second."""

EXTENSION_TERMS: tuple[Term, ...] = (
    lambda traffic, nodes, signed, coefficients, more: unserved(more["unserved"], coefficients),
    lambda traffic, nodes, signed, coefficients, more: carbon_price(nodes, coefficients),
    lambda traffic, nodes, signed, coefficients, more: volume_discount(nodes, signed, prices(coefficients), coefficients),
    lambda traffic, nodes, signed, coefficients, more: switching(nodes, coefficients),
    lambda traffic, nodes, signed, coefficients, more: migration(more["deployments"], coefficients),
    lambda traffic, nodes, signed, coefficients, more: api(more["api_traffic"], coefficients),
    lambda traffic, nodes, signed, coefficients, more: api_discount(more["api_traffic"], coefficients),
    lambda traffic, nodes, signed, coefficients, more: savings(more["pledges"], more["plan_use"], coefficients),
    lambda traffic, nodes, signed, coefficients, more: pledge_credit(more["pledges"], coefficients),
)
