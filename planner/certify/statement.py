"""The certifier's statement of the program: one slot's traffic and machines, and the contracts over all slots.

A slot of some bays: replicas d, traffic x, nodes N, with

    sum of x over routes = demand        sum of x / rate over a pool <= utilisation d        sum of d over a pool >= replicas_min
    sum of gpus d <= size N in each bay

Contracts: rents and orders, at most the supply cap; N <= rents + orders alive in each bay and slot.
"""

from collections.abc import Sequence
from typing import Any

from planner.certify.arrays import Sheet
from planner.certify.facts import Bay, Facts, Slot


def add_service(sheet: Sheet, f: Facts, slot: Slot, bays: Sequence[Bay]) -> None:
    """Adds the traffic and replicas of a slot on some bays; replicas and traffic are named by slot."""
    routes = [r for r in f.routes_in(slot) if f.bay(r[1], r[2]) in set(bays)]
    replicas: dict[tuple[str, str, str], list[tuple[str, str, str]]] = {}
    for workload, option, region in routes:
        replicas.setdefault((f.pool[workload], option, region), []).append((workload, option, region))
        sheet.column(("x", slot, workload, option, region), f.egress_usd[workload, region] * f.hours[slot], is_whole=False)
    for key, mine in replicas.items():
        sheet.column(("d", slot, *key))
        busy: dict[Any, float] = {("x", slot, *r): 1.0 / f.rate[r[0], r[1]] for r in mine}
        sheet.row({**busy, ("d", slot, *key): -f.utilisation}, most=0.0)
    for workload in dict.fromkeys(r[0] for r in routes):
        rate = f.demand[workload, slot[0], slot[1]]
        sheet.row({("x", slot, *r): 1.0 for r in routes if r[0] == workload}, rate, rate)
    for pool in dict.fromkeys(key[0] for key in replicas):
        if pool in f.replicas_min:
            sheet.row({("d", slot, *key): 1.0 for key in replicas if key[0] == pool}, least=float(f.replicas_min[pool]))


def standing(sheet: Sheet, f: Facts, slot: Slot, bay: Bay) -> dict[Any, float]:
    """Returns the accelerators that replicas of a slot take in a bay, as terms."""
    return {
        name: float(f.gpus[name[3]])
        for name in sheet.columns
        if isinstance(name, tuple) and name[:2] == ("d", slot) and f.bay(name[3], name[4]) == bay
    }


def add_contracts(sheet: Sheet, f: Facts, bays: Sequence[Bay], is_rent_whole: bool) -> None:
    """Adds rents and orders on some bays, priced, each offer within its supply cap in every period."""
    offers = [offer for bay in bays for offer in f.offers.get(bay, [])]
    for offer in offers:
        for period, block in f.slots:
            if (offer, period) in f.rented_usd and f.cap[offer, period] > 0:
                usd = f.rented_usd[offer, period] * f.hours[period, block]
                sheet.column(("rent", offer, period, block), usd, float(f.cap[offer, period]), is_rent_whole)
    for order, usd in f.order_usd.items():
        if order[0] in offers:
            sheet.column(("order", *order), usd)
    for (offer, period), orders in f.alive.items():
        if offer in offers:
            sheet.row({("order", *order): 1.0 for order in orders}, most=float(f.cap[offer, period]))


def there(sheet: Sheet, f: Facts, slot: Slot, bay: Bay) -> dict[Any, float]:
    """Returns the nodes that contracts give a bay in a slot, as terms of a minus sign."""
    found: dict[Any, float] = {}
    for offer in f.offers.get(bay, []):
        names = [("rent", offer, *slot), *(("order", *order) for order in f.alive.get((offer, slot[0]), []))]
        found |= {name: -1.0 for name in names if name in sheet.columns}
    return found


def whole_program(f: Facts) -> Sheet:
    """Returns the whole program of the base families; minimise usd."""
    sheet = Sheet()
    bays = sorted({f.bay(option, region) for _, option, region in f.routes})
    add_contracts(sheet, f, bays, is_rent_whole=True)
    for slot in f.slots:
        add_service(sheet, f, slot, bays)
        for bay in bays:
            taken = standing(sheet, f, slot, bay)
            if taken:
                size = float(f.size[bay[0]])
                sheet.row({**taken, **{name: size * sign for name, sign in there(sheet, f, slot, bay).items()}}, most=0.0)
    return sheet
