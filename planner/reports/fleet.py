"""The fleet of a plan as frames: nodes by type, quarter and contract; what to sign; what to rent; how full it is."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from planner.options.coefficients import COMMITTED_KINDS, RENTED_KINDS, Coefficients
from planner.plan.handovers import work
from planner.plan.ledger import contracts, region_of
from planner.plan.plan import PlanTables

SLOT = ["period", "block"]
CONTRACTS: Mapping[str, str] = {
    "owned": "owned", "purchase": "bought", "reserved": "reserved", "on_demand": "on demand",
    "spot": "spot",
}  # fmt: skip
"""Offer kinds from the most to the least bound, and the word a report uses."""


def period_names(coefficients: Coefficients) -> list[str]:
    """Returns the periods in order."""
    return [str(name) for name in coefficients.periods.sort_values("position")["period"]]


def slots(coefficients: Coefficients) -> pd.DataFrame:
    """Returns period, block and hours of every block: periods in order, blocks in the instance's order."""
    positions = coefficients.periods[["period", "position"]]
    ordered = coefficients.blocks.merge(positions, on="period").sort_values("position", kind="stable", ignore_index=True)
    return ordered[[*SLOT, "hours"]]


def fleet(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns node_type, size (accelerators), period, kind and nodes, in the block in which the type has most nodes.

    Kinds of one type and period are from one block, so they add up to the most nodes that are there at any time.
    """
    offers = coefficients.offers[["offer", "node_type", "kind", "accelerators"]].rename(columns={"accelerators": "size"})
    key = ["node_type", "size", *SLOT]
    there = tables.nodes.merge(offers, on="offer").groupby([*key, "kind"], as_index=False)[["nodes"]].sum()
    totals = there.groupby(key, as_index=False)[["nodes"]].sum()
    peaks = totals.loc[totals.groupby(["node_type", "period"])["nodes"].idxmax(), key]
    shown = peaks.merge(there, on=key)[["node_type", "size", "period", "kind", "nodes"]]
    order = {name: place for place, name in enumerate([*period_names(coefficients), *CONTRACTS])}
    ranked = shown.assign(p=shown["period"].map(order), k=shown["kind"].map(order))
    return ranked.sort_values(["node_type", "p", "k"], ignore_index=True).drop(columns=["p", "k"])


def fleet_by_period(frame: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns node_type, size, contract, a column of nodes for each period (0 where none), from `fleet`."""
    named = frame.assign(contract=frame["kind"].map(CONTRACTS))
    wide = named.pivot_table(index=["node_type", "size", "contract"], columns="period", values="nodes", aggfunc="sum", sort=False)
    wide = wide.reindex(columns=period_names(coefficients)).fillna(0).astype("int64")
    wide.columns.name = None
    return wide.reset_index()


def accelerators_by_period(tables: PlanTables, coefficients: Coefficients) -> dict[str, int]:
    """Returns by period the most accelerators that are there in one block, all node types together."""
    sizes = tables.nodes.merge(coefficients.offers[["offer", "accelerators"]], on="offer")
    there = (sizes["nodes"] * sizes["accelerators"]).groupby([sizes["period"], sizes["block"]]).sum()
    most = there.groupby(level=0).max() if len(there) else pd.Series(dtype=float)
    return {name: int(most.get(name, 0)) for name in period_names(coefficients)}


def orders(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the commitments to sign, in order of signature and then of money.

    Columns: offer, provider, node_type, region, contract, period (of signature), nodes, accelerators, term_periods,
    first_use and last_use (names of periods; `after horizon`), hours_inside and hours_after (of the term, the horizon),
    usd_per_hour and upfront_usd of one node, contract_usd_per_hour (upfront spread over the term), charge_usd, credit_usd
    and net_usd of the order, source (kind of the price), source_note.
    """
    signed = contracts(tables.orders, coefficients).drop(columns=["node_type", "region", "term_periods", "source"])
    named = coefficients.offers[coefficients.offers["kind"].isin(COMMITTED_KINDS)].drop(columns=["lead_time_periods", "source"])
    prices = coefficients.prices.drop_duplicates(["offer", "period"])[["offer", "period", "source"]]
    rows = signed.merge(named, on="offer").merge(prices, on=["offer", "period"])
    names = period_names(coefficients)
    rows = rows.assign(
        contract=rows["kind"].map(CONTRACTS),
        accelerators=rows["accelerators"] * rows["nodes"],
        first_use=[_named(names, place) for place in rows["first"]],
        last_use=[_named(names, place - 1) for place in rows["last"]],
        charge_usd=rows["charge_usd"] * rows["nodes"],
        credit_usd=rows["credit_usd"] * rows["nodes"],
    )
    rows = rows.assign(net_usd=rows["charge_usd"] - rows["credit_usd"])
    rows = rows.sort_values(["position", "charge_usd"], ascending=[True, False], kind="stable", ignore_index=True)
    return rows[
        ["offer", "provider", "node_type", "region", "contract", "period", "nodes", "accelerators", "term_periods", "first_use",
         "last_use", "hours_inside", "hours_after", "usd_per_hour", "upfront_usd", "contract_usd_per_hour", "charge_usd",
         "credit_usd", "net_usd", "source", "source_note"]
    ]  # fmt: skip


def rentals(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the offers paid by the hour, the most money first.

    Columns: offer, provider, node_type, region, contract, peak nodes in a column of each period, node_hours, usd,
    usd_per_node_hour and source.
    """
    columns = ["offer", "provider", "node_type", "region", "kind", "source"]
    offers = coefficients.offers.loc[coefficients.offers["kind"].isin(RENTED_KINDS), columns]
    used = tables.nodes.merge(offers, on="offer").merge(coefficients.blocks, on=SLOT)
    peaks = used.pivot_table(index="offer", columns="period", values="nodes", aggfunc="max")
    peaks = peaks.reindex(columns=period_names(coefficients)).fillna(0).astype("int64")
    hours = (used["nodes"] * used["hours"]).groupby(used["offer"]).sum()
    rent = tables.ledger[tables.ledger["term"] == "rent"].groupby("offer")["usd"].sum()
    rows = offers[offers["offer"].isin(used["offer"])].merge(peaks, left_on="offer", right_index=True)
    rows = rows.assign(
        contract=rows["kind"].map(CONTRACTS), node_hours=rows["offer"].map(hours), usd=rows["offer"].map(rent).fillna(0.0)
    )
    rows = rows.assign(usd_per_node_hour=rows["usd"] / rows["node_hours"]).drop(columns="kind")
    return rows.sort_values("usd", ascending=False, kind="stable", ignore_index=True)


def load_by_region(tables: PlanTables, coefficients: Coefficients) -> pd.DataFrame:
    """Returns region, period, block and accelerators: busy (at work), headroom (held by replicas), empty, total.

    A replica's accelerators are busy for the share of its full rate that it serves; whole nodes leave the rest empty.
    """
    offers = coefficients.offers[["offer", "region", "accelerators"]]
    there = tables.nodes.merge(offers, on="offer")
    key = ["region", *SLOT]
    total = (there["nodes"] * there["accelerators"]).groupby([there[name] for name in key]).sum()
    gpus = coefficients.options.set_index("option")["gpus"]
    running = tables.deployments.assign(region=region_of(tables.deployments["place"]))
    held = (running["replicas"] * running["option"].map(gpus)).groupby([running[name] for name in key]).sum()
    rates = coefficients.rates[["workload", "option", "requests_per_s"]].rename(columns={"requests_per_s": "rate"})
    served = work(tables.traffic, tables.handovers).merge(rates, on=["workload", "option"])
    served = served.assign(region=region_of(served["place"]))
    loaded = served["requests_per_s"] / served["rate"] * served["option"].map(gpus)
    busy = loaded.groupby([served[name] for name in key]).sum()
    regions = sorted(set(there["region"]))
    every = pd.MultiIndex.from_tuples(
        [(region, *slot) for region in regions for slot in slots(coefficients)[SLOT].itertuples(index=False, name=None)],
        names=key,
    )
    full, used, at_work = (one.reindex(every).fillna(0.0).to_numpy(dtype=float) for one in (total, held, busy))
    frame = every.to_frame(index=False)
    return frame.assign(busy=at_work, headroom=np.maximum(used - at_work, 0.0), empty=np.maximum(full - used, 0.0), total=full)


def _named(names: list[str], place: int) -> str:
    return names[place] if place < len(names) else "after horizon"
