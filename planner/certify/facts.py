"""The planning problem as the certifier reads it: plain dictionaries, straight from the coefficient tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.options.coefficients import COMMITTED_KINDS, Coefficients
from planner.options.extension_tables import EXTENSIONS
from planner.plan.ledger import contracts
from planner.units import SECONDS_PER_HOUR

Bay = tuple[str, str]
"""(node_type, region)"""
Slot = tuple[str, str]
"""(period, block)"""
KINDS = ("on_demand", "owned", "reserved", "purchase")
"""Contracts that are stated here."""
INFORMATIVE = ("machines", "grid", "classes")
"""Extension tables that bind nothing unless a limit or a price does."""
PLAIN_LIMITS = ("utilisation_max", "terminal_use_share")


@dataclass(frozen=True)
class Facts:
    """Everything that the base families say, by name."""

    slots: list[Slot]
    hours: Mapping[Slot, float]
    demand: Mapping[tuple[str, str, str], float]
    """requests/s by (workload, period, block), where not 0."""
    pool: Mapping[str, str]
    replicas_min: Mapping[str, int]
    rate: Mapping[tuple[str, str], float]
    """requests/s of a replica by (workload, option)."""
    gpus: Mapping[str, int]
    node_type: Mapping[str, str]
    size: Mapping[str, int]
    """Accelerators of a node by node type."""
    routes: list[tuple[str, str, str]]
    """(workload, option, region) that every promise allows."""
    egress_usd: Mapping[tuple[str, str], float]
    """usd an hour of one request per second by (workload, region)."""
    offers: Mapping[Bay, list[str]]
    rented_usd: Mapping[tuple[str, str], float]
    """usd of a node-hour by (rented offer, period)."""
    cap: Mapping[tuple[str, str], int]
    order_usd: Mapping[tuple[str, str], float]
    """Charge less credit of one node by (committed offer, period of signature)."""
    alive: Mapping[tuple[str, str], list[tuple[str, str]]]
    """Orders whose nodes are there by (offer, period)."""
    utilisation: float

    def routes_in(self, slot: Slot) -> list[tuple[str, str, str]]:
        """Returns the routes of workloads that have traffic in a slot."""
        return [r for r in self.routes if (r[0], *slot) in self.demand]

    def bay(self, option: str, region: str) -> Bay:
        """Returns where replicas of an option stand."""
        return self.node_type[option], region


def unsupported(c: Coefficients, goal: str) -> str:
    """Returns why a problem is beyond what is certified here; empty where it is not."""
    if goal != "least_cost":
        return f"the goal {goal}"
    more = c.limits[~c.limits["limit"].isin(PLAIN_LIMITS) & (c.limits["value"] != 0)]
    if len(more):
        return f"the limit {more['limit'].iloc[0]}"
    used = [name for name in EXTENSIONS if name not in INFORMATIVE and len(getattr(c, name))]
    if used:
        return f"the table {used[0]}"
    beyond = sorted(set(c.offers["kind"]) - set(KINDS))
    if beyond:
        return f"offers of the kind {beyond[0]}"
    if (c.options["nodes_per_replica"] > 1).any():
        return "replicas over several nodes"
    return ""


def facts_of(c: Coefficients) -> Facts:
    """Returns the facts of coefficient tables."""
    periods = c.periods.sort_values("position")["period"].tolist()
    blocks = {p: c.blocks.loc[c.blocks["period"] == p] for p in periods}
    slots = [(str(p), str(b)) for p in periods for b in blocks[p]["block"]]
    use = float(c.limits.loc[c.limits["limit"] == "utilisation_max", "value"].iloc[0])
    demand = c.demand[c.demand["requests_per_s"] > 0]
    offers: dict[Bay, list[str]] = {}
    for offer, node_type, region in c.offers[["offer", "node_type", "region"]].to_numpy().tolist():
        offers.setdefault((node_type, region), []).append(offer)
    kinds = dict(zip(c.offers["offer"], c.offers["kind"], strict=True))
    prices = c.prices[["offer", "period", "usd_per_hour"]].to_numpy().tolist()
    order_usd, alive = _orders(c, periods)
    return Facts(
        slots, _mapped(c.blocks, ["period", "block"], "hours"),
        _mapped(demand, ["workload", "period", "block"], "requests_per_s"),
        dict(zip(c.pools["workload"], c.pools["pool"], strict=True)),
        {str(k): int(v) for k, v in c.pools.groupby("pool")["replicas_min"].max().items() if v > 0},
        _mapped(c.rates, ["workload", "option"], "requests_per_s"),
        dict(zip(c.options["option"], c.options["gpus"].astype(int), strict=True)),
        dict(zip(c.options["option"], c.options["node_type"], strict=True)),
        dict(zip(c.offers["node_type"], c.offers["accelerators"].astype(int), strict=True)),
        _routes(c), _egress(c), offers,
        {(o, p): float(usd) for o, p, usd in prices if kinds[o] not in COMMITTED_KINDS},
        {k: int(v) for k, v in _mapped(c.supply, ["offer", "period"], "nodes_max").items()}, order_usd, alive, use,
    )  # fmt: skip


def _mapped(frame: pd.DataFrame, key: list[str], value: str) -> dict[Any, float]:
    return {tuple(row[:-1]): float(row[-1]) for row in frame[[*key, value]].to_numpy().tolist()}


def _routes(c: Coefficients) -> list[tuple[str, str, str]]:
    """Returns (workload, option, region): a rate, an allowed region near enough, and nodes on offer there."""
    paths = c.paths[c.paths["is_allowed"]]
    places = c.sites.merge(c.offers[["offer", "region"]], on="offer")
    found = c.rates.merge(paths, on="workload").merge(places, on=["option", "region"])
    near = found[found["network_ms_max"].isna() | (found["network_ms"] <= found["network_ms_max"])]
    rows = near[["workload", "option", "region"]].drop_duplicates()
    return [(str(w), str(o), str(r)) for w, o, r in rows.to_numpy().tolist()]


def _egress(c: Coefficients) -> dict[tuple[str, str], float]:
    found = _mapped(c.paths, ["workload", "region"], "egress_usd_per_request")
    return {(key[0], key[1]): usd * SECONDS_PER_HOUR for key, usd in found.items()}


def _orders(
    c: Coefficients, periods: list[str]
) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], list[tuple[str, str]]]]:
    """Returns what one node of each possible order costs, and which orders are there in each period."""
    committed = c.offers.loc[c.offers["kind"].isin(COMMITTED_KINDS), "offer"]
    every = pd.DataFrame([(o, p, 1) for o in committed for p in periods], columns=["offer", "period", "nodes"])
    usd: dict[tuple[str, str], float] = {}
    alive: dict[tuple[str, str], list[tuple[str, str]]] = {}
    if every.empty:
        return usd, alive
    signed = contracts(every, c)[["offer", "period", "first", "last", "charge_usd", "credit_usd"]]
    for offer, period_signed, first, last, charge, credit in signed.to_numpy().tolist():
        order = (str(offer), str(period_signed))
        there = [p for position, p in enumerate(periods) if first <= position < last]
        if there:
            usd[order] = float(charge) - float(credit)
        for period in there:
            alive.setdefault((order[0], period), []).append(order)
    return usd, alive
