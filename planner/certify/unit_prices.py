"""What one of everything costs: the audit's ledger of one node, one order, one request a second, read off row by row.

The ledger adds up over rows but for volume discounts, which are priced node by node as the difference of two ledgers, and the
price of node starts, which is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.options.coefficients import COMMITTED_KINDS, Coefficients
from planner.options.places import region_of_place
from planner.plan.ledger import ledger
from planner.plan.plan import NODES, ORDERS, TRAFFIC
from planner.plan.service_tables import API_TRAFFIC, UNSERVED

Lot = tuple[str, str, str]
"""(offer, period, block) rented, or (offer, period of signature, "")"""
Key = tuple[str, str, str, str]
"""(offer, workload, period, block) of ledger rows."""


@dataclass(frozen=True)
class UnitPrices:
    """usd of one of each thing over its slot or its term, all cost terms together."""

    lots: Mapping[Lot, float]
    """Of the first node."""
    tiers: Mapping[Lot, list[tuple[int, float]]]
    """(first node, usd of each from there on) of lots with volume discounts, in order."""
    refused: Mapping[tuple[str, str, str], float]
    """Of one request per second turned away, by (workload, period, block)."""
    called: Mapping[tuple[str, str, str, str], float]
    """By (workload, api_offer, period, block)."""
    routed: Mapping[tuple[str, str, str, str], float]
    """By (workload, region, period, block)."""
    cash: Mapping[tuple[str, ...], float]
    """Undiscounted usd of one: ("rent", offer, period, block), ("call", ...) and ("route", ...)."""


def unit_prices(c: Coefficients, slots: list[tuple[str, str]]) -> UnitPrices:
    """Returns the prices of one of everything that the coefficients offer."""
    first = _lots(c, slots, 1)
    cash: dict[tuple[str, ...], float] = {}
    for (offer, _, period, block), usd in first.terms.get("rent", {}).items():
        cash["rent", offer, period, block] = usd
    refused, called, routed = _refused(c, slots), _called(c, slots), _routed(c, slots)
    cash |= {("call", w, a, t, b): usd for (a, w, t, b), usd in called.terms.get("api", {}).items()}
    cash |= {("route", *key): usd for key, usd in routed[1].items()}
    return UnitPrices(
        {(f, t, b): usd for (f, _, t, b), usd in first.total.items() if f},
        _tiers(c, slots),
        {(w, t, b): usd for (_, w, t, b), usd in refused.total.items()},
        {(w, a, t, b): usd for (a, w, t, b), usd in called.total.items()},
        routed[0], cash,
    )  # fmt: skip


@dataclass(frozen=True)
class _Read:
    """A ledger by key: all terms together, and each apart."""

    total: Mapping[Key, float]
    terms: Mapping[str, Mapping[Key, float]]


def _read(c: Coefficients, **frames: pd.DataFrame) -> _Read:
    traffic, nodes, orders = (
        frames.get(name, declared.empty()) for name, declared in (("traffic", TRAFFIC), ("nodes", NODES), ("orders", ORDERS))
    )
    more: dict[str, pd.DataFrame] = {name: frames[name] for name in ("unserved", "api_traffic") if name in frames}
    rows = ledger(traffic, nodes, orders, c, more)
    key = ["offer", "workload", "period", "block"]
    total: dict[Any, float] = {}
    terms: dict[str, dict[Any, float]] = {}
    for term, *names, usd in rows[["term", *key, "usd"]].itertuples(index=False, name=None):
        place = tuple(map(str, names))
        if term in ("switching", "migration") or not any(place[:2]):
            continue
        total[place] = total.get(place, 0.0) + float(usd)
        terms.setdefault(str(term), {})[place] = float(usd)
    return _Read(total, terms)


def _lots(c: Coefficients, slots: list[tuple[str, str]], count: int) -> _Read:
    """Returns the ledger of `count` nodes there of every offer in every slot, and of as many ordered in every period."""
    offers = [str(name) for name in c.offers["offer"]]
    committed = [str(name) for name in c.offers.loc[c.offers["kind"].isin(COMMITTED_KINDS), "offer"]]
    nodes = pd.DataFrame([(f, t, b, count) for f in offers for t, b in slots], columns=["offer", "period", "block", "nodes"])
    periods = dict.fromkeys(t for t, _ in slots)
    orders = pd.DataFrame([(f, t, count) for f in committed for t in periods], columns=["offer", "period", "nodes"])
    return _read(c, nodes=nodes, orders=orders if len(orders) else ORDERS.empty())


def _tiers(c: Coefficients, slots: list[tuple[str, str]]) -> dict[Lot, list[tuple[int, float]]]:
    """Returns the price of a node in each tier: a ledger that ends with its first node less one that ends before."""
    found: dict[Lot, list[tuple[int, float]]] = {}
    starts: dict[str, list[int]] = {}
    for offer, first in c.price_tiers[["offer", "nodes_from"]].itertuples(index=False, name=None):
        starts.setdefault(str(offer), [1]).append(int(first))
    reads: dict[int, _Read] = {}
    for offer, firsts in starts.items():
        for first in sorted(set(firsts)):
            for count in (first, first - 1):
                if count and count not in reads:
                    reads[count] = _lots(c, slots, count)
            below = reads[first - 1].total if first > 1 else {}
            for key, usd in reads[first].total.items():
                if key[0] == offer:
                    found.setdefault((key[0], key[2], key[3]), []).append((first, usd - below.get(key, 0.0)))
    return found


def _refused(c: Coefficients, slots: list[tuple[str, str]]) -> _Read:
    if c.service.empty:
        return _Read({}, {})
    priced = c.service.loc[c.service["unserved_usd_per_request"].notna(), "workload"]
    rows = [(str(w), t, b, 1.0) for w in priced for t, b in slots]
    frame = pd.DataFrame(rows, columns=["workload", "period", "block", "requests_per_s"])
    found = _read(c, unserved=frame if rows else UNSERVED.empty())
    every = {("", str(w), t, b): 0.0 for w in priced for t, b in slots}
    return _Read({**every, **found.total}, found.terms)


def _called(c: Coefficients, slots: list[tuple[str, str]]) -> _Read:
    there = set(c.api[["api_offer", "period"]].itertuples(index=False, name=None))
    pairs = c.calls[["workload", "api_offer"]].itertuples(index=False, name=None)
    rows = [(str(w), str(a), t, b, 1.0) for w, a in pairs for t, b in slots if (a, t) in there]
    frame = pd.DataFrame(rows, columns=["workload", "api_offer", "period", "block", "requests_per_s"])
    found = _read(c, api_traffic=frame if rows else API_TRAFFIC.empty())
    return _Read({**{(a, w, t, b): 0.0 for w, a, t, b, _ in rows}, **found.total}, found.terms)


def _routed(c: Coefficients, slots: list[tuple[str, str]]) -> tuple[dict[Key, float], dict[Key, float]]:
    """Returns what a request per second costs by (workload, region, period, block): all terms, and undiscounted."""
    total: dict[Key, float] = {}
    cash: dict[Key, float] = {}
    allowed = c.paths[c.paths["is_allowed"] & (c.paths["egress_usd_per_request"] != 0)]
    for region, rows in allowed.groupby("region"):
        listed = [(str(w), "", str(region), t, b, 1.0) for w in rows["workload"] for t, b in slots]
        frame = pd.DataFrame(listed, columns=["workload", "option", "place", "period", "block", "requests_per_s"])
        found = _read(c, traffic=frame)
        place = region_of_place(str(region))
        total |= {(w, place, t, b): usd for (_, w, t, b), usd in found.total.items()}
        cash |= {(w, place, t, b): usd for (_, w, t, b), usd in found.terms.get("egress", {}).items()}
    return total, cash
