"""The certifier's statement of the program: one slot's traffic and machines, and the contracts over all slots.

A slot of some bays: replicas d, traffic x, calls to APIs y, requests turned away r, nodes N, with

    sum of x over routes + y + r = demand   sum of x / rate over a pool <= utilisation up d   sum of d over a pool >= replicas_min
    sum of gpus d <= size N in each bay     sum of x on spot nodes <= spot share (sum of x)   y, tokens y <= caps of the API

and traffic in equal parts where a workload has them. Contracts: rents and orders, at most the supply cap, none or the least
order; tiers of their price filled in order; N <= rents + orders alive in each bay and slot; the limits of `limits`.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from planner.certify.arrays import Sheet
from planner.certify.facts import Bay, Facts, Route, Slot, lot_of
from planner.options.places import is_spot_place

COVER = "cover"
"""Rows that parts share are named: (COVER, node_type, zone, period, block), and the rows of limits as `limits` names them."""


def add_service(sheet: Sheet, f: Facts, slot: Slot, bays: Sequence[Bay], has_unrouted: bool = False) -> None:
    """Adds the traffic and replicas of a slot on some bays; replicas and traffic are named by slot.

    `has_unrouted`: also of workloads that no route of the slot serves (an API alone may). Every column has a largest value, all
    demand or what the nodes of a bay hold, so that any prices of the rows prove a bound that is finite.
    """
    routes = [r for r in f.routes_in(slot) if f.bay(r[1], r[2]) in set(bays)]
    replicas: dict[tuple[str, str, str], list[Route]] = {}
    for workload, option, zone in routes:
        replicas.setdefault((f.pool[workload], option, zone), []).append((workload, option, zone))
        usd, rate = f.route_usd((workload, option, zone), slot), f.demand[workload, *slot]
        sheet.column(("x", slot, workload, option, zone), usd, rate, is_whole=False)
    for key, mine in replicas.items():
        bay = f.bay(key[1], key[2])
        sheet.column(("d", slot, *key), most=float(f.size[bay[0]] * f.nodes_most(slot[0], bay) // f.gpus[key[1]]))
        busy: dict[Any, float] = {("x", slot, *r): 1.0 / f.rate[r[0], r[1]] for r in mine}
        up = f.up_share[key[1]] if is_spot_place(key[2]) else 1.0
        sheet.row({**busy, ("d", slot, *key): -f.utilisation * up}, most=0.0)
    workloads = list(dict.fromkeys(r[0] for r in routes))
    if has_unrouted:
        routed = {r[0] for r in f.routes}
        workloads += [w for w, *at in f.demand if tuple(at) == slot and w not in routed]
    for workload in workloads:
        _add_answers(sheet, f, slot, workload, [r for r in routes if r[0] == workload])
    _add_call_caps(sheet, f, slot, workloads)
    for pool in dict.fromkeys(key[0] for key in replicas):
        if pool in f.replicas_min:
            sheet.row({("d", slot, *key): 1.0 for key in replicas if key[0] == pool}, least=float(f.replicas_min[pool]))


def _add_answers(sheet: Sheet, f: Facts, slot: Slot, workload: str, routes: Sequence[Route]) -> None:
    """Adds what a workload's requests may meet: a replica, an API, a refusal; and how they may be spread."""
    rate = f.demand[workload, slot[0], slot[1]]
    terms: dict[Any, float] = {("x", slot, *r): 1.0 for r in routes}
    for api, usd in f.answers(workload, slot):
        sheet.column(("y", slot, workload, api), usd, rate, is_whole=False)
        terms["y", slot, workload, api] = 1.0
    refusal = f.refusal_usd(workload, slot)
    if refusal is not None:
        sheet.column(("r", slot, workload), refusal, rate, is_whole=False)
        terms["r", slot, workload] = 1.0
    sheet.row(terms, rate, rate)
    if any(is_spot_place(r[2]) for r in routes):
        share = f.spot_share[workload]
        sheet.row({("x", slot, *r): float(is_spot_place(r[2])) - share for r in routes}, most=0.0)
    for r in routes if workload in f.parts else ():
        sheet.column(("part", slot, *r), most=float(f.parts[workload]))
        sheet.row({("x", slot, *r): f.parts[workload] / rate, ("part", slot, *r): -1.0}, 0.0, 0.0)


def _add_call_caps(sheet: Sheet, f: Facts, slot: Slot, workloads: Sequence[str]) -> None:
    for (api, period), (requests, tokens) in f.call_caps.items():
        mine = [w for w in workloads if period == slot[0] and ("y", slot, w, api) in sheet.columns]
        if mine and requests < float("inf"):
            sheet.row({("y", slot, w, api): 1.0 for w in mine}, most=requests)
        if mine and tokens < float("inf"):
            sheet.row({("y", slot, w, api): f.tokens[w, api] for w in mine}, most=tokens)


def standing(sheet: Sheet, f: Facts) -> dict[tuple[Slot, Bay], dict[Any, float]]:
    """Returns the accelerators that replicas take by slot and bay, as terms."""
    found: dict[tuple[Slot, Bay], dict[Any, float]] = {}
    for name in sheet.columns:
        if isinstance(name, tuple) and name[0] == "d":
            _, slot, _, option, zone = name
            found.setdefault((slot, f.bay(option, zone)), {})[name] = float(f.gpus[option])
    return found


def add_contracts(sheet: Sheet, f: Facts, bays: Sequence[Bay], is_rent_whole: bool) -> None:
    """Adds rents and orders on some bays, priced, each offer within its supply cap in every period."""
    offers = [offer for bay in bays for offer in f.offers.get(bay, [])]
    for offer in offers:
        for slot in f.slots if offer not in f.committed else ():
            if f.cap[offer, slot[0]] > 0 and (offer, *slot) in f.prices.lots:
                _add_lot(sheet, f, ("rent", offer, *slot), f.prices.lots[offer, *slot], f.cap[offer, slot[0]], is_rent_whole)
    for order, usd in f.order_usd.items():
        if order[0] in offers:
            most = min(f.cap[key] for key, orders in f.alive.items() if order in orders)
            _add_lot(sheet, f, ("order", *order), usd, most, is_whole=True)
    for (offer, period), orders in f.alive.items():
        if offer in offers:
            sheet.row({("order", *order): 1.0 for order in orders}, most=float(f.cap[offer, period]))


def _add_lot(sheet: Sheet, f: Facts, name: tuple[str, ...], usd: float, most: int, is_whole: bool) -> None:
    """Adds the nodes of a lot; in tiers of its price, filled in order, where it has any."""
    sheet.column(name, usd, float(most), is_whole)
    least = f.orders_min.get(name[1], 0)
    if least > 1:
        sheet.column(("open", *name), most=1.0)
        sheet.row({name: 1.0, ("open", *name): -float(least)}, least=0.0)
        sheet.row({name: 1.0, ("open", *name): -float(most)}, most=0.0)
    base = f.prices.lots.get(lot_of(name), 0.0)
    tiers = [(first, off - base) for first, off in f.prices.tiers.get(lot_of(name), []) if first <= most]
    if not any(off for _, off in tiers):
        return
    widths = [end - first for (first, _), end in zip(tiers, [*(first for first, _ in tiers[1:]), most + 1], strict=True)]
    names = [("tier", *name, first) for first, _ in tiers]
    for tier, (_, off), width in zip(names, tiers, widths, strict=True):
        sheet.column(tier, off, float(width), is_whole=False)
    sheet.row({name: -1.0, **dict.fromkeys(names, 1.0)}, 0.0, 0.0)
    for (tier, width), (after, wide) in pairwise(zip(names, widths, strict=True)):
        sheet.column(("full", *tier), most=1.0)
        sheet.row({tier: 1.0, ("full", *tier): -float(width)}, least=0.0)
        sheet.row({after: 1.0, ("full", *tier): -float(wide)}, most=0.0)


def there(sheet: Sheet, f: Facts, slot: Slot, bay: Bay) -> dict[Any, float]:
    """Returns the nodes that contracts give a bay in a slot, as terms of a minus sign."""
    found: dict[Any, float] = {}
    for offer in f.offers.get(bay, []):
        names = [("rent", offer, *slot), *(("order", *order) for order in f.alive.get((offer, slot[0]), []))]
        found |= {name: -1.0 for name in names if name in sheet.columns}
    return found


def add_limits(sheet: Sheet, f: Facts) -> None:
    """Adds the rows of the limits over what columns there are; of a budget without traffic, the part that contracts pay.

    A row with nothing above 0 in it holds whatever the plan is, and is left out.
    """
    for limit in f.limits:
        terms: dict[Any, float] = {name: value for name, value in limit.nodes.items() if name in sheet.columns}
        for route in f.routes:
            for slot in f.slots:
                usd = limit.routed.get((route[0], route[2].removesuffix("!spot"), *slot), 0.0)
                if usd and ("x", slot, *route) in sheet.columns:
                    terms["x", slot, *route] = usd
        for (workload, api, period, block), usd in limit.called.items():
            name = ("y", (period, block), workload, api)
            if usd and name in sheet.columns:
                terms[name] = usd
        if any(value > 0 for value in terms.values()):
            sheet.row(terms, most=limit.most, name=limit.name)


def whole_program(f: Facts) -> Sheet:
    """Returns the whole program as far as it is stated; minimise usd."""
    sheet = Sheet()
    bays = sorted({f.bay(option, zone) for _, option, zone in f.routes})
    add_contracts(sheet, f, bays, is_rent_whole=True)
    for slot in f.slots:
        add_service(sheet, f, slot, bays, has_unrouted=True)
    for (slot, bay), taken in standing(sheet, f).items():
        size = float(f.size[bay[0]])
        given = {name: size * sign for name, sign in there(sheet, f, slot, bay).items()}
        sheet.row({**taken, **given}, most=0.0, name=(COVER, *bay, *slot))
    add_limits(sheet, f)
    return sheet
