"""Hull cuts of a covering cell: what each demand must take at least, at prices that its own whole replicas set.

For prices mu >= 0 of links, f_w(mu) is the cost of the cheapest way of demand w (`ways`). Every whole point of the cell keeps

    sum_k mu_link(k) uses_k deploy_k + traffic cost of w >= f_w(mu)        for each demand w,

which cuts off the fractions of replicas that the LP relaxation lives on. *Proof*: on each staircase of w (a link at one price of
traffic) the point's whole replicas take some whole amount of the link. The best step within that amount takes no more of it, and
carries no less, or all that is wanted; staircases go on to the first step that does, or to all that the link can have. So the
steps have room for the point's traffic, which meets the demand: they are a way. At mu >= 0 it pays no more for links. Nor does it
pay more for traffic: it carries no more than the demand, no price of traffic is under 0, and it fills the cheapest staircases
first. So the left side is no less than the cost of a way, and f_w(mu) is the least of all.

With the segments priced apart,

    L(mu) = sum_w f_w(mu) + sum_s min(0, p_s - mu_s) width_s     is a lower bound of V(p)

(mu_s: price of a node's worth of its link; the rows uses_k <= quantum_k N_k, priced at mu, are what tied demands and segments
together). The multipliers come from the LP over the ways met so far (column generation), so the LP with these rows is as strong
as the convex hull of every demand's ways.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix, csr_matrix

from planner.methods.covering import Covering
from planner.methods.oracle import Oracle, Prices
from planner.methods.parts import Part
from planner.methods.segments import Part as Segment
from planner.methods.segments import Segments
from planner.methods.ways import Way, cheapest_way, taken_by_link, traffic_usd
from planner.solvers.problem import Floats, Integers

ITERATIONS_MAX = 30
ROOM = 1e-9
"""Share by which a cut is loosened against rounding."""
LEAST_COEFFICIENT = 1e-9
"""Coefficients under this are raised to it, which weakens the cut: engines drop smaller ones."""


def hull_rows(oracle: Oracle, parts: Sequence[Part], segments: Segments, prices: Prices) -> tuple[csr_matrix, Floats]:
    """Returns rows over the cell's kept columns and their lower sides: one cut a demand, at multipliers that fit the prices.

    `parts`: of a covering cell, a demand each.

    No whole point of the cell breaks a row. *Proof*: it has a point of each part in it, which keeps `row @ x >= 1` (`Part.cut`)
    at any bound `least` <= f_w(mu) that is above 0. Sides a little under 1 and small coefficients raised to LEAST_COEFFICIENT let
    more through, as no column of a covering cell is negative.
    """
    asked = [part for part in parts if part.demand is not None]
    mu = multipliers(oracle, Covering(tuple(part.demand for part in asked if part.demand is not None)), segments, prices)
    rows: list[Floats] = []
    for part in asked:
        least = part.priced_here(mu).least
        if least > 0:
            row = np.zeros(len(oracle.projected.kept))
            row[part.columns] = part.cut(mu, least)
            rows.append(np.where((row > 0) & (row < LEAST_COEFFICIENT), LEAST_COEFFICIENT, row))
    return csr_matrix(np.array(rows).reshape(-1, len(oracle.projected.kept))), np.full(len(rows), 1.0 - ROOM)


@dataclass(frozen=True, eq=False)
class _Supply:
    """What the nodes of a cell's links cost at some prices, in parts of one price each."""

    quantum: Floats
    part_link: Integers
    price: Floats
    width: Floats


def _supply(oracle: Oracle, segments: Segments, prices: Prices) -> _Supply:
    cell = oracle.cell
    parts: list[tuple[int, Segment]] = []
    for position, k in enumerate(cell.node_links):
        most = int(min(cell.supply_max[k], 2**31))
        parts += [(position, part) for part in segments.merged(cell.links[k].key, prices.segments, most)]
    quantum = np.array([cell.links[k].quantum for k in cell.node_links])
    return _Supply(
        quantum, np.array([k for k, _ in parts], dtype=np.int64), np.array([p.price for _, p in parts]),
        np.array([p.width for _, p in parts]),
    )  # fmt: skip


def multipliers(oracle: Oracle, covering: Covering, segments: Segments, prices: Prices) -> Floats:
    """Returns the multipliers (usd for one unit of each node link) with the best bound L(mu) that column generation meets."""
    supply, links = _supply(oracle, segments, prices), len(oracle.cell.node_links)
    mu = np.zeros(links)
    for k in range(links):
        mu[k] = supply.price[supply.part_link == k].min(initial=np.inf) / supply.quantum[k]
    mu = np.where(np.isfinite(mu), mu, 0.0)
    best, found = -np.inf, mu
    met: list[dict[Way, tuple[Floats, float]]] = [{} for _ in covering.demands]
    for _ in range(ITERATIONS_MAX):
        priced = [cheapest_way(demand, mu) for demand in covering.demands]
        value = sum(one.least if one else np.inf for one in priced)
        value += float(np.minimum(0.0, supply.price - (mu * supply.quantum)[supply.part_link]) @ supply.width)
        if value > best + 1e-9 * abs(value):
            best, found = value, mu
        is_new = False
        for demand, one, ways in zip(covering.demands, priced, met, strict=True):
            if one is not None and one.way not in ways:
                ways[one.way] = (taken_by_link(demand, one.way, links), traffic_usd(demand, one.way))
                is_new = True
        dual = _duals(supply, links, met) if is_new else None
        if dual is None:
            break
        mu = dual
    return found


def _duals(supply: _Supply, links: int, met: Sequence[dict[Way, tuple[Floats, float]]]) -> Floats | None:
    """Returns the links' prices in the LP over the ways met; None where these ways do not fit in the supply."""
    uses = [(w, use, cost) for w, ways in enumerate(met) for use, cost in ways.values()]
    parts = len(supply.price)
    rows = np.zeros((links, parts + len(uses)))
    rows[supply.part_link, np.arange(parts)] = -supply.quantum[supply.part_link]
    rows[:, parts:] = np.array([use for _, use, _ in uses]).T
    owner = np.array([w for w, _, _ in uses])
    chosen = coo_matrix((np.ones(len(uses)), (owner, parts + np.arange(len(uses)))), shape=(len(met), parts + len(uses)))
    upper = np.concatenate([supply.width, np.full(len(uses), np.inf)])
    found = linprog(
        np.concatenate([supply.price, [c for _, _, c in uses]]), A_ub=rows, b_ub=np.zeros(links), A_eq=chosen.toarray(),
        b_eq=np.ones(len(met)), bounds=[(0.0, float(u)) for u in upper], method="highs",
    )  # fmt: skip
    return np.maximum(-found.ineqlin.marginals, 0.0) if found.status == 0 else None
