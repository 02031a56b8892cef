"""The planning problem as the certifier reads it: plain dictionaries, straight from the coefficient tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.certify.limits import LimitRow, limit_rows
from planner.certify.scope import left_out
from planner.certify.unit_prices import Lot, UnitPrices, unit_prices
from planner.options.coefficients import COMMITTED_KINDS, Coefficients
from planner.options.places import SPOT_MARK, is_spot_place, zone_of_offer
from planner.plan.ledger import contracts
from planner.tables import records

Bay = tuple[str, str]
"""(node_type, zone); a zone is a region, or its spot nodes"""
Slot = tuple[str, str]
"""(period, block)"""
Route = tuple[str, str, str]
"""(workload, option, zone)"""


@dataclass(frozen=True)
class Facts:
    """Everything that is stated, by name."""

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
    routes: list[Route]
    """Routes that every promise allows."""
    up_share: Mapping[str, float]
    """Share of an option's replicas on spot nodes that is up; 1 elsewhere."""
    offers: Mapping[Bay, list[str]]
    """What nodes can be had of; commitments whose nodes arrive after the horizon are none of it."""
    committed: frozenset[str]
    """Offers that are ordered for a term; all others are rented."""
    prices: UnitPrices
    cap: Mapping[tuple[str, str], int]
    order_usd: Mapping[tuple[str, str], float]
    """All that one node of a committed offer costs by (offer, period of signature)."""
    alive: Mapping[tuple[str, str], list[tuple[str, str]]]
    """Orders whose nodes are there by (offer, period)."""
    utilisation: float
    calls: Mapping[str, list[str]]
    """API offers that may answer a workload."""
    tokens: Mapping[tuple[str, str], float]
    """Tokens of a request by (workload, api_offer)."""
    call_caps: Mapping[tuple[str, str], tuple[float, float]]
    """Most requests/s and tokens/s of an API offer in a period (infinite: no cap)."""
    spot_share: Mapping[str, float]
    """Largest share of a workload's traffic on spot nodes, where it may use them."""
    parts: Mapping[str, int]
    """Equal parts that a workload's traffic is made of, where it is."""
    orders_min: Mapping[str, int]
    """Fewest nodes of an order, or rented in a slot, where there are any; owned nodes come one by one."""
    limits: list[LimitRow]
    left_out: tuple[str, ...]
    """What of the problem is not stated, in words."""

    def routes_in(self, slot: Slot) -> list[Route]:
        """Returns the routes of workloads that have traffic in a slot."""
        return [r for r in self.routes if (r[0], *slot) in self.demand]

    def bay(self, option: str, zone: str) -> Bay:
        """Returns where replicas of an option stand."""
        return self.node_type[option], zone

    def nodes_most(self, period: str, bay: Bay) -> int:
        """Returns the most nodes that a bay can have in a period: the supply caps of its offers."""
        return sum(self.cap[offer, period] for offer in self.offers.get(bay, []))

    def route_usd(self, route: Route, slot: Slot) -> float:
        """Returns what a request per second on a route costs over a slot, nodes apart."""
        return self.prices.routed.get((route[0], route[2].removesuffix(SPOT_MARK), *slot), 0.0)

    def answers(self, workload: str, slot: Slot) -> list[tuple[str, float]]:
        """Returns the API offers that may answer a workload in a slot, with the price of a request per second there."""
        found = [(a, self.prices.called.get((workload, a, *slot))) for a in self.calls.get(workload, ())]
        return [(a, usd) for a, usd in found if usd is not None]

    def refusal_usd(self, workload: str, slot: Slot) -> float | None:
        """Returns the price of a request per second turned away over a slot; None where none may be."""
        return self.prices.refused.get((workload, *slot))

    def dearest_usd(self, workload: str, slot: Slot) -> float:
        """Returns the most that a request per second of a workload can cost over a slot, nodes apart."""
        refusal = self.refusal_usd(workload, slot)
        usd = [self.route_usd(r, slot) for r in self.routes if r[0] == workload] + [v for _, v in self.answers(workload, slot)]
        return max([0.0, *usd, *([] if refusal is None else [refusal])])


def facts_of(c: Coefficients) -> Facts:
    """Returns the facts of coefficient tables."""
    periods = [str(name) for name in c.periods.sort_values("position")["period"]]
    slots = [(p, str(b)) for p in periods for b in c.blocks.loc[c.blocks["period"] == p, "block"]]
    demand = c.demand[c.demand["requests_per_s"] > 0]
    prices, alive = unit_prices(c, slots), _alive(c, periods)
    up = 1.0 - c.scalar("spot_interruption_share")
    spans = dict(zip(c.options["option"], c.options["nodes_per_replica"].astype(int), strict=True))
    return Facts(
        slots, _mapped(c.blocks, ["period", "block"], "hours"),
        _mapped(demand, ["workload", "period", "block"], "requests_per_s"),
        dict(zip(c.pools["workload"], c.pools["pool"], strict=True)),
        {str(k): int(v) for k, v in c.pools.groupby("pool")["replicas_min"].max().items() if v > 0},
        _mapped(c.rates, ["workload", "option"], "requests_per_s"),
        dict(zip(c.options["option"], c.options["gpus"].astype(int), strict=True)),
        dict(zip(c.options["option"], c.options["node_type"], strict=True)),
        dict(zip(c.offers["node_type"], c.offers["accelerators"].astype(int), strict=True)),
        _routes(c), {str(o): up**n for o, n in spans.items()}, _offers(c, alive), _committed(c), prices,
        {k: int(v) for k, v in _mapped(c.supply, ["offer", "period"], "nodes_max").items()},
        _order_usd(c, prices, alive, slots), alive, float(c.limit("utilisation_max")),
        {str(w): [str(a) for a in rows["api_offer"]] for w, rows in c.calls.groupby("workload")},
        _tokens(c),
        _call_caps(c),
        dict(zip(c.spot["workload"], c.spot["spot_share_max"].astype(float), strict=True)),
        dict(zip(c.slices["workload"], c.slices["parts"].astype(int), strict=True)),
        _orders_min(c),
        limit_rows(c, slots, alive, prices), left_out(c),
    )  # fmt: skip


def _tokens(c: Coefficients) -> dict[tuple[str, str], float]:
    kinds = ("input_tokens", "cached_tokens", "output_tokens")
    return {(str(r["workload"]), str(r["api_offer"])): float(sum(r[kind] for kind in kinds)) for r in records(c.calls)}


def _orders_min(c: Coefficients) -> dict[str, int]:
    """Returns the smallest orders of what somebody sells: whoever owns a lot may use one node of it."""
    sold = set(c.offers.loc[c.offers["kind"] != "owned", "offer"])
    rows = c.orders_min[["offer", "nodes_min"]].itertuples(index=False, name=None)
    return {str(offer): int(least) for offer, least in rows if offer in sold}


def _call_caps(c: Coefficients) -> dict[tuple[str, str], tuple[float, float]]:
    rows = records(c.api)
    return {(str(r["api_offer"]), str(r["period"])): (_cap(r["requests_per_s_max"]), _cap(r["tokens_per_s_max"])) for r in rows}


def _cap(value: float | None) -> float:
    return float("inf") if value is None else float(value)


def _mapped(frame: pd.DataFrame, key: list[str], value: str) -> dict[Any, float]:
    return {tuple(row[:-1]): float(row[-1]) for row in frame[[*key, value]].to_numpy().tolist()}


def _committed(c: Coefficients) -> frozenset[str]:
    return frozenset(map(str, c.offers.loc[c.offers["kind"].isin(COMMITTED_KINDS), "offer"]))


def _offers(c: Coefficients, alive: Mapping[tuple[str, str], object]) -> dict[Bay, list[str]]:
    """Returns the offers of each bay; of commitments those that some order of which is there in some period."""
    late = _committed(c) - {offer for offer, _ in alive}
    offers: dict[Bay, list[str]] = {}
    for offer, node_type, region, kind in c.offers[["offer", "node_type", "region", "kind"]].to_numpy().tolist():
        if offer not in late:
            offers.setdefault((node_type, zone_of_offer(region, kind)), []).append(offer)
    return offers


def _routes(c: Coefficients) -> list[Route]:
    """Returns the routes: a rate, an allowed region near enough, and nodes on offer there; spot nodes for who may use them.

    Of workloads that ask for nothing there are none: nodes for them alone are no part of the program.
    """
    asking = set(c.demand.loc[c.demand["requests_per_s"] > 0, "workload"])
    paths = c.paths[c.paths["is_allowed"]]
    places = c.sites.merge(c.offers[["offer", "region", "kind"]], on="offer")
    found = c.rates[c.rates["workload"].isin(asking)].merge(paths, on="workload").merge(places, on=["option", "region"])
    near = found[found["network_ms_max"].isna() | (found["network_ms"] <= found["network_ms_max"])]
    rows = near[["workload", "option", "region", "kind"]].to_numpy().tolist()
    may = set(c.spot["workload"])
    listed = dict.fromkeys((str(w), str(o), zone_of_offer(str(r), str(k))) for w, o, r, k in rows)
    return [route for route in listed if not is_spot_place(route[2]) or route[0] in may]


def _alive(c: Coefficients, periods: list[str]) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Returns the orders whose nodes are there in each period."""
    every = pd.DataFrame([(o, p, 1) for o in sorted(_committed(c)) for p in periods], columns=["offer", "period", "nodes"])
    alive: dict[tuple[str, str], list[tuple[str, str]]] = {}
    if every.empty:
        return alive
    for offer, signed, first, last in contracts(every, c)[["offer", "period", "first", "last"]].to_numpy().tolist():
        for period in [p for position, p in enumerate(periods) if first <= position < last]:
            alive.setdefault((str(offer), period), []).append((str(offer), str(signed)))
    return alive


def _order_usd(
    c: Coefficients, prices: UnitPrices, alive: Mapping[tuple[str, str], list[tuple[str, str]]], slots: list[Slot]
) -> dict[tuple[str, str], float]:
    """Returns the charge less the credit of each order that is ever there, and what its nodes cost in the slots they are in."""
    there: dict[tuple[str, str], float] = {}
    for (offer, period), orders in alive.items():
        usd = sum(prices.lots.get((offer, *slot), 0.0) for slot in slots if slot[0] == period)
        for order in orders:
            there[order] = there.get(order, 0.0) + usd
    return {order: prices.lots.get((*order, ""), 0.0) + usd for order, usd in there.items()}


def lot_of(name: tuple[str, ...]) -> Lot:
    """Returns the lot of a column ("rent", offer, period, block) or ("order", offer, period)."""
    return (name[1], name[2], name[3] if name[0] == "rent" else "")
