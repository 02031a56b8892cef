"""The least cost of a small world by enumeration: no linear program, no solver, no code of planner.program.

Per slot and pool every vector of replicas is tried; traffic is routed by greedy rules that are exact where used; replicas
are packed on numbered nodes, never on sums. Then every vector of orders is tried, and each slot rents what it still lacks.

Why it is finite and exact: more replicas than would carry all demand alone are never needed; a vector that one replica
less serves at the same egress is never needed; cheaper nodes first is optimal where each provider has a least count and all
together another (a laminar matroid); orders are bounded by supply.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from planner.options.coefficients import Coefficients

TOLERANCE = 1e-9
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True)
class Spot:
    """One place where replicas of one option can stand: a provider only where they span nodes."""

    option: str
    node_type: str
    region: str
    provider: str
    gpus: int
    nodes: int


@dataclass(frozen=True)
class Need:
    """What a slot asks of the nodes: per (node type, region) the nodes in all, and the least at each provider."""

    total: tuple[tuple[tuple[str, str], int], ...]
    least: tuple[tuple[tuple[str, str, str], int], ...]
    usd: float
    """Egress of the slot."""


Stood = tuple[tuple[Spot, int], ...]
"""Replicas by spot."""
Shelf = tuple[float, int, str]
"""(usd per hour, nodes, provider)"""


@dataclass(frozen=True)
class Facts:
    """The tables of a world as plain dictionaries."""

    periods: list[str]
    period_hours: list[float]
    hours: dict[tuple[str, str], float]
    demand: dict[tuple[str, str], dict[str, float]]
    pools: dict[str, list[str]]
    replicas_min: dict[str, int]
    rate: dict[tuple[str, str], tuple[float, float]]
    """(requests/s, longest network ms) by (workload, option)"""
    path: dict[tuple[str, str], tuple[float, float]]
    """(network ms, egress usd a request) by allowed (workload, region)"""
    spots: list[Spot]
    offers: list[Mapping[str, Any]]
    price: dict[tuple[str, str], tuple[float, float]]
    """(usd per hour, upfront usd) by (offer, period)"""
    cap: dict[tuple[str, str], int]
    limit: dict[str, float]

    @classmethod
    def of(cls, world: Coefficients) -> "Facts":
        """Returns the facts of a world."""
        table = {
            name: getattr(world, name).to_dict("records")
            for name in ("demand", "pools", "rates", "paths", "options", "sites", "offers")
        }
        periods = world.periods.sort_values("position")
        demand: dict[tuple[str, str], dict[str, float]] = {}
        for row in table["demand"]:
            demand.setdefault((row["period"], row["block"]), {})[row["workload"]] = row["requests_per_s"]
        pools: dict[str, list[str]] = {}
        for row in table["pools"]:
            pools.setdefault(row["pool"], []).append(row["workload"])
        return cls(
            periods["period"].tolist(), periods["hours"].tolist(),
            {(r["period"], r["block"]): r["hours"] for r in world.blocks.to_dict("records")},
            demand, pools,
            {pool: max(r["replicas_min"] for r in table["pools"] if r["pool"] == pool) for pool in pools},
            {(r["workload"], r["option"]): (r["requests_per_s"], r["network_ms_max"]) for r in table["rates"]},
            {
                (r["workload"], r["region"]): (r["network_ms"], r["egress_usd_per_request"])
                for r in table["paths"] if r["is_allowed"]
            },
            _spots(table), table["offers"],
            {(r["offer"], r["period"]): (r["usd_per_hour"], r["upfront_usd"]) for r in world.prices.to_dict("records")},
            {(r["offer"], r["period"]): int(r["nodes_max"]) for r in world.supply.to_dict("records")},
            {r["limit"]: r["value"] for r in world.limits.to_dict("records")},
        )  # fmt: skip

    def rate_at(self, workload: str, spot: Spot) -> float:
        """Returns requests/s of one replica for a workload at a spot; 0 where it may not be served there."""
        rate, reach = self.rate.get((workload, spot.option), (0.0, 0.0))
        network_ms, _ = self.path.get((workload, spot.region), (math.inf, 0.0))
        return 0.0 if math.isinf(network_ms) or network_ms > reach else rate


def _spots(table: Mapping[str, list[dict[str, Any]]]) -> list[Spot]:
    options, offers = ({row[key]: row for row in table[f"{key}s"]} for key in ("option", "offer"))
    found = set()
    for site in table["sites"]:
        option, offer = options[site["option"]], offers[site["offer"]]
        provider = offer["provider"] if option["nodes_per_replica"] > 1 else ""
        found.add(
            Spot(option["option"], option["node_type"], offer["region"], provider, option["gpus"], option["nodes_per_replica"])
        )
    return sorted(found, key=repr)


def least_cost_usd(world: Coefficients, budget_usd: float = math.inf) -> float:
    """Returns the least cost in usd of a world within a budget for the whole horizon; infinity where no fleet serves it."""
    return min((usd for usd, cash in costs_and_cash_usd(world) if cash <= budget_usd * (1 + TOLERANCE)), default=math.inf)


def costs_and_cash_usd(world: Coefficients) -> list[tuple[float, float]]:
    """Returns the least cost beside every vector of orders, and the cash it takes within the horizon; infinite for no fleet.

    What is rented is cash at its cost, so that beside given orders the cheapest rent is the least cash too.
    """
    facts = Facts.of(world)
    needs = {slot: slot_needs(facts, slot) for slot in facts.hours}
    if not all(needs.values()):
        return []
    books = ((usd, cash, _rent_usd(facts, needs, held)) for held, usd, cash in order_books(facts))
    return [(usd + rent, cash + rent) for usd, cash, rent in books]


def slot_needs(facts: Facts, slot: tuple[str, str]) -> list[Need]:
    """Returns the undominated needs of a slot over all ways to serve it; empty where it cannot be served."""
    ways: list[tuple[Stood, float]] = [((), 0.0)]
    for pool, members in facts.pools.items():
        wanted = {w: facts.demand[slot][w] for w in members if facts.demand[slot].get(w, 0.0) > 0}
        if wanted:
            mine = pool_ways(facts, pool, wanted, facts.hours[slot])
            ways = _undominated([(_added(a, b), usd + more) for a, usd in ways for b, more in mine])
    return list(dict.fromkeys(_need(stood, usd) for stood, usd in ways))


def pool_ways(facts: Facts, pool: str, wanted: dict[str, float], hours: float) -> list[tuple[Stood, float]]:
    """Returns (replicas by spot, egress usd) of every undominated way to serve a pool's traffic in a slot."""
    spots = [spot for spot in facts.spots if any(facts.rate_at(w, spot) > 0 for w in wanted)]
    if not spots:
        return []
    least = facts.replicas_min[pool]
    rates = np.array([[facts.rate_at(w, spot) for spot in spots] for w in wanted])
    egress = np.array([[facts.path.get((w, spot.region), (0.0, 0.0))[1] for spot in spots] for w in wanted])
    asked = np.array(list(wanted.values()))
    use = facts.limit["utilisation_max"]
    alone = np.divide(asked[:, None], use * rates, out=np.zeros(rates.shape), where=rates > 0)
    shape = tuple(np.ceil(alone.sum(axis=0) - TOLERANCE).astype(int) + least + 1)
    grid = np.stack([axis.ravel() for axis in np.indices(shape)], axis=1)
    usd = _egress_usd_per_s(grid * use, rates, egress, asked) * hours * SECONDS_PER_HOUR
    usd[grid.sum(axis=1) < least] = math.inf
    kept = np.flatnonzero(_is_minimal(usd.reshape(shape)).ravel())
    ways = [(tuple((s, int(n)) for s, n in zip(spots, grid[i], strict=True) if n), float(usd[i])) for i in kept]
    return _undominated(ways)


def _egress_usd_per_s(usable: np.ndarray, rates: np.ndarray, egress: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Returns the price of the cheapest routing for each row of usable replicas; infinity where demand is not met.

    One workload fills the cheapest spots first. Two without egress: the first goes where it takes least from the second
    (a fractional knapsack), the second must fit in the rest.
    """
    if len(asked) > 2 or (len(asked) == 2 and egress.any()):
        raise NotImplementedError("the oracle routes one workload with egress, or two without")
    taken_from = egress[0]
    if len(asked) == 2:
        taken_from = np.divide(rates[1], rates[0], out=np.full(rates[0].shape, math.inf), where=rates[0] > 0)
    order = np.argsort(taken_from, kind="stable")
    room = (usable * rates[0])[:, order]
    taken = np.clip(asked[0] - (np.cumsum(room, axis=1) - room), 0.0, room)
    is_served = taken.sum(axis=1) >= asked[0] - TOLERANCE
    if len(asked) == 1:
        return np.where(is_served, taken @ egress[0][order], math.inf)
    busy = np.divide(taken, rates[0][order], out=np.zeros(taken.shape), where=rates[0][order] > 0)
    left = ((usable[:, order] - busy) * rates[1][order]).sum(axis=1)
    return np.where(is_served & (left >= asked[1] - TOLERANCE), 0.0, math.inf)


def _is_minimal(usd: np.ndarray) -> np.ndarray:
    """Says which vectors are servable and cheaper than with any one replica less."""
    keep = np.isfinite(usd)
    for axis in range(usd.ndim):
        fewer = np.full(usd.shape, math.inf)
        fewer[(slice(None),) * axis + (slice(1, None),)] = usd[(slice(None),) * axis + (slice(None, -1),)]
        keep &= fewer > usd + TOLERANCE
    return keep


def _added(left: Stood, right: Stood) -> Stood:
    counts: dict[Spot, int] = {}
    for spot, count in (*left, *right):
        counts[spot] = counts.get(spot, 0) + count
    return tuple(sorted(counts.items(), key=repr))


def _undominated(ways: list[tuple[Stood, float]]) -> list[tuple[Stood, float]]:
    """Returns the ways that no other beats on both replicas standing (by node type, region, provider, size) and egress."""
    keys = sorted({_stand(s) for stood, _ in ways for s, _ in stood})
    vectors = np.zeros((len(ways), len(keys) + 1))
    for i, (stood, usd) in enumerate(ways):
        vectors[i, -1] = round(usd, 9)
        for spot, count in stood:
            vectors[i, keys.index(_stand(spot))] += count
    _, first = np.unique(vectors, axis=0, return_index=True)
    rows = vectors[first]
    beaten = [bool(np.any(np.all(rows <= row, axis=1) & np.any(rows < row, axis=1))) for row in rows]
    return [ways[i] for i, is_beaten in zip(first, beaten, strict=True) if not is_beaten]


def _stand(spot: Spot) -> tuple[str, str, str, int]:
    return spot.node_type, spot.region, spot.provider, spot.gpus


def _need(stood: Stood, usd: float) -> Need:
    total: dict[tuple[str, str], int] = {}
    least: dict[tuple[str, str, str], int] = {}
    inside: dict[tuple[str, str], list[int]] = {}
    for spot, count in stood:
        bay = (spot.node_type, spot.region)
        if spot.nodes > 1:
            total[bay] = total.get(bay, 0) + count * spot.nodes
            least[*bay, spot.provider] = least.get((*bay, spot.provider), 0) + count * spot.nodes
        else:
            inside.setdefault(bay, []).extend([spot.gpus] * count)
    for bay, sizes in inside.items():
        total[bay] = total.get(bay, 0) + nodes_packed(tuple(sorted(sizes, reverse=True)), int(bay[0].split("x")[0]))
    return Need(tuple(sorted(total.items())), tuple(sorted(least.items())), usd)


@cache
def nodes_packed(sizes: tuple[int, ...], node: int) -> int:
    """Returns the nodes that replicas, largest first, fill when each goes to the first node with room."""
    free: list[int] = []
    for size in sizes:
        place = next((i for i, room in enumerate(free) if room >= size), None)
        if place is None:
            free.append(node - size)
        else:
            free[place] -= size
    return len(free)


def order_books(facts: Facts) -> list[tuple[dict[tuple[str, str], int], float, float]]:
    """Returns (nodes held by (offer, period), cost, cash within the horizon in usd) of every vector of orders within supply."""
    choices = []
    for offer in facts.offers:
        for signed in range(len(facts.periods)) if offer["kind"] in ("reserved", "purchase") else ():
            first = signed + offer["lead_time_periods"]
            alive = facts.periods[first : first + offer["term_periods"]]
            if alive:
                usd = _order_usd(facts, offer, signed)
                most = min(facts.cap[offer["offer"], p] for p in alive)
                cash = _order_cash_usd(facts, offer, signed)
                choices.append([(offer["offer"], alive, n, usd * n, cash * n) for n in range(most + 1)])
    books = []
    for chosen in itertools.product(*choices):
        held: dict[tuple[str, str], int] = {}
        for offer, alive, count, *_ in chosen:
            for period in alive:
                held[offer, period] = held.get((offer, period), 0) + count
        if all(count <= facts.cap[key] for key, count in held.items()):
            books.append((held, sum(usd for *_, usd, _ in chosen), sum(cash for *_, cash in chosen)))
    return books


def _order_usd(facts: Facts, offer: Mapping[str, Any], signed: int) -> float:
    """Returns what one node ordered in a period costs: charge over its whole term less the credit for hours after the horizon."""
    usd_per_hour, upfront_usd = facts.price[offer["offer"], facts.periods[signed]]
    first = signed + offer["lead_time_periods"]
    last = first + offer["term_periods"]
    inside = sum(facts.period_hours[first:last])
    after = max(0, last - len(facts.periods)) * sum(facts.period_hours) / len(facts.periods)
    contract = usd_per_hour + upfront_usd / (inside + after)
    market = [
        facts.price[one["offer"], facts.periods[-1]][0]
        for one in facts.offers
        if (one["node_type"], one["region"], one["kind"]) == (offer["node_type"], offer["region"], "on_demand")
    ]
    charge = upfront_usd + usd_per_hour * (inside + after)
    return charge - facts.limit["terminal_use_share"] * after * min([contract, *market])


def _order_cash_usd(facts: Facts, offer: Mapping[str, Any], signed: int) -> float:
    """Returns what is paid within the horizon for one node ordered in a period."""
    usd_per_hour, upfront_usd = facts.price[offer["offer"], facts.periods[signed]]
    first = signed + offer["lead_time_periods"]
    return float(upfront_usd + usd_per_hour * sum(facts.period_hours[first : first + offer["term_periods"]]))


def _rent_usd(facts: Facts, needs: dict[tuple[str, str], list[Need]], held: dict[tuple[str, str], int]) -> float:
    """Returns the cheapest rent and egress over all slots beside the nodes held."""
    usd = 0.0
    for slot, ways in needs.items():
        shelves = _shelves(facts, slot[0], held)
        usd += min(need.usd + facts.hours[slot] * _usd_per_hour(need, shelves) for need in ways)
    return usd


def _shelves(facts: Facts, period: str, held: dict[tuple[str, str], int]) -> dict[tuple[str, str], list[Shelf]]:
    """Returns the nodes that can run in a period by (node type, region), cheapest first; nodes held cost nothing more."""
    shelves: dict[tuple[str, str], list[Shelf]] = {}
    for offer in facts.offers:
        key = (offer["offer"], period)
        is_held = offer["kind"] in ("reserved", "purchase")
        count = held.get(key, 0) if is_held else facts.cap[key]
        price = 0.0 if is_held else facts.price[key][0]
        if count:
            shelves.setdefault((offer["node_type"], offer["region"]), []).append((price, count, offer["provider"]))
    return {bay: sorted(rows) for bay, rows in shelves.items()}


def _usd_per_hour(need: Need, shelves: dict[tuple[str, str], list[Shelf]]) -> float:
    """Returns the price of the cheapest nodes that meet a need; infinity where there are too few."""
    usd = 0.0
    for bay, total in need.total:
        shelf = shelves.get(bay, [])
        for (node_type, region, provider), least in need.least:
            if (node_type, region) == bay:
                shelf, cost = _bought(shelf, least, provider)
                total, usd = total - least, usd + cost
        usd += _bought(shelf, total, "")[1]
    return usd


def _bought(shelf: list[Shelf], count: int, provider: str) -> tuple[list[Shelf], float]:
    """Returns what is left and the price of `count` nodes, cheapest first, of one provider or of all ("")."""
    rest, usd = [], 0.0
    for price, nodes, seller in shelf:
        part = min(count, nodes) if provider in ("", seller) else 0
        count, usd = count - part, usd + part * price
        rest.append((price, nodes - part, seller))
    return rest, usd if count <= 0 else math.inf
