"""A decomposition's bound proved again: every cut by its own cell, then the master over the cuts that held.

A cut says prices @ u(N) + egress >= bound for every way to serve a cell. The cell is stated here afresh and solved by the other
engine; its dual bound, or the claim where that is smaller, is what the cut is worth. A cut that no time was left for is left
out, and so is one that prices a shared amount (cash under a budget, calls under a cap). The master over what remains is a
relaxation of the program whatever was left out, so its dual bound is a proof.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.certify.arrays import Sheet
from planner.certify.facts import Bay, Facts, Slot
from planner.certify.statement import add_contracts, add_limits, add_service, standing, there
from planner.errors import Fault
from planner.solvers import Problem

SMALLEST = 1e-9
"""Entries of a scaled cut that are left out; what they could stand for is taken off its side."""
SIDE = 1000.0
"""Side of a scaled cut: engines may err by their tolerance of 1e-6 in a row, which is to be little beside it."""
Part = tuple[list[int], float, float]
"""Adjacent segments of one price: their numbers, joint width, price."""


@dataclass(frozen=True)
class Cell:
    """A slot and the bays of one independent part of it."""

    slot: Slot
    bays: tuple[Bay, ...]


@dataclass(frozen=True)
class Cut:
    """A claim: prices @ u(N) + egress >= bound_usd in each of some cells."""

    bound_usd: float
    cells: tuple[int, ...]
    prices: Mapping[int, float]


@dataclass(frozen=True)
class Claims:
    """A certificate as it was written down."""

    bound_usd: float
    cells: tuple[Cell, ...]
    segments: Mapping[Bay, list[tuple[int, float, float]]]
    """(number, lower, upper) of each bay, in order."""
    cuts: tuple[Cut, ...]
    has_more: bool
    """Whether cuts on shared amounts were left out."""


def strange_cells(f: Facts, claims: Claims) -> list[Fault]:
    """Returns the cells in slots or on node types that the problem does not have."""
    slots, told = set(f.slots), "a slot and node types of the problem"
    return [
        Fault(f"certificate, cells[{i}]", told, f"{cell.slot}, {cell.bays}") for i, cell in enumerate(claims.cells)
        if cell.slot not in slots or any(node_type not in f.size for node_type, _ in cell.bays)
    ]  # fmt: skip


def claim_faults(f: Facts, claims: Claims) -> list[Fault]:
    """Returns why the claims do not fit the problem: cells that are not apart, or segments that do not reach the supply."""
    faults = []
    for slot in f.slots:
        seen: dict[str, set[int]] = {}
        for workload, option, zone in f.routes_in(slot):
            mine = {i for i, c in enumerate(claims.cells) if c.slot == slot and f.bay(option, zone) in c.bays}
            if len(mine) != 1:
                faults.append(Fault(f"certificate, {slot}", f"one cell with {f.bay(option, zone)}", str(len(mine))))
            seen.setdefault(f.pool[workload], set()).update(mine)
        split = [(pool, len(cells)) for pool, cells in seen.items() if len(cells) > 1]
        faults += [Fault(f"certificate, {slot}", f"all of {pool} in one cell", f"{n} cells") for pool, n in split]
    for bay, parts in claims.segments.items():
        ends = [0.0, *(upper for _, _, upper in parts)]
        if [lower for _, lower, _ in parts] != ends[:-1]:
            faults.append(Fault(f"certificate, segments of {bay}", "each to start where the one before ends", "a hole"))
        most = max((f.nodes_most(slot[0], bay) for slot in f.slots), default=0)
        if ends[-1] < most:
            faults.append(Fault(f"certificate, segments of {bay}", f"up to the supply of {most} nodes", f"up to {ends[-1]:g}"))
    return faults[:10]


def is_harder(f: Facts, cell: Cell, easy: Cell) -> bool:
    """Says whether every way to serve `cell` serves `easy` at no more egress: what bounds `easy` from below bounds `cell`."""
    if cell.bays != easy.bays or not _is_no_cheaper(f, cell.slot, easy.slot):
        return False
    routes = [[r for r in f.routes_in(c.slot) if f.bay(r[1], r[2]) in set(c.bays)] for c in (cell, easy)]
    is_more = all(f.demand[w, *cell.slot] >= f.demand[w, *easy.slot] for w in {r[0] for r in routes[1]})
    is_scarcer = all(f.nodes_most(cell.slot[0], bay) <= f.nodes_most(easy.slot[0], bay) for bay in cell.bays)
    return routes[0] == routes[1] and is_more and is_scarcer


def _is_no_cheaper(f: Facts, slot: Slot, easy: Slot) -> bool:
    """Says whether traffic costs no less in a slot than in another: on routes, by APIs with no looser caps, or turned away."""
    if slot == easy:
        return True
    if any(f.answers(w, s) or f.refusal_usd(w, s) is not None for w in f.pool for s in (slot, easy)):
        return False
    return all(f.route_usd(route, slot) >= f.route_usd(route, easy) for route in f.routes)


def oracle(f: Facts, claims: Claims, cell: Cell, prices: Mapping[int, float]) -> Problem:
    """Returns the least of prices @ u(N) + egress over all ways to serve a cell; u fills segments in order."""
    sheet = Sheet()
    add_service(sheet, f, cell.slot, cell.bays)
    taken = standing(sheet, f)
    for bay in cell.bays:
        parts = _parts(claims, prices, bay, f.nodes_most(cell.slot[0], bay))
        names = [("u", bay, numbers[0]) for numbers, _, _ in parts]
        for name, (_, width, price) in zip(names, parts, strict=True):
            sheet.column(name, price, width)
        here = taken.get((cell.slot, bay), {})
        sheet.row({**here, **dict.fromkeys(names, -float(f.size[bay[0]]))}, most=0.0)
        for j in range(len(parts) - 1):
            if min(price for _, _, price in parts[j + 1 :]) < parts[j][2]:
                sheet.column(("full", *names[j]), most=1.0)
                sheet.row({names[j]: 1.0, ("full", *names[j]): -parts[j][1]}, least=0.0)
                sheet.row({names[j + 1]: 1.0, ("full", *names[j]): -parts[j + 1][1]}, most=0.0)
    return sheet.problem()


def _parts(claims: Claims, prices: Mapping[int, float], bay: Bay, most: int) -> list[Part]:
    """Returns a bay's segments up to its supply, neighbours of one price as one."""
    parts: list[Part] = []
    for number, lower, upper in claims.segments[bay]:
        width, price = min(upper, float(most)) - lower, prices.get(number, 0.0)
        if width > 0 and parts and parts[-1][2] == price:
            parts[-1] = ([*parts[-1][0], number], parts[-1][1] + width, price)
        elif width > 0:
            parts.append(([number], width, price))
    return parts


def master(f: Facts, claims: Claims, cuts: Sequence[tuple[int, Cut, float]]) -> Problem:
    """Returns the least cost of contracts and traffic under cuts (cell, cut, bound proved): below every plan's cost.

    A plan gives whole orders, N and u(N) by cell and bay, and what its traffic costs (egress, APIs, refusals): all rows hold.
    Prices above a cut's bound count as the bound, since u is whole and traffic costs no less than nothing. Rents may be
    fractions, which only lowers the least; workloads that no route serves are left out, which does too, and so does leaving out
    cuts that ask for next to nothing of what their cell's traffic can cost. That cost stands in units of its own, so that its
    entries in cuts do not fade beside those of nodes.
    """
    sheet = Sheet()
    add_contracts(sheet, f, sorted({bay for cell in claims.cells for bay in cell.bays}), is_rent_whole=False)
    units_usd: list[float] = []
    for i, cell in enumerate(claims.cells):
        most, dearest = _egress_most(f, cell), max((bound for k, _, bound in cuts if k == i), default=0.0)
        units_usd.append(min(most, dearest) or 1.0)
        sheet.column(("e", i), units_usd[i], most / units_usd[i], is_whole=False)
        for bay in cell.bays:
            parts = claims.segments[bay]
            for number, lower, upper in parts:
                sheet.column(("u", i, number), most=upper - lower)
            for (a, a_low, a_high), (b, b_low, b_high) in itertools.pairwise(parts):
                sheet.row({("u", i, a): b_high - b_low, ("u", i, b): a_low - a_high}, least=0.0)
            count: dict[Any, float] = {("u", i, n): 1.0 for n, _, _ in parts}
            sheet.row(count | there(sheet, f, cell.slot, bay), most=0.0)
    add_limits(sheet, f)
    for i, cut, bound in cuts:
        if bound > SMALLEST * max(1.0, units_usd[i]):
            terms: dict[Any, float] = {("u", i, s): SIDE * min(usd, bound) / bound for s, usd in cut.prices.items()}
            kept = {name: value for name, value in terms.items() if value > SIDE * SMALLEST}
            sheet.row({**kept, ("e", i): SIDE * units_usd[i] / bound}, least=SIDE * (1.0 - SMALLEST * _nodes(claims, cut)))
    return sheet.problem()


def _nodes(claims: Claims, cut: Cut) -> float:
    """Returns the nodes that entries too small to be kept in a cut could at most stand for."""
    widths = {n: upper - lower for parts in claims.segments.values() for n, lower, upper in parts}
    return sum(widths[s] for s in cut.prices)


def _egress_most(f: Facts, cell: Cell) -> float:
    """Returns the most that traffic in a cell can cost: every workload where it is dearest, and a little more."""
    mine = dict.fromkeys(w for w, option, zone in f.routes_in(cell.slot) if f.bay(option, zone) in cell.bays)
    return sum(f.dearest_usd(w, cell.slot) * f.demand[w, *cell.slot] for w in mine) * (1 + 1e-9)
