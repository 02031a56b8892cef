"""The masters: commitments and node counts over all cells, with cuts below (bound) or patterns above (incumbent)."""

import itertools
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from planner.methods.assembly import Assembly
from planner.methods.cells import Cell, Pattern
from planner.methods.segments import Segments
from planner.program.costs.terminal_credit import credit_usd_per_hour
from planner.program.groups import Bay, Groups
from planner.solvers import Problem


@dataclass(frozen=True)
class Cut:
    """prices . u(N) + egress >= bound for every way to serve the cell; usd. `bound` is a proved lower bound of V(prices)."""

    prices: np.ndarray
    bound: float


def _add_contracts(m: Assembly, g: Groups) -> None:
    """Adds rents and commitments with their costs (those of the cost families) and supply caps."""
    share = g.coefficients.limit("terminal_use_share")
    for offer, period, block in g.rentals:
        price = g.usd_per_hour[offer, period] * g.hours[period, block]
        m.column(("rent", offer, period, block), price, g.nodes_max[offer, period], is_integer=False)
    for order in g.orders:
        hours = g.hours_inside[order] + g.hours_after[order]
        charge = g.upfront_usd[order] + g.usd_per_hour[order] * hours
        m.column(("commit", *order), charge - share * g.hours_after[order] * credit_usd_per_hour(g, order))
    for holding in g.holdings:
        m.row([(("commit", *order), 1.0) for order in g.orders_alive[holding]], upper=float(g.nodes_max[holding]))


def _add_nodes(m: Assembly, g: Groups, position: int, cell: Cell, segments: Segments, is_integer: bool) -> None:
    """Adds a cell's node segments, in order, covered by what is rented and held."""
    period, block = cell.slot
    m.column(("egress", position), 1.0, cell.egress_max_usd, is_integer=False)
    for bay in cell.bays:
        places = segments.of_bay[bay]
        for s in places:
            m.column(("u", position, s), 0.0, float(segments.upper[s] - segments.lower[s]), is_integer)
        for before, after in itertools.pairwise(places):
            full, width = segments.upper[before] - segments.lower[before], segments.upper[after] - segments.lower[after]
            m.row([(("u", position, before), float(width)), (("u", position, after), -float(full))], lower=0.0)
        supply = [(("rent", f, period, block), -1.0) for f in g.offers_of_bay[bay] if ("rent", f, period, block) in m.index]
        for offer in g.offers_of_bay[bay]:
            supply += [(("commit", *order), -1.0) for order in g.orders_alive.get((offer, period), [])]  # type: ignore[misc]
        m.row([*((("u", position, s), 1.0) for s in places), *supply], upper=0.0)


def outer_master(
    g: Groups, cells: Sequence[Cell], segments: Segments, cuts: Sequence[Sequence[Cut]], is_integer: bool = True
) -> tuple[Problem, Assembly]:
    """Returns min contracts + egress over node images and commitments under all cuts: a relaxation of the program.

    Proof: a plan gives whole commitments, N by cell and bay, u(N) and its egress. Images are ordered, `cover` and `supply`
    are these rows, egress is at most every workload's dearest route, and each cut holds:
    bound <= V(prices) <= prices . u(N) + egress. The objective is the plan's cost, so the master's own dual bound is a lower
    bound on every plan. (Rents may be continuous: that only lowers it.)
    """
    m = Assembly()
    _add_contracts(m, g)
    for position, cell in enumerate(cells):
        _add_nodes(m, g, position, cell, segments, is_integer)
        for cut in cuts[position]:
            if cut.bound > 0:
                m.row(_scaled_cut(cut, position, cell, segments), lower=1.0)
    return m.problem(), m


def _scaled_cut(cut: Cut, position: int, cell: Cell, segments: Segments) -> list[tuple[Hashable, float]]:
    """Returns the cut divided by its bound, prices clipped to it (u is whole, so a higher price says no more)."""
    terms: list[tuple[Hashable, float]] = [(("egress", position), 1.0 / cut.bound)]
    for bay in cell.bays:
        terms += [(("u", position, s), float(min(cut.prices[s], cut.bound) / cut.bound)) for s in segments.of_bay[bay]]
    return [(key, value) for key, value in terms if value > 1e-9]


def restricted_master(
    g: Groups, cells: Sequence[Cell], segments: Segments, patterns: Sequence[Sequence[Pattern]]
) -> tuple[Problem, Assembly]:
    """Returns min contracts + egress with one known pattern a cell: every solution is a plan."""
    m = Assembly()
    _add_contracts(m, g)
    for position, cell in enumerate(cells):
        _add_nodes(m, g, position, cell, segments, is_integer=False)
        known = patterns[position]
        for j in range(len(known)):
            m.column(("choose", position, j), 0.0, 1.0)
        m.row([(("choose", position, j), 1.0) for j in range(len(known))], 1.0, 1.0)
        m.row([(("egress", position), 1.0), *((("choose", position, j), -p.egress_usd) for j, p in enumerate(known))], lower=0.0)
        images = [segments.image(p.nodes) for p in known]
        for bay in cell.bays:
            for s in segments.of_bay[bay]:
                chosen = [(("choose", position, j), -float(image[s])) for j, image in enumerate(images)]
                m.row([(("u", position, s), 1.0), *chosen], lower=0.0)
    return m.problem(), m


def chosen_nodes(m: Assembly, values: np.ndarray, position: int, cell: Cell, segments: Segments) -> dict[Bay, int]:
    """Returns the whole nodes by bay that a master's point gives a cell."""
    return {bay: round(float(sum(values[m.index["u", position, s]] for s in segments.of_bay[bay]))) for bay in cell.bays}
