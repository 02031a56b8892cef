r"""Recourse: whole commitments are taken as given, and every cell rents what it needs beyond them at least cost.

    min cost @ x + sum_j usd_j r_j    s.t.    the cell's rows on x,    uses_k(x) <= quantum_k (held_k + sum_j r_j),    r <= room

held are the nodes that the commitments give, r the rents of the cell's slot and room the most that may be rented beside the
commitments. With commitments from a relaxation the cells are independent and small, so a large fleet has a good plan long before
the whole program has one: commitments rounded to whole nodes cost next to nothing (`contracts_for`), and what is left to lose is
the rounding of replicas. Only replica columns whose reduced cost in the cell's own relaxation is among the lowest are kept
(`near_relaxed`), few at first, more when better starts are known.

What is found is a plan and is checked as one; nothing here proves a bound.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, hstack, vstack

from planner.methods.assembly import Assembly
from planner.methods.master import add_contracts, add_links, add_node_counts
from planner.methods.oracle import Oracle, Pattern
from planner.methods.segments import Key
from planner.methods.split import SUPPLYING, WHOLE_ROOM, Split, rows_of
from planner.solvers import Problem, Solution
from planner.solvers.problem import Booleans, Floats, Integers

BEYOND_FACTOR = 3.0
"""Price of a node that nobody supplies, over the dearest rent of the cell: a start always exists, and is driven out."""
IDLE_SHARE = 0.02
"""Price of a committed node over the cheapest rent of its kind: keeps cells from using it idly."""


RENTS_MORE = 20.0
"""Nodes rented or held of a kind above the relaxation's: with no limit near, engines spend seconds on bounds."""


def contracts_for(split: Split, oracles: Sequence[Oracle], values: Floats, solve: Callable[[Problem], Solution]) -> Floats | None:
    """Returns the cheapest whole commitments for what a (relaxed) point takes in every cell, over all columns; None if none."""
    m = Assembly()
    contracts = add_contracts(m, split, is_rent_whole=False)
    nodes, _, amounts, cost = add_node_counts(m, oracles)
    for i, oracle in enumerate(oracles):
        cell = oracle.cell
        used = cell.uses @ values[cell.columns]
        m.row([int(cost[i])], [1.0], 0.0, 0.0)
        for column, k in zip(nodes[i], cell.node_links, strict=True):
            m.row([int(column)], [1.0], max(0.0, float(used[k]) / cell.links[k].quantum), np.inf)
        for column, k in zip(amounts[i], cell.amount_links, strict=True):
            m.row([int(column)], [1.0], float(used[k]), float(used[k]))
    add_links(m, split, oracles, contracts, nodes, (), amounts, None)
    found = solve(m.problem(split.problem.offset)).values
    return None if found is None else contracts_of(split, contracts, found)


def contracts_of(split: Split, where: Integers, values: Floats) -> Floats:
    """Returns the commitments of a master's point over all columns of the program; `where` gives their columns there."""
    found = np.zeros(split.problem.columns)
    found[split.master_columns] = values[where[split.master_columns]]
    return found


def rent_room(split: Split, contracts: Floats) -> Floats:
    """Returns the most that each rent may be (0 for other columns) beside given commitments, each taken by itself."""
    problem = split.problem
    is_rent = np.array([name in SUPPLYING for name in split.names], dtype=bool)
    slack = problem.row_upper - problem.activity(np.where(is_rent, 0.0, contracts))
    is_shared = np.zeros(problem.rows, dtype=bool)
    is_shared[split.master_rows] = True
    room = np.where(is_rent, split.upper, 0.0)
    for j in np.flatnonzero(is_rent):
        entries = slice(problem.column_starts[j], problem.column_starts[j + 1])
        rows, values = problem.row_indices[entries], problem.values[entries]
        limits = is_shared[rows] & (values > 0) & np.isfinite(slack[rows])
        if limits.any():
            room[j] = min(room[j], float((slack[rows[limits]] / values[limits]).min()))
    return np.floor(np.maximum(0.0, room) + WHOLE_ROOM)


def recourse_problem(
    split: Split, by_row: csr_matrix, oracle: Oracle, held: Mapping[Key, int], room: Floats, amount_usd: Floats
) -> Problem:
    """Returns a cell's program beside given commitments: its kept columns, nodes held, nodes that nobody supplies, its rents.

    `amount_usd`: price of a unit of each continuous link, in their order.
    """
    cell, p = oracle.cell, oracle.projected
    links = [cell.links[k] for k in cell.node_links]
    is_rent = [name in SUPPLYING for name in split.names]
    rents, entries = _rents(by_row, [(link.row, link.sign) for link in links], is_rent)
    count = len(links)
    quanta = np.array([link.quantum for link in links], dtype=float)
    supply = csr_matrix((entries[:, 2], (entries[:, 0].astype(int), entries[:, 1].astype(int))), shape=(count, len(rents)))
    node = csr_matrix(np.diag(-quanta))
    own = hstack([csr_matrix(oracle.uses[cell.node_links]), node, node, supply])
    above = hstack([csr_matrix(p.matrix), csr_matrix((p.matrix.shape[0], 2 * count + len(rents)))])
    matrix = csc_matrix(vstack([above, own], format="csc"))
    matrix.sort_indices()
    usd = split.problem.cost[rents]
    least = [min((float(usd[int(b)]) for a, b, _ in entries if a == position), default=0.0) for position in range(count)]
    beyond = BEYOND_FACTOR * float(usd.max(initial=0.0) or abs(split.problem.cost).max())
    cost = cell.cost[p.kept]
    if cell.amount_links:
        cost = cost + amount_usd @ oracle.uses[cell.amount_links].toarray()
    return Problem(
        column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
        cost=np.concatenate([cost, IDLE_SHARE * np.maximum(0.0, least), np.full(count, beyond), usd]),
        row_lower=np.concatenate([p.row_lower, np.full(count, -np.inf)]),
        row_upper=np.concatenate([p.row_upper, np.zeros(count)]),
        column_lower=np.concatenate([cell.lower[p.kept], np.zeros(2 * count + len(rents))]),
        column_upper=np.concatenate([
            cell.upper[p.kept], [float(max(0, held.get(link.key, 0))) for link in links], np.full(count, np.inf), room[rents],
        ]),
        is_integer=np.concatenate([cell.is_integer[p.kept], np.ones(2 * count + len(rents), dtype=bool)]),
    )  # fmt: skip


def _rents(by_row: csr_matrix, links: Sequence[tuple[int, float]], is_rent: Sequence[bool]) -> tuple[list[int], Floats]:
    """Returns the rents in some links' rows, and (link, rent, coefficient of the turned row) of each entry."""
    rents: dict[int, int] = {}
    entries = []
    for position, (row, sign) in enumerate(links):
        span = slice(by_row.indptr[row], by_row.indptr[row + 1])
        for j, value in zip(by_row.indices[span].tolist(), by_row.data[span].tolist(), strict=True):
            if is_rent[j]:
                entries.append((position, rents.setdefault(j, len(rents)), sign * value))
    return list(rents), np.array(entries, dtype=float).reshape(-1, 3)


def near_relaxed(
    problem: Problem,
    relaxed: Solution,
    columns: int,
    kept_max: int,
    start: Floats | None,
    useful: Booleans | None = None,
    more: float = np.inf,
) -> Problem | None:
    """Returns the program with only the `kept_max` whole columns of lowest reduced cost among its first ones, and the start's.

    `columns`: how many first ones. `useful`: first ones to keep besides. `more`: how far one may be above the
    relaxation. None where the relaxation has no answer.
    """
    if relaxed.values is None or relaxed.reduced_costs is None:
        return None
    is_free = problem.is_integer[:columns] & (problem.column_lower[:columns] <= 0)
    rank = np.where(relaxed.values[:columns] > 1e-7, -1.0, np.abs(relaxed.reduced_costs[:columns]))
    order = np.argsort(np.where(is_free, rank, np.inf), kind="stable")
    kept = ~is_free
    kept[order[: max(kept_max, int((rank < 0).sum()))]] = True
    if start is not None:
        kept |= start[:columns] > 0
    if useful is not None:
        kept |= useful
    upper = np.where(
        problem.is_integer, np.minimum(problem.column_upper, np.ceil(relaxed.values - 1e-6) + RENTS_MORE), problem.column_upper
    )
    reach = np.ceil(relaxed.values[:columns] - 1e-6) + more
    upper[:columns] = np.where(problem.is_integer[:columns], np.minimum(upper[:columns], reach), upper[:columns])
    upper[:columns][~kept] = 0.0
    if start is not None:
        upper = np.minimum(np.maximum(upper, start), problem.column_upper)
    upper = np.maximum(upper, problem.column_lower)
    return dataclasses.replace(problem, column_upper=upper)


def start_of(problem: Problem, oracle: Oracle, pattern: Pattern) -> Floats:
    """Returns a pattern as a point of a recourse program: nodes held first, then rents from the cheapest, then nobody's."""
    point, kept, keys = np.zeros(problem.columns), len(oracle.projected.kept), oracle.keys
    point[:kept] = pattern.values
    matrix = rows_of(problem)
    for position, key in enumerate(keys):
        held = kept + position
        row = matrix.shape[0] - len(keys) + position
        rents = [int(j) for j in matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]] if j >= kept + 2 * len(keys)]
        missing = pattern.nodes[key]
        for j in (held, *sorted(rents, key=lambda j: float(problem.cost[j]))):
            point[j] = min(missing, int(min(problem.column_upper[j], 2**31)))
            missing -= int(point[j])
        point[held + len(keys)] = missing
    return point
