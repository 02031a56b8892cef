"""Policy limits as the certifier states them: rows over nodes rented and nodes ordered, and over traffic where cash counts."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from planner.certify.unit_prices import UnitPrices
from planner.options.coefficients import COMMITTED_KINDS, Coefficients
from planner.plan.policy_terms import emissions
from planner.tables import records

Slot = tuple[str, str]
Orders = Mapping[tuple[str, str], list[tuple[str, str]]]
"""Orders whose nodes are there, by (offer, period)."""
Rows = Iterator[tuple[tuple[str, ...], Mapping[tuple[str, ...], float]]]
"""(end of the name, terms) of rows over nodes."""
OWN_KINDS = ("owned", "purchase")
SHARES = {
    "vendor_share_max": "vendor", "provider_share_max": "provider", "region_share_max": "region",
    "accelerator_share_max": "accelerator", "spot_share_max": "kind",
}  # fmt: skip
"""Column of the offers that a share limit speaks of."""
FAMILIES = {"power_kw": "power", "carbon_kg": "carbon_cap", "accelerators_max": "quota"}
"""Names of the rows of a limit by its kind; those of shares are the kind without its end."""


@dataclass(frozen=True)
class LimitRow:
    """A row at most `most`: nodes rented by ("rent", offer, period, block), ordered by ("order", offer, period)."""

    name: tuple[str, ...]
    """(family, limit, what it holds for ...): of sums over blocks in one of several futures (family, limit@future)."""
    nodes: Mapping[tuple[str, ...], float]
    routed: Mapping[tuple[str, str, str, str], float]
    """usd of one request per second by (workload, region, period, block), where cash counts."""
    called: Mapping[tuple[str, str, str, str], float]
    """By (workload, api_offer, period, block)."""
    most: float


@dataclass(frozen=True)
class _Stock:
    """What limits count: nodes that are there by slot, and what one of them is."""

    c: Coefficients
    slots: list[Slot]
    rented: set[str]
    alive: Orders
    offers: Mapping[str, Mapping[str, Any]]

    def there(self, slot: Slot, amount: Mapping[str, float]) -> dict[tuple[str, ...], float]:
        """Returns the terms of a slot: an amount a node by offer."""
        found: dict[tuple[str, ...], float] = {}
        for offer, value in amount.items():
            if value and offer in self.rented:
                found["rent", offer, *slot] = value
            for order in self.alive.get((offer, slot[0]), ()) if value else ():
                found["order", *order] = found.get(("order", *order), 0.0) + value
        return found


def limit_rows(c: Coefficients, slots: list[Slot], alive: Orders, prices: UnitPrices) -> list[LimitRow]:
    """Returns the rows of every limit that is stated."""
    offers = {str(row["offer"]): row for row in records(c.offers)}
    rented = {offer for offer, row in offers.items() if row["kind"] not in COMMITTED_KINDS}
    stock = _Stock(c, slots, rented, alive, offers)
    rows: list[LimitRow] = []
    for limit in records(c.limits):
        kind = str(limit["kind"])
        if kind in SHARES:
            rows += _over_nodes(limit, kind.removesuffix("_max"), _share(stock, limit, SHARES[kind]), 0.0)
        elif kind == "budget_usd":
            rows += _budget(stock, limit, prices)
        elif kind in COUNTS:
            rows += _over_nodes(limit, FAMILIES[kind], COUNTS[kind](stock, limit), float(limit["value"]))
    return [row for row in rows if row.nodes or row.routed or row.called]


def _over_nodes(limit: Mapping[str, Any], family: str, rows: Rows, most: float) -> Iterator[LimitRow]:
    """Yields the rows of a limit over nodes alone."""
    for end, terms in rows:
        yield LimitRow(_named(family, limit, end), terms, {}, {}, most)


def _named(family: str, limit: Mapping[str, Any], end: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the name of a row: an end of one word is the future that it holds in."""
    name = str(limit["limit"])
    return (family, f"{name}@{end[0]}") if len(end) == 1 else (family, name, *end)


def _slots(stock: _Stock, limit: Mapping[str, Any]) -> list[Slot]:
    return [slot for slot in stock.slots if not limit["period"] or slot[0] == limit["period"]]


def _quota(stock: _Stock, limit: Mapping[str, Any]) -> Rows:
    """Yields the accelerators in scope that are there, by slot."""
    named = {f: str(r["accelerator"]) for f, r in stock.offers.items()}
    size = {f: float(r["accelerators"]) for f, r in stock.offers.items() if limit["scope"] in ("", None, named[f])}
    yield from ((slot, stock.there(slot, size)) for slot in _slots(stock, limit))


def _share(stock: _Stock, limit: Mapping[str, Any], column: str) -> Rows:
    """Yields accelerators in scope less the share of all, by scope and slot; never positive terms alone."""
    kinds = {f: str(row["kind"]) for f, row in stock.offers.items()}
    named = {str(row[column]) for f, row in stock.offers.items() if column != "provider" or kinds[f] not in OWN_KINDS}
    scopes = ["spot"] if column == "kind" else [str(limit["scope"])] if limit["scope"] else sorted(named)
    for scope in scopes:
        weight = {
            f: float(row["accelerators"]) * (float(row[column] == scope) - float(limit["value"]))
            for f, row in stock.offers.items()
        }
        for slot in _slots(stock, limit):
            terms = stock.there(slot, weight)
            if any(value > 0 for value in terms.values()):
                yield (scope, *slot), terms


def _power(stock: _Stock, limit: Mapping[str, Any]) -> Rows:
    """Yields the power of the nodes that are there, by region and slot."""
    kw = dict(zip(stock.c.machines["node_type"], stock.c.machines["power_kw"], strict=True))
    regions = [str(limit["scope"])] if limit["scope"] else sorted({str(row["region"]) for row in stock.offers.values()})
    for region in regions:
        mine = {f: float(kw.get(row["node_type"], 0.0)) for f, row in stock.offers.items() if row["region"] == region}
        yield from (((region, *slot), stock.there(slot, mine)) for slot in _slots(stock, limit))


def _futures(stock: _Stock) -> list[tuple[str, float]]:
    return list(dict.fromkeys(stock.c.blocks[["scenario", "probability"]].itertuples(index=False, name=None)))


def _end_of(stock: _Stock, scenario: str) -> tuple[str, ...]:
    """Returns how the names of a future's rows end: as all others where there is one future."""
    return (scenario,) if len(_futures(stock)) > 1 else ()


def _in_future(stock: _Stock, scenario: str) -> set[Slot]:
    blocks = stock.c.blocks[stock.c.blocks["scenario"] == scenario]
    return set(blocks[["period", "block"]].itertuples(index=False, name=None))


def _carbon(stock: _Stock, limit: Mapping[str, Any]) -> Rows:
    """Yields the emission of the nodes that are there in every future, at its own hours."""
    nodes = pd.DataFrame(
        [(f, t, b, 1) for f in stock.offers for t, b in stock.slots], columns=["offer", "period", "block", "nodes"]
    )
    rows = emissions(nodes, stock.c)
    kg = {(f, t, b): float(v) for f, t, b, v in rows[["offer", "period", "block", "kg"]].itertuples(index=False, name=None)}
    for scenario, chance in _futures(stock):
        here = _in_future(stock, scenario)
        terms: dict[tuple[str, ...], float] = {}
        for slot in [s for s in _slots(stock, limit) if s in here]:
            mine = {f: kg[f, *slot] / chance for f, row in stock.offers.items() if limit["scope"] in ("", None, row["region"])}
            for key, value in stock.there(slot, mine).items():
                terms[key] = terms.get(key, 0.0) + value
        yield _end_of(stock, scenario), terms


COUNTS: Mapping[str, Callable[[_Stock, Mapping[str, Any]], Rows]] = {
    "accelerators_max": _quota, "power_kw": _power, "carbon_kg": _carbon,
}  # fmt: skip
"""Limits on what all nodes that are there add up to, by kind."""


def _signed_usd(row: Mapping[str, Any]) -> float:
    return float(row["upfront_usd"]) + float(row["residual_usd"])


def _budget(stock: _Stock, limit: Mapping[str, Any], prices: UnitPrices) -> Iterator[LimitRow]:
    """Yields the cash of the limit's periods in every future, undiscounted: of an order with what comes back of it one day."""
    c = stock.c
    periods = [p for p in dict.fromkeys(t for t, _ in stock.slots) if not limit["period"] or p == limit["period"]]
    length = dict(zip(c.periods["period"], c.periods["hours"], strict=True))
    paid = {(r["offer"], r["period"]): (float(r["usd_per_hour"]), _signed_usd(r)) for r in records(c.prices)}
    orders: dict[tuple[str, ...], float] = {}
    for (_, period), there in stock.alive.items():
        for order in there if period in periods else ():
            orders["order", *order] = orders.get(("order", *order), 0.0) + paid[order][0] * float(length[period])
    for order in {order for there in stock.alive.values() for order in there if order[1] in periods}:
        orders["order", *order] = orders.get(("order", *order), 0.0) + paid[order][1]
    for scenario, chance in _futures(stock):
        here = _in_future(stock, scenario)
        cash = {key: usd / chance for key, usd in prices.cash.items() if key[-2] in periods and key[-2:] in here}
        rents = {key: usd for key, usd in cash.items() if key[0] == "rent" and key[1] in stock.rented}
        yield LimitRow(
            _named("budget", limit, _end_of(stock, scenario)), {key: usd for key, usd in (orders | rents).items() if usd},
            {(k[1], k[2], k[3], k[4]): usd for k, usd in cash.items() if k[0] == "route"},
            {(k[1], k[2], k[3], k[4]): usd for k, usd in cash.items() if k[0] == "call"}, float(limit["value"]),
        )  # fmt: skip
