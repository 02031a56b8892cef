r"""The hull master: whole contracts and node counts over what each part of a cell uses, cut to the hull of its ways.

    min contracts + sum_w t_w    s.t.    sum_w a_wk <= quantum_k N_k,   sum_w a_wk = e_k,   mu @ a_w + t_w >= f_w(mu)  by mu known

a_wk is what part w uses of link k and t_w its own cost, both continuous. Every plan is a point: what it does in a part uses
a_wk, and each cut holds by the definition of f_w (`parts`); where a part uses whole units alone and nothing in the cut can be
negative, a coefficient above f_w is cut down to it. So the master's dual bound is a lower bound of every plan. It sees that nodes
are whole and replicas nearly so, where cuts at a few prices of whole cells do not: each part keeps its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_matrix, csr_matrix, vstack

from planner.methods.assembly import Assembly
from planner.methods.hull import LEAST_COEFFICIENT
from planner.methods.master import CUT_SIDE, add_contracts, add_links, add_node_counts, unit_usd
from planner.methods.oracle import LEAST_USD
from planner.methods.parts import PartCut
from planner.methods.split import Split, rows_of
from planner.methods.way_pool import WayPool
from planner.solvers import Problem, Solution
from planner.solvers.problem import Floats, Integers

ROOM = 1e-7
"""Share by which a cut is loosened against rounding, an engine's tolerance included."""
DEEP = 1e-5
"""A cut is worth adding where it cuts this share of the least cost of its part off."""


@dataclass(frozen=True, eq=False)
class HullMaster:
    """The master's arrays and where things stand in them."""

    problem: Problem
    contracts: Integers
    used: tuple[tuple[Integers, ...], ...]
    """By cell and part: the columns of what it uses, in the order of its links."""
    own_cost: tuple[tuple[int, ...], ...]
    """By cell and part: the column of its own cost, in units_usd, or -1."""
    units_usd: tuple[tuple[float, ...], ...]
    """By cell and part: the unit of its own cost, usd."""


def hull_master(split: Split, pool: WayPool, cuts: Sequence[PartCut]) -> HullMaster:
    """Returns the master under cuts."""
    m = Assembly()
    contracts = add_contracts(m, split, is_rent_whole=True)
    nodes, _, amounts, cost = add_node_counts(m, pool.oracles, is_whole=True)
    used: list[tuple[Integers, ...]] = []
    own_cost: list[tuple[int, ...]] = []
    units_usd = _units(pool, cuts)
    for i, oracle in enumerate(pool.oracles):
        mine = []
        for part in pool.parts[i]:
            least = [0.0 if part.is_positive else -np.inf] * len(part.links)
            many = len(part.links)
            mine.append(m.columns(np.zeros(many), np.array(least), np.full(many, np.inf), np.zeros(many, dtype=bool)))
        usd = tuple(m.column(lower=0.0 if p.is_positive else -np.inf) if p.cost.any() else -1 for p in pool.parts[i])
        paid = {column: -one for column, one in zip(usd, units_usd[i], strict=True) if column >= 0}
        m.row([int(cost[i]), *paid], [1.0, *paid.values()], 0.0, np.inf)
        for links, supply, upper in ((oracle.cell.node_links, nodes[i], np.inf), (oracle.cell.amount_links, amounts[i], 0.0)):
            for position, k in enumerate(links):
                use = [
                    int(c)
                    for p, own in zip(pool.parts[i], mine, strict=True)
                    for c, link in zip(own, p.links, strict=True)
                    if link == k
                ]
                quantum = oracle.cell.links[k].quantum or 1.0
                m.row([int(supply[position]), *use], [quantum, *(-1.0 for _ in use)], 0.0, upper)
        used.append(tuple(mine))
        own_cost.append(usd)
    for cut in cuts:
        i, w = cut.cell, cut.part
        _add_cut(m, pool, cut, used[i][w], own_cost[i][w], units_usd[i][w])
    add_links(m, split, pool.oracles, contracts, nodes, (), amounts, None)
    return HullMaster(m.problem(split.problem.offset), contracts, tuple(used), tuple(own_cost), units_usd)


def _units(pool: WayPool, cuts: Sequence[PartCut]) -> tuple[tuple[float, ...], ...]:
    """Returns the unit of each part's own cost, by cell: what its dearest cut asks for."""
    most = [[0.0] * len(parts) for parts in pool.parts]
    for cut in cuts:
        most[cut.cell][cut.part] = max(most[cut.cell][cut.part], cut.least)
    return tuple(tuple(unit_usd((-np.inf, np.inf), [usd]) for usd in mine) for mine in most)


def _add_cut(m: Assembly, pool: WayPool, cut: PartCut, columns: Integers, usd: int, own_unit_usd: float) -> None:
    part = pool.parts[cut.cell][cut.part]
    share = cut.prices[part.links] / cut.least
    if part.is_positive and part.is_whole and np.all(share >= 0):
        share = np.minimum(1.0, share)
    safe = _safe(share, part.is_positive)
    if safe is None or cut.least <= LEAST_COEFFICIENT * own_unit_usd:
        return
    share, kept = safe
    more = ([usd], [own_unit_usd / cut.least]) if usd >= 0 else ([], [])
    values = CUT_SIDE * np.array([*share[kept], *more[1]])
    m.row([*columns[kept], *more[0]], values, CUT_SIDE * (1.0 - ROOM), np.inf)


def _safe(share: Floats, is_positive: bool) -> tuple[Floats, Integers] | None:
    """Returns coefficients without tiny ones, which engines drop, and where those left are; None where that may not be done.

    Tiny ones are raised to LEAST_COEFFICIENT or, where negative, left out: both weaken the cut where what they multiply is never
    negative. A cut that has one where it may be is not used.
    """
    tiny = (share != 0) & (np.abs(share) < LEAST_COEFFICIENT)
    if tiny.any() and not is_positive:
        return None
    share = np.where(tiny & (share > 0), LEAST_COEFFICIENT, share)
    return share, np.flatnonzero(np.abs(share) >= LEAST_COEFFICIENT)


def with_hull(problem: Problem, pool: WayPool, cuts: Sequence[PartCut]) -> Problem:
    """Returns the whole program with cuts as rows over its own columns."""
    entries: list[tuple[Integers, Integers, Floats]] = []
    for cut in cuts:
        safe = _row(pool, cut)
        if safe is not None:
            columns, row = safe
            entries.append((np.full(len(columns), len(entries), dtype=np.int64), columns, row))
    if not entries:
        return problem
    count = len(entries)
    rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
    added = csr_matrix((values, (rows, columns)), shape=(count, problem.columns))
    matrix = csc_matrix(vstack([rows_of(problem), added], format="csc"))
    matrix.sort_indices()
    return Problem(
        column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
        cost=problem.cost, row_lower=np.concatenate([problem.row_lower, np.full(count, 1.0 - ROOM)]),
        row_upper=np.concatenate([problem.row_upper, np.full(count, np.inf)]), column_lower=problem.column_lower,
        column_upper=problem.column_upper, is_integer=problem.is_integer, offset=problem.offset,
    )  # fmt: skip


def _row(pool: WayPool, cut: PartCut) -> tuple[Integers, Floats] | None:
    """Returns a cut's columns in the program and its coefficients there; None where an engine might drop some of them."""
    part, oracle = pool.parts[cut.cell][cut.part], pool.oracles[cut.cell]
    safe = _safe(part.cut(cut.prices, cut.least), bool(np.all(part.lower >= 0)))
    if safe is None:
        return None
    row, kept = safe
    return oracle.cell.columns[oracle.projected.kept[part.columns[kept]]], row[kept]


def tight(
    problem: Problem, pool: WayPool, cuts: Sequence[PartCut], solve: Callable[[Problem], Solution]
) -> tuple[list[PartCut], float]:
    """Returns the cuts that the relaxation of a problem leans on under all of them, and its value, which bounds every plan.

    All cuts, and minus infinity, where `solve` has no answer.
    """
    usable = [cut for cut in cuts if _row(pool, cut) is not None]
    found = solve(with_hull(problem, pool, usable))
    if found.row_duals is None or found.bound is None:
        return usable, -np.inf
    leant = [cut for cut, dual in zip(usable, found.row_duals[problem.rows :].tolist(), strict=True) if dual > 0]
    return leant, found.bound


def separate(pool: WayPool, master: HullMaster, values: Floats, highest: Sequence[Floats], rounds_max: int) -> list[PartCut]:
    """Returns the deepest cuts met that a point of the master breaks; new ways on the way there join the pool.

    All parts are asked side by side, `rounds_max` times each at most. `highest`: by cell, the most that a unit of each link is
    worth.
    """
    open_parts = [(i, w) for i, mine in enumerate(master.used) for w in range(len(mine))]
    best: dict[tuple[int, int], tuple[float, PartCut]] = {}
    for _ in range(rounds_max):
        asked = []
        for i, w in open_parts:
            links = pool.parts[i][w].links
            mu = _mixture_prices(pool, i, w, values[master.used[i][w]], highest[i][links])
            if mu is not None:
                prices = np.zeros(len(highest[i]))
                prices[links] = mu
                asked.append((i, w, prices))
        priced, is_new = pool.price(asked)
        for (i, w, prices), one in zip(asked, priced, strict=True):
            usd = master.own_cost[i][w]
            paid = master.units_usd[i][w] * float(values[usd]) if usd >= 0 else 0.0
            if one.least > LEAST_USD:
                depth = 1.0 - (float(prices[pool.parts[i][w].links] @ values[master.used[i][w]]) + paid) / one.least
                if depth > best.get((i, w), (DEEP,))[0]:
                    best[i, w] = (depth, PartCut(i, w, prices, one.least))
        open_parts = [(i, w) for (i, w, _), new in zip(asked, is_new, strict=True) if new]
        if not open_parts:
            break
    return [cut for _, cut in best.values()]


def _mixture_prices(pool: WayPool, cell: int, w: int, point: Floats, highest: Floats) -> Floats | None:
    """Returns the duals of the cheapest mixture of known ways that uses no more than a point, extra at the highest prices."""
    known, links = list(pool.known[cell][w].values()), pool.parts[cell][w].links
    if not known:
        return None
    many, rows = len(known), len(links)
    uses = np.array([way.uses[links] for way in known]).T
    matrix = np.hstack([uses, -np.eye(rows)])
    cost = np.concatenate([[way.usd for way in known], highest])
    sums = np.concatenate([np.ones(many), np.zeros(rows)])[None, :]
    found = linprog(cost, A_ub=matrix, b_ub=point, A_eq=sums, b_eq=[1.0], bounds=(0, None), method="highs")
    return np.maximum(0.0, -found.ineqlin.marginals) if found.status == 0 else None
