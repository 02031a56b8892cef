"""The guide: the LP relaxation's bound and prices, and what one more node costs on the market."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from planner.methods.crew import Crew
from planner.methods.oracle import Oracle, Prices
from planner.methods.result import MethodSettings
from planner.methods.segments import Key, Segments
from planner.methods.split import SUPPLYING, Cell, Link, Split, rows_of
from planner.solvers import Limit, Settings, Solution, Status
from planner.solvers.problem import Floats

log = logging.getLogger(__name__)

LP_ENGINE = {"highs": "highs", "scip": "glop"}
"""Engine of the relaxation: SCIP reports no duals, GLOP is in the same library."""
LP_ENGINES = ("highs", "glop")
"""Engines of relaxations: where one gives up, the other is asked."""
LEAST_PRICE_SHARE = 1e-3
"""Relaxation prices are at least this share of the market price: at a price of 0 a node is free and the cut says nothing."""


@dataclass(frozen=True, eq=False)
class Guide:
    """Prices to ask cells at, and how many nodes to expect."""

    bound: float
    nodes_at_most: Mapping[Key, float]
    duals: Mapping[int, float]
    """Price of one more unit of each link's row (a node, or an amount), usd, >= 0 for inequalities."""
    ladder: Mapping[int, Sequence[tuple[int, float]]]
    """By link row: (nodes up to here, usd of one more), cheapest first."""
    permits: frozenset[int] = frozenset()
    """Rows of links that count what nobody sells: which options a site may host."""

    def market(self, cell: Cell, segments: Segments) -> Floats:
        """Returns the price of one more node at the start of each segment, as supply is used up from the cheapest.

        The tail keeps the price before it: a dearer wide segment would let the master's LP relaxation fill a sliver of it
        to satisfy a cut (any prices give valid cuts).
        """
        prices = np.zeros(len(segments.keys))
        for k in cell.node_links:
            link = cell.links[k]
            steps = self.ladder[link.row]
            for position, s in enumerate(segments.of_key[link.key]):
                if segments.is_tail[s] and position:
                    prices[s] = prices[s - 1]
                elif steps:
                    prices[s] = next((price for end, price in steps if segments.lower[s] < end), steps[-1][1])
        return prices

    def is_permit(self, link: Link) -> bool:
        """Says whether a link counts permits: they cost nothing, and there are only so many."""
        return link.row in self.permits

    def prices(self, oracle: Oracle, segments: Segments, blend: float) -> Prices:
        """Returns `blend` of the market's prices and the rest of the relaxation's; shared amounts at the relaxation's."""
        cell = oracle.cell
        full = self.market(cell, segments)
        dual = np.zeros(len(segments.keys))
        for k in cell.node_links:
            dual[list(segments.of_key[cell.links[k].key])] = self.duals.get(cell.links[k].row, 0.0)
        dual = np.maximum(np.where(full > 0, np.minimum(dual, full), dual), LEAST_PRICE_SHARE * full)
        amounts = np.array([self.duals.get(cell.links[k].row, 0.0) for k in cell.amount_links])
        return Prices(blend * full + (1 - blend) * dual, amounts)


def make_guide(split: Split, crew: Crew, settings: MethodSettings) -> tuple[Guide | None, Solution]:
    """Returns the guide, or None where the LP relaxation has no solution, and the engine's answer."""
    problem = split.problem
    first, began = LP_ENGINE[settings.solver], time.monotonic()
    for engine in (first, *(other for other in LP_ENGINES if other != first)):
        left_s = max(1.0, settings.time_limit_s - (time.monotonic() - began))
        asked = Settings(engine, left_s, relative_gap=settings.relative_gap, seed=settings.seed)
        (solution,) = crew.solve([(problem.relaxed, asked)])
        if solution.status != Status.NO_SOLUTION or solution.limit in (Limit.TIME, Limit.INTERRUPTED):
            break
        log.info("%s gives up on the relaxation", engine)
    if solution.values is None or solution.row_duals is None or solution.bound is None or solution.status != Status.OPTIMAL:
        return None, solution
    duals = {}
    for link in split.links:
        dual = -link.sign * float(solution.row_duals[link.row])
        duals[link.row] = (dual if link.is_equality else max(0.0, dual)) * (link.quantum or 1.0)
    most: dict[Key, float] = {}
    for cell in split.cells:
        used = cell.uses @ solution.values[cell.columns]
        for k in cell.node_links:
            link = cell.links[k]
            most[link.key] = max(most.get(link.key, 0.0), float(used[k]) / link.quantum)
    ladders = _ladders(split)
    return Guide(float(solution.bound), dict(sorted(most.items())), duals, ladders, _permits(split, ladders)), solution


def _permits(split: Split, ladders: Mapping[int, Sequence[tuple[int, float]]]) -> frozenset[int]:
    """Returns the rows of links in whole units that no rent supplies and that cost nothing."""
    by_row, rents = rows_of(split.problem), np.array([name in SUPPLYING for name in split.names], dtype=bool)
    return frozenset(
        link.row for link in split.links
        if link.quantum and all(price == 0 for _, price in ladders[link.row])
        and not rents[by_row.indices[by_row.indptr[link.row] : by_row.indptr[link.row + 1]]].any()
    )  # fmt: skip


def _ladders(split: Split) -> dict[int, list[tuple[int, float]]]:
    """Returns what one more node costs in each link's row, as (nodes up to here, usd).

    Rents come from the cheapest, each up to its cap; then the dearest again, as contracts add nodes; where nothing is
    rented, the cheapest contract's whole charge.
    """
    problem = split.problem
    by_row = rows_of(problem)
    cells_of = np.zeros(problem.columns, dtype=bool)
    for cell in split.cells:
        cells_of[cell.columns] = True
    found = {}
    for link in split.links:
        columns = by_row.indices[by_row.indptr[link.row] : by_row.indptr[link.row + 1]]
        theirs = [int(j) for j in columns if not cells_of[j] and split.upper[j] >= 1]
        rents = [(float(problem.cost[j]), _whole(split.upper[j])) for j in theirs if split.names[j] in SUPPLYING]
        dearest = max((price for price, _ in rents), default=0.0)
        others = [j for j in theirs if split.names[j] not in SUPPLYING]
        held = [(dearest or _charge(split, by_row, j), _whole(split.upper[j])) for j in others]
        total, steps = 0, []
        for price, count in sorted([*rents, *held]):
            total += count
            steps.append((total, max(0.0, price)))
        found[link.row] = steps if link.quantum else []
    return found


def _whole(bound: float) -> int:
    return int(min(bound, 2**31))


def _charge(split: Split, by_row: csr_matrix, column: int) -> float:
    """Returns the least charge of an order that gives one unit of a held column."""
    problem = split.problem
    charges = [float(problem.cost[column])]
    start, end = problem.column_starts[column], problem.column_starts[column + 1]
    for row in problem.row_indices[start:end]:
        if problem.row_lower[row] == problem.row_upper[row]:
            orders = by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]]
            charges += [float(problem.cost[j]) for j in orders if j != column]
    return min((charge for charge in charges if charge > 0), default=0.0)


def price_steps(split: Split, guide: Guide) -> dict[Key, list[int]]:
    """Returns the node counts at which the price of a key changes in some slot; the last is the most it can have."""
    found: dict[Key, set[int]] = {}
    for cell in split.cells:
        for k in cell.node_links:
            link: Link = cell.links[k]
            ends = found.setdefault(link.key, set())
            ends.update(end for end, _ in guide.ladder[link.row])
            ends.add(_whole(cell.supply_max[k]))
    return {key: sorted(ends - {0}) or [0] for key, ends in found.items()}
