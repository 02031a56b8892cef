"""Cost terms and amounts of the policy families, recomputed from a plan's nodes and orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from planner.options.coefficients import Coefficients
from planner.plan.ledger_frame import KEYS, block_hours, ledger_rows
from planner.tables import records
from planner.units import HOURS_PER_YEAR, KG_PER_TONNE


def emissions(nodes: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the nodes (offer, region, period, block) with `power_kw` (all of them, before PUE) and `kg` of carbon dioxide.

    A node draws full power in every hour in which it is there; kg = kW x PUE x kg per kWh x hours.
    """
    offers = coefficients.offers.drop_duplicates("offer")[["offer", "node_type", "region"]]
    rows = nodes.merge(offers, on="offer").merge(coefficients.machines, on="node_type", how="left")
    rows = rows.merge(coefficients.grid, on="region", how="left").merge(
        block_hours(coefficients), on=["period", "block"], how="left"
    )
    rows = rows.assign(power_kw=rows["power_kw"].fillna(0.0) * rows["nodes"])
    per_kwh = (rows["pue"] * rows["grid_kg_co2_per_kwh"]).fillna(0.0)
    kg = rows["power_kw"] * per_kwh * rows["hours"]
    return rows.assign(kg=kg)[["offer", "region", "period", "block", "nodes", "power_kw", "kg"]]


def carbon_price(nodes: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns what the nodes' carbon costs at the instance's price, by offer, period and block; usd."""
    price = coefficients.scalar("carbon_usd_per_tonne")
    if price == 0:
        return ledger_rows("carbon_price", nodes.iloc[:0], nodes.iloc[:0]["nodes"])
    rows = emissions(nodes, coefficients)
    made = ledger_rows("carbon_price", rows, rows["kg"] / KG_PER_TONNE * price)
    return made[made["usd"] != 0].reset_index(drop=True)


def volume_discount(nodes: pd.DataFrame, signed: pd.DataFrame, prices: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns what volume discounts take off (negative), by offer, period and block, or period of signature; usd.

    `signed` are the contracts of the plan (one row an order), `prices` those of every offer and period. A tier's nodes are
    those from its first to before the next tier's first. A discounted order is credited at its discounted rate at most. Owned
    nodes are nobody's to discount.
    """
    if coefficients.price_tiers.empty:
        return ledger_rows("volume_discount", nodes.iloc[:0], nodes.iloc[:0]["nodes"])
    hours = block_hours(coefficients)
    owned = coefficients.offers.loc[coefficients.offers["kind"] == "owned", "offer"]
    rented = nodes[~nodes["offer"].isin([*signed["offer"], *owned])].merge(prices, on=["offer", "period"], how="left")
    rented = _tiered(rented.merge(hours, on=["period", "block"], how="left"), coefficients)
    usd = -rented["discount_share"] * rented["in_tier"] * rented["usd_per_hour"] * rented["hours"]
    rows = [ledger_rows("volume_discount", rented, usd)]
    ordered = _tiered(signed, coefficients)
    use = coefficients.scalar("terminal_use_share")
    credit = (ordered["credit_usd"] / (use * ordered["hours_after"])).where(use * ordered["hours_after"] > 0, 0.0)
    cheaper = (ordered["contract_usd_per_hour"] * (1 - ordered["discount_share"])).clip(upper=credit)
    saved = ordered["discount_share"] * ordered["charge_usd"] - use * ordered["hours_after"] * (credit - cheaper)
    rows.append(ledger_rows("volume_discount", ordered, -saved * ordered["in_tier"]))
    joined = pd.concat([frame for frame in rows if len(frame)] or rows[:1], ignore_index=True)
    summed = joined.groupby(KEYS, as_index=False)[["usd"]].sum()
    return summed[summed["usd"] != 0].reset_index(drop=True)


def _tiered(rows: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the rows once a tier of their offer that their nodes reach, with `in_tier` nodes."""
    tiers = coefficients.price_tiers.sort_values("nodes_from")
    after = tiers.groupby("offer")["nodes_from"].shift(-1).fillna(float("inf"))
    both = rows.merge(tiers.assign(before=after), on="offer")
    both = both.assign(in_tier=both["nodes"].clip(upper=both["before"] - 1) - both["nodes_from"] + 1)
    return both[both["in_tier"] > 0].reset_index(drop=True)


def switching(nodes: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns what nodes that start cost, by period (and block, where futures differ); usd.

    A bay (node type in a region, spot apart) starts the most nodes by which a block of a scenario exceeds itself in the
    period before.
    """
    price = coefficients.scalar("switching_usd_per_node")
    offers = coefficients.offers.drop_duplicates("offer")[["offer", "node_type", "region", "kind"]]
    rows = nodes.merge(offers, on="offer")
    rows = rows.assign(is_spot=rows["kind"] == "spot", there=rows["nodes"])
    return _starts("switching", rows, ["node_type", "region", "is_spot"], price, coefficients)


def migration(deployments: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns what replicas that start cost, by period (and block, where futures differ); usd.

    An option at a place, over all pools, starts the most replicas by which a block exceeds itself in the period before.
    """
    rows = deployments.assign(there=deployments["replicas"])
    return _starts("migration", rows, ["option", "place"], coefficients.scalar("migration_usd_per_replica"), coefficients)


def _starts(term: str, rows: pd.DataFrame, key: list[str], price: float, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the ledger rows of what starts: `there` against the period before, the largest block of each scenario counts.

    With several scenarios a row stands in the block that counts, at its scenario's probability.
    """
    if price == 0:
        return ledger_rows(term, rows.iloc[:0], rows.iloc[:0]["there"])
    periods = [str(name) for name in coefficients.periods.sort_values("position")["period"]]
    slots = coefficients.blocks.drop_duplicates(["period", "block"]).set_index(["period", "block"])
    there = rows.pivot_table(index=[*key, "block"], columns="period", values="there", aggfunc="sum")
    there = there.reindex(columns=periods).astype(float).fillna(0.0)
    made = []
    for before, now in pairwise(periods) if len(there) else ():
        more = (there[now] - there[before]).clip(lower=0.0).rename("more").reset_index()
        more = more[[(before, block) in slots.index and (now, block) in slots.index for block in more["block"]]]
        chances = slots.loc[now].reindex(more["block"])
        more = more.assign(scenario=chances["scenario"].to_numpy(), chance=chances["probability"].to_numpy(dtype=float))
        most = more.sort_values("more", ascending=False, kind="stable").drop_duplicates([*key, "scenario"])
        made.append(most.assign(period=now, due=most["more"] * most["chance"] * price))
    frame = pd.concat(made, ignore_index=True) if made else pd.DataFrame(columns=["period", "block", "due"])
    frame = frame if len(set(coefficients.blocks["scenario"])) > 1 else frame.assign(block="")
    summed = frame.groupby(["period", "block"], as_index=False)[["due"]].sum()
    summed = summed[summed["due"] != 0]
    return ledger_rows(term, summed, summed["due"])


def discounting(rows: pd.DataFrame, signed: pd.DataFrame, coefficients: Coefficients) -> pd.DataFrame:
    """Returns the present value of the ledger's other rows less their usd, by offer, workload, period and block.

    A row falls in the middle of its period; an order (charge, credit and volume discount, by period of signature) as its
    upfront price, its hours inside and its hours after the horizon do; what a savings plan owes after the horizon runs there.
    """
    rate = coefficients.scalar("discount_rate_per_year")
    if rate == 0:
        return ledger_rows("discounting", rows.iloc[:0], rows.iloc[:0]["usd"])
    periods = coefficients.periods.sort_values("position")
    time = _Time(rate, periods["hours"].to_numpy(dtype=float))
    middle = {t: time.inside(i) for i, t in enumerate(periods["period"])}
    order = {(row["offer"], row["period"]): _change_of_order(row, time) for row in records(signed)}
    for row in records(coefficients.savings_plans.drop_duplicates("savings_plan")):
        for i, t in enumerate(periods["period"]):
            count = max(0, i + int(row["term_periods"]) - len(time.hours))
            after = [time.after(j) for j in range(count)]
            order[row["savings_plan"], t] = sum(after) / count if count else 0.0
    is_order = (rows["offer"] != "") & (rows["block"] == "")
    keys = zip(rows["offer"], rows["period"], is_order, strict=True)
    share = pd.Series(
        [order.get((f, t), 0.0) if one else middle.get(t, 0.0) for f, t, one in keys], index=rows.index, dtype=float
    )
    summed = rows.assign(usd=rows["usd"] * share).groupby(KEYS[1:], as_index=False)[["usd"]].sum()
    return ledger_rows("discounting", summed, summed["usd"])


@dataclass(frozen=True)
class _Time:
    """By how much the value of a usd changes with time, as a share: periods of `hours`, then more of their mean length."""

    rate_per_year: float
    hours: np.ndarray

    @cached_property
    def mean_hours(self) -> float:
        """Hours of a period after the horizon."""
        return float(self.hours.mean())

    @cached_property
    def starts(self) -> np.ndarray:
        """Hours until each period begins, and until the last one ends."""
        return np.concatenate([[0.0], np.cumsum(self.hours)])

    def change(self, at_hours: float) -> float:
        """Returns the change of a usd paid after so many hours."""
        return float((1.0 + self.rate_per_year) ** (-at_hours / HOURS_PER_YEAR)) - 1.0

    def inside(self, i: int) -> float:
        """Returns the change in the middle of period i of the horizon."""
        return self.change(float(self.starts[i]) + self.hours[i] / 2)

    def after(self, j: int) -> float:
        """Returns the change in the middle of period j after the horizon."""
        return self.change(float(self.starts[-1]) + (j + 0.5) * self.mean_hours)


def _change_of_order(row: Mapping[str, Any], time: _Time) -> float:
    """Returns the change of value of a node ordered as a share of its net cost."""
    first, last, periods = int(row["first"]), int(row["last"]), len(time.hours)
    signed = time.change(float(time.starts[int(row["position"])]))
    usd = row["upfront_usd"] * signed
    end_hours = float(time.starts[min(last, periods)]) + max(0, last - periods) * time.mean_hours
    usd += row["residual_usd"] * (signed - time.change(end_hours))
    usd += sum(row["usd_per_hour"] * time.hours[i] * time.inside(i) for i in range(first, min(last, periods)))
    credit = row["credit_usd"] / row["hours_after"] if row["hours_after"] else 0.0
    after = range(max(0, first - periods), last - periods)
    usd += sum((row["usd_per_hour"] - credit) * time.mean_hours * time.after(j) for j in after)
    net = row["charge_usd"] - row["credit_usd"]
    return float(usd / net) if net else 0.0
