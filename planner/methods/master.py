"""The masters: contracts and node counts over all cells, with cuts below (bound) or patterns above (incumbent)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix

from planner.methods.assembly import Assembly
from planner.methods.oracle import LEAST_USD, Cut, Oracle, Pattern
from planner.methods.segments import Key, Segments
from planner.methods.split import SUPPLYING, Split, rows_of
from planner.solvers import Problem
from planner.solvers.problem import Floats, Integers

SMALLEST_SHARE = 1e-9
"""Prices in a cut between 0 and this share of its bound are raised to it: engines drop smaller entries, raising weakens."""
CUT_SIDE = 2.0**10
"""Side of a cut. HiGHS 1.15.1 (presolve) takes what a row asks of continuous columns for out of reach where that is under its
tolerance of 1e-6: at a side of 1, three nodes and egress of 1e-6 of the cut were refused, and four called the least."""
LARGEST_UNIT = 2.0**20
"""Largest unit of a shared amount: it is an entry of its link's row, beside a contract's 1."""


@dataclass(frozen=True, eq=False)
class Places:
    """Where things stand in a master: the program's columns, and by cell its segments, amounts, cost and choices."""

    contracts: Integers
    segments: tuple[Integers, ...]
    numbers: tuple[Integers, ...]
    """Numbers (in `Segments`) of each cell's segments."""
    amounts: tuple[Integers, ...]
    cost: Integers
    choices: tuple[Integers, ...]


@dataclass(frozen=True, eq=False)
class Master:
    """A master's arrays and where things stand in them."""

    problem: Problem
    places: Places


def outer_master(split: Split, oracles: Sequence[Oracle], segments: Segments, cuts: Sequence[Sequence[Cut]]) -> Master:
    """Returns min contracts + cells' cost over node images, amounts and contracts under all cuts: a relaxation of the program.

    Proof: a point of the program gives whole contracts and, by cell, whole N >= uses / quantum of its node links (the master's
    side of such a row is a whole number of quanta), the amounts e of its other links and its own cost, all within the ranges
    stated. Images u(N) are ordered, the master's rows and the links' rows are the program's own, and each cut holds:
    bound <= V(p, q) <= p.u(N) + q.e + cost. The objective is the program's. So the master's own dual bound is a lower bound of
    every plan. (Rents are continuous here: that only lowers it.) Costs and amounts stand in units of their own (`unit`), so that
    their entries in cuts do not fade beside those of nodes.
    """
    m = Assembly()
    contracts = add_contracts(m, split, is_rent_whole=False)
    units_usd = [unit_usd(oracle.cost_range, (cut.bound for cut in cuts[i])) for i, oracle in enumerate(oracles)]
    sizes = [np.clip([unit(found) for found in oracle.amount_ranges], 1.0, LARGEST_UNIT) for oracle in oracles]
    segment_columns, numbers, amounts, cost = _add_cells(m, oracles, segments, units_usd, sizes)
    for i, oracle in enumerate(oracles):
        is_clipped = oracle.cost_range[0] >= 0 and not len(amounts[i])
        for cut in cuts[i]:
            shares = amount_shares(cut, oracle.amount_ranges, sizes[i])
            if shares is not None and cut.bound > SMALLEST_SHARE * units_usd[i]:
                where = np.concatenate([segment_columns[i], amounts[i], [cost[i]]])
                price = _node_shares(cut, numbers[i], is_clipped)
                _add_cut(m, where, np.concatenate([price, shares, [units_usd[i] / cut.bound]]))
    add_links(m, split, oracles, contracts, segment_columns, numbers, amounts, segments, sizes)
    return Master(m.problem(split.problem.offset), Places(contracts, segment_columns, numbers, amounts, cost, ()))


def restricted_master(
    split: Split, oracles: Sequence[Oracle], segments: Segments, patterns: Sequence[Sequence[Pattern]]
) -> Master:
    """Returns min contracts + cells' cost with one known pattern a cell: every point of it is a plan."""
    m = Assembly()
    contracts = add_contracts(m, split, is_rent_whole=True)
    nodes, numbers, amounts, cost = add_node_counts(m, oracles)
    choices = []
    for i, (oracle, known) in enumerate(zip(oracles, patterns, strict=True)):
        many = len(known)
        chosen = m.columns(np.zeros(many), np.zeros(many), np.ones(many), np.ones(many, dtype=bool))
        m.row(chosen, np.ones(many), 1.0, 1.0)
        m.row([int(cost[i]), *chosen], [1.0, *(_told(-p.cost) for p in known)], 0.0, 0.0)
        for position, key in enumerate(oracle.keys):
            m.row([int(nodes[i][position]), *chosen], [1.0, *(-float(p.nodes[key]) for p in known)], 0.0, 0.0)
        for position, column in enumerate(amounts[i]):
            m.row([int(column), *chosen], [1.0, *(_told(-float(p.amounts[position])) for p in known)], 0.0, 0.0)
        choices.append(chosen)
    add_links(m, split, oracles, contracts, nodes, numbers, amounts, None)
    return Master(m.problem(split.problem.offset), Places(contracts, nodes, numbers, amounts, cost, tuple(choices)))


def _told(value: float) -> float:
    """Returns a value, 0 for what rounding left; a plan is kept only if it keeps every row of the program."""
    return value if abs(value) > SMALLEST_SHARE else 0.0


def add_contracts(m: Assembly, split: Split, is_rent_whole: bool) -> Integers:
    """Adds the program's own columns and rows that no cell takes part in."""
    problem, kept = split.problem, split.master_columns
    is_free = split.is_simple[kept] if is_rent_whole else np.array([split.names[j] in SUPPLYING for j in kept], dtype=bool)
    is_integer = problem.is_integer[kept] & ~is_free
    added = m.columns(problem.cost[kept], problem.column_lower[kept], problem.column_upper[kept], is_integer)
    mine = rows_of(problem)[split.master_rows][:, kept]
    m.rows(csc_matrix(mine), added, problem.row_lower[split.master_rows], problem.row_upper[split.master_rows])
    where = np.full(problem.columns, -1, dtype=np.int64)
    where[kept] = added
    return where


def _add_cells(
    m: Assembly, oracles: Sequence[Oracle], segments: Segments, units_usd: Sequence[float], sizes: Sequence[Floats]
) -> tuple[tuple[Integers, ...], tuple[Integers, ...], tuple[Integers, ...], Integers]:
    """Adds each cell's cost and amounts, in units, and its node segments in order."""
    found, numbers, amounts, cost = [], [], [], []
    for oracle, usd, size in zip(oracles, units_usd, sizes, strict=True):
        low, high = _widened(oracle.cost_range)
        cost.append(m.column(usd, low / usd, high / usd))
        amounts.append(_add_amounts(m, oracle, size))
        mine = [np.array(segments.of_key[key], dtype=np.int64) for key in oracle.keys]
        number = np.concatenate([*mine, np.zeros(0, dtype=np.int64)])
        width = segments.upper[number] - segments.lower[number]
        columns = m.columns(np.zeros(len(number)), np.zeros(len(number)), width, np.ones(len(number), dtype=bool))
        first = 0
        for part in mine:
            own = columns[first : first + len(part)]
            wide = width[first : first + len(part)]
            for j in range(len(part) - 1):
                m.row([own[j], own[j + 1]], [float(wide[j + 1]), -float(wide[j])], 0.0, np.inf)
            first += len(part)
        found.append(columns)
        numbers.append(number)
    return tuple(found), tuple(numbers), tuple(amounts), np.array(cost, dtype=np.int64)


def add_node_counts(
    m: Assembly, oracles: Sequence[Oracle], is_whole: bool = False
) -> tuple[tuple[Integers, ...], tuple[Integers, ...], tuple[Integers, ...], Integers]:
    """Adds each cell's cost, amounts and one node count for each link; `is_whole`: whole by itself, not by its patterns."""
    nodes, amounts, cost = [], [], []
    for oracle in oracles:
        cost.append(m.column(1.0, -np.inf, np.inf))
        amounts.append(_add_amounts(m, oracle, np.ones(len(oracle.amount_ranges))))
        many = len(oracle.keys)
        nodes.append(m.columns(np.zeros(many), np.zeros(many), np.full(many, np.inf), np.full(many, is_whole)))
    return tuple(nodes), (), tuple(amounts), np.array(cost, dtype=np.int64)


def _add_amounts(m: Assembly, oracle: Oracle, sizes: Floats) -> Integers:
    ranges = np.array([_widened(found) for found in oracle.amount_ranges], dtype=float).reshape(-1, 2) / sizes[:, None]
    return m.columns(np.zeros(len(ranges)), ranges[:, 0], ranges[:, 1], np.zeros(len(ranges), dtype=bool))


def unit(found: tuple[float, float]) -> float:
    """Returns the unit a column of a range stands in: the power of two over its farther end; 1 where that is 0 or without end."""
    most = max(abs(found[0]), abs(found[1]))
    return float(np.exp2(np.ceil(np.log2(most)))) if 0 < most < np.inf else 1.0


def unit_usd(found: tuple[float, float], bounds: Iterable[float]) -> float:
    """Returns the unit of a cost under cuts of some bounds: what it can be, but no more than cuts ask for.

    A cut is divided by its bound. 2,000 usd of egress stand in a cut of 10 million usd as 1e-7 a usd, which HiGHS takes for
    nothing; in their unit as 2e-4.
    """
    dearest = unit((0.0, max(bounds, default=0.0)))
    return min(dearest, unit(found)) if max(map(abs, found)) < np.inf else dearest


def _widened(found: tuple[float, float]) -> tuple[float, float]:
    """Returns a range with room for rounding."""
    room = 1e-9 * (1 + max((abs(v) for v in found if np.isfinite(v)), default=0.0))
    return found[0] - room if found[0] else 0.0, found[1] + room


def amount_shares(cut: Cut, ranges: Sequence[tuple[float, float]], sizes: Floats) -> Floats | None:
    """Returns a cut's prices of units of amounts over its bound, tiny ones made safe; None where that would not keep it valid.

    Engines drop entries under SMALLEST_SHARE. Of an amount that is never negative a price > 0 is raised to it, one < 0 left out:
    both weaken the cut. A tiny price of an amount that may be negative has no such side.
    """
    if cut.bound <= LEAST_USD:
        return None
    shares = np.asarray(cut.prices.amounts * sizes / cut.bound)
    tiny = (shares != 0) & (np.abs(shares) < SMALLEST_SHARE)
    if any(low < 0 for (low, _), is_tiny in zip(ranges, tiny, strict=True) if is_tiny):
        return None
    return np.where(tiny, np.where(shares > 0, SMALLEST_SHARE, 0.0), shares)


def _add_cut(m: Assembly, where: Integers, shares: Floats) -> None:
    m.row(where[shares != 0], CUT_SIDE * shares[shares != 0], CUT_SIDE, np.inf)


def _node_shares(cut: Cut, numbers: Integers, is_clipped: bool) -> Floats:
    """Returns a cut's prices of nodes over its bound; `is_clipped`: prices above the bound count as the bound.

    Valid where nothing else in the cut can be below zero: u is whole, so one node at the bound's price fulfils the cut.
    """
    price = cut.prices.segments[numbers]
    price = (np.minimum(price, cut.bound) if is_clipped else price) / cut.bound
    return np.where(price > 0, np.maximum(price, SMALLEST_SHARE), 0.0)


def add_links(
    m: Assembly, split: Split, oracles: Sequence[Oracle], contracts: Integers, nodes: Sequence[Integers],
    numbers: Sequence[Integers], amounts: Sequence[Integers], segments: Segments | None, sizes: Sequence[Floats] | None = None,
) -> None:  # fmt: skip
    """Adds the links' rows: what cells use, less what contracts give, is at most the row's side. `sizes`: units of amounts."""
    problem = split.problem
    by_row = rows_of(problem)
    users: dict[int, list[tuple[Integers, float]]] = {link.row: [] for link in split.links}
    for i, oracle in enumerate(oracles):
        cell = oracle.cell
        for position, k in enumerate(cell.node_links):
            link = cell.links[k]
            mine = nodes[i][[position]] if segments is None else nodes[i][np.isin(numbers[i], segments.of_key[link.key])]
            users[link.row].append((mine, link.sign * link.quantum))
        for position, k in enumerate(cell.amount_links):
            size = 1.0 if sizes is None else float(sizes[i][position])
            users[cell.links[k].row].append((amounts[i][[position]], cell.links[k].sign * size))
    for link in split.links:
        entries = slice(by_row.indptr[link.row], by_row.indptr[link.row + 1])
        where = contracts[by_row.indices[entries]]
        given = where >= 0
        columns = np.concatenate([where[given], *(mine for mine, _ in users[link.row])])
        values = np.concatenate([by_row.data[entries][given], *(np.full(len(mine), factor) for mine, factor in users[link.row])])
        m.row(columns, values, float(problem.row_lower[link.row]), float(problem.row_upper[link.row]))


def chosen_nodes(master: Master, values: Floats, oracles: Sequence[Oracle], segments: Segments) -> list[dict[Key, int]]:
    """Returns the whole nodes by key that an outer master's point gives each cell."""
    found = []
    for i, oracle in enumerate(oracles):
        at = values[master.places.segments[i]]
        numbers = master.places.numbers[i]
        found.append({key: round(float(at[np.isin(numbers, segments.of_key[key])].sum())) for key in oracle.keys})
    return found
