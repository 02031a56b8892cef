r"""The hull master: whole contracts and node counts over what each demand takes, cut to the hull of its ways.

    min contracts + sum_w t_w    s.t.    sum_w a_wk <= quantum_k N_k,    sum_k mu_k a_wk + t_w >= f_w(mu)  for multipliers known

a_wk is what demand w takes of link k and t_w the cost of its traffic, both continuous. Every plan is a point: its replicas take
a_wk, and each cut holds by the definition of f_w (`ways`); a coefficient above f_w is cut down to it, as a whole replica takes
at least one unit. So the master's dual bound is a lower bound of every plan. It sees that nodes are whole and
replicas nearly so, where cuts at a few prices of whole cells do not: each demand keeps its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from planner.methods.assembly import Assembly
from planner.methods.covering import Demand
from planner.methods.master import add_contracts, add_links, add_node_counts
from planner.methods.split import Split
from planner.methods.way_pool import WayPool
from planner.methods.ways import cheapest_way
from planner.solvers import Problem
from planner.solvers.problem import Floats, Integers

ROOM = 1e-9
"""Share by which a cut is loosened against rounding."""
DEEP = 1e-5
"""A cut is worth adding where it cuts this share of the least cost of its demand off."""
ROUNDS_MAX = 30


@dataclass(frozen=True, eq=False)
class DemandCut:
    """mu @ a + t >= least for one demand; `links` are the positions of mu."""

    cell: int
    demand: int
    links: Integers
    mu: Floats
    least: float


@dataclass(frozen=True, eq=False)
class HullMaster:
    """The master's arrays and where things stand in them."""

    problem: Problem
    contracts: Integers
    nodes: tuple[Integers, ...]
    taken: tuple[tuple[Integers, ...], ...]
    """By cell and demand: the columns of what it takes, in the order of `links_of`."""
    traffic: tuple[tuple[int, ...], ...]
    """By cell and demand: the column of what its traffic costs, or -1."""


def links_of(demand: Demand) -> Integers:
    """Returns the positions of the node links that a demand may take of."""
    return np.unique([stair.link for stair in demand.stairs])


def demand_cut(pool: WayPool, cell: int, demand: int, mu: Floats) -> DemandCut | None:
    """Returns the cut of one demand at multipliers; None where it says nothing."""
    asked = pool.coverings[cell].demands[demand]
    found = cheapest_way(asked, mu)
    if found is None or found.least <= 0:
        return None
    links = links_of(asked)
    return DemandCut(cell, demand, links, mu[links], found.least)


def hull_master(split: Split, pool: WayPool, cuts: Sequence[DemandCut]) -> HullMaster:
    """Returns the master under cuts."""
    m = Assembly()
    contracts = add_contracts(m, split, is_rent_whole=True)
    nodes, _, amounts, cost = add_node_counts(m, pool.oracles, is_whole=True)
    taken: list[tuple[Integers, ...]] = []
    traffic: list[tuple[int, ...]] = []
    for i, oracle in enumerate(pool.oracles):
        demands = pool.coverings[i].demands
        mine = []
        for demand in demands:
            many = len(links_of(demand))
            mine.append(m.columns(np.zeros(many), np.zeros(many), np.full(many, np.inf), np.zeros(many, dtype=bool)))
        usd = tuple(m.column() if any(stair.usd_per_unit > 0 for stair in demand.stairs) else -1 for demand in demands)
        paid = [column for column in usd if column >= 0]
        m.row([int(cost[i]), *paid], [1.0, *(-1.0 for _ in paid)], 0.0, np.inf)
        for position, k in enumerate(oracle.cell.node_links):
            use = [
                int(c)
                for d, own in zip(demands, mine, strict=True)
                for c, link in zip(own, links_of(d), strict=True)
                if link == position
            ]
            m.row([int(nodes[i][position]), *use], [oracle.cell.links[k].quantum, *(-1.0 for _ in use)], 0.0, np.inf)
        taken.append(tuple(mine))
        traffic.append(usd)
    for cut in cuts:
        share = np.minimum(1.0, cut.mu / cut.least)
        columns, values = taken[cut.cell][cut.demand][share > ROOM], share[share > ROOM]
        usd_column = traffic[cut.cell][cut.demand]
        more = ([usd_column], [1.0 / cut.least]) if usd_column >= 0 else ([], [])
        m.row([*columns, *more[0]], [*values, *more[1]], 1.0 - ROOM, np.inf)
    add_links(m, split, pool.oracles, contracts, nodes, (), amounts, None)
    return HullMaster(m.problem(split.problem.offset), contracts, nodes, tuple(taken), tuple(traffic))


def separate(pool: WayPool, master: HullMaster, values: Floats, highest: Sequence[Floats]) -> list[DemandCut]:
    """Returns cuts that a point of the master breaks; new ways on the way there join the pool.

    `highest`: by cell, the most that a unit of each node link is worth.
    """
    found = []
    for i, demands in enumerate(master.taken):
        for w, columns in enumerate(demands):
            usd = master.traffic[i][w]
            point = np.maximum(0.0, values[columns])
            cut = _deepest(pool, i, w, point, max(0.0, float(values[usd])) if usd >= 0 else 0.0, highest[i])
            found += [cut] if cut is not None else []
    return found


def _deepest(pool: WayPool, cell: int, w: int, point: Floats, usd: float, highest: Floats) -> DemandCut | None:
    """Returns the deepest cut of a demand at a point of what it takes: from the cheapest mixture of ways, extra paid."""
    demand, links = pool.coverings[cell].demands[w], links_of(pool.coverings[cell].demands[w])
    best: DemandCut | None = None
    depth = DEEP
    for _ in range(ROUNDS_MAX):
        mu = _mixture_prices(pool, cell, w, links, point, highest[links])
        if mu is None:
            return best
        prices = np.zeros(len(highest))
        prices[links] = mu
        priced = cheapest_way(demand, prices)
        if priced is None:
            return best
        if priced.least > 0:
            here = 1.0 - (float(mu @ point) + usd) / priced.least
            if here > depth:
                best, depth = DemandCut(cell, w, links, mu, priced.least), here
        if not pool.add(cell, w, priced.way):
            return best
    return best


def _mixture_prices(pool: WayPool, cell: int, w: int, links: Integers, point: Floats, highest: Floats) -> Floats | None:
    """Returns the duals of the cheapest mixture of known ways that takes no more than a point, extra at the highest prices."""
    known = list(pool.known[cell][w].values())
    many, rows = len(known), len(links)
    taken = np.array([one.taken[links] for one in known]).T
    matrix = np.hstack([taken, -np.eye(rows)])
    cost = np.concatenate([[one.usd for one in known], highest])
    sums = np.concatenate([np.ones(many), np.zeros(rows)])[None, :]
    found = linprog(cost, A_ub=matrix, b_ub=point, A_eq=sums, b_eq=[1.0], bounds=(0, None), method="highs")
    return np.maximum(0.0, -found.ineqlin.marginals) if found.status == 0 else None
