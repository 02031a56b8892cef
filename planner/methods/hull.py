"""Hull cuts of a covering cell: what each demand must take at least, at prices that its own whole replicas set.

For prices mu of links, f_w(mu) is the cheapest way to serve demand w with whole replicas (a dynamic program over its staircases,
remaining demand rounded down on a grid, so never above the truth). Every point of the cell keeps

    sum_k mu_link(k) uses_k deploy_k + traffic cost of w >= f_w(mu)        for each demand w,

which cuts off the fractions of replicas that the LP relaxation lives on. With the segments priced apart,

    L(mu) = sum_w f_w(mu) + sum_s min(0, p_s - mu_s) width_s     is a lower bound of V(p);

the multipliers come from the LP over the ways met so far (column generation), so the LP with these rows is about as strong as
the convex hull of every demand's ways.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix, csr_matrix

from planner.methods.covering import Covering, Demand, Staircase
from planner.methods.oracle import Oracle, Prices
from planner.methods.segments import Segments
from planner.solvers.problem import Floats

GRID = 240
"""Levels of remaining demand in the dynamic program."""
ITERATIONS_MAX = 30
ROOM = 1e-9
"""Share by which a cut is loosened against rounding."""

Way = tuple[int, ...]
"""By staircase of the demand: step number + 1, or 0 for none."""


def hull_rows(oracle: Oracle, covering: Covering, segments: Segments, prices: Prices) -> tuple[csr_matrix, Floats]:
    """Returns rows over the cell's kept columns and their lower sides: one cut a demand, at multipliers that fit the prices."""
    pricing = _Pricing(oracle, covering, segments, prices)
    _, mu, tables = pricing.multipliers()
    entries: list[tuple[int, int, float]] = []
    sides: list[float] = []
    for demand, table in zip(covering.demands, tables, strict=True):
        least = float(table[0][GRID])
        if not np.isfinite(least) or least <= 0:
            continue
        for stair in demand.stairs:
            price = float(mu[stair.link])
            for column, taken in stair.taken_by.items():
                entries.append((len(sides), column, min(1.0, price * taken / least)))
                traffic = stair.traffic[column][0]
                if traffic >= 0 and stair.usd_per_unit > 0:
                    entries.append((len(sides), traffic, stair.usd_per_unit / least))
        sides.append(1.0 - ROOM)
    found = np.array([entry for entry in entries if entry[2] > 1e-9], dtype=float).reshape(-1, 3)
    shape = (len(sides), len(oracle.projected.kept))
    return csr_matrix((found[:, 2], (found[:, 0].astype(int), found[:, 1].astype(int))), shape=shape), np.array(sides)


class _Pricing:
    """Prices of one ask; lives inside `hull_rows`."""

    def __init__(self, oracle: Oracle, covering: Covering, segments: Segments, prices: Prices) -> None:
        self.covering = covering
        cell = oracle.cell
        self.links = [cell.links[k] for k in cell.node_links]
        self.parts = [
            segments.merged(cell.links[k].key, prices.segments, int(min(cell.supply_max[k], 2**31))) for k in cell.node_links
        ]
        self.quantum = np.array([link.quantum for link in self.links])
        self.part_link = np.array([i for i, parts in enumerate(self.parts) for _ in parts], dtype=np.int64)
        self.part_price = np.array([part.price for parts in self.parts for part in parts])
        self.part_width = np.array([part.width for parts in self.parts for part in parts])
        self.levels = np.arange(GRID + 1)

    def multipliers(self) -> tuple[float, Floats, list[list[Floats]]]:
        """Returns the best bound, its multipliers (usd for one unit of each link) and the tables of the dynamic programs."""
        first = np.array([min((part.price for part in parts), default=0.0) for parts in self.parts]) / self.quantum
        mu = first
        best: tuple[float, Floats, list[list[Floats]]] = (-np.inf, first, [])
        met: list[dict[Way, tuple[Floats, float]]] = [{} for _ in self.covering.demands]
        for _ in range(ITERATIONS_MAX):
            tables = [self._table(demand, mu) for demand in self.covering.demands]
            value = sum(float(table[0][GRID]) for table in tables)
            value += float(np.minimum(0.0, self.part_price - (mu * self.quantum)[self.part_link]) @ self.part_width)
            is_better = value > best[0] + 1e-9 * abs(value)
            best = (value, mu, tables) if is_better else best
            is_new = False
            for w, demand in enumerate(self.covering.demands):
                way = self._cheapest(demand, mu, tables[w])
                if way not in met[w]:
                    met[w][way] = self._use(demand, way)
                    is_new = True
            if not is_new:
                break
            dual = self._duals(met)
            if dual is None:
                break
            mu = dual
        return best

    def _table(self, demand: Demand, mu: Floats) -> list[Floats]:
        """Returns, by staircase and level of remaining demand, the least cost from that staircase on."""
        last = np.full(GRID + 1, np.inf)
        last[0] = 0.0
        tables = [last]
        unit = demand.wanted / GRID
        for stair in reversed(demand.stairs):
            after = tables[-1]
            steps = np.ceil(stair.capacity / unit - 1e-9).astype(np.int64)
            left = np.maximum(0, self.levels[None, :] - steps[:, None])
            cost = mu[stair.link] * stair.taken[:, None] + after[left]
            if stair.usd_per_unit > 0:
                cost = cost + stair.usd_per_unit * np.minimum(stair.capacity[:, None], self.levels[None, :] * unit)
            now = np.minimum(after, cost.min(axis=0)) if len(steps) else after
            tables.append(now)
        return tables[::-1]

    def _cheapest(self, demand: Demand, mu: Floats, table: Sequence[Floats]) -> Way:
        """Returns a cheapest way, followed through the table; it covers the demand by its true capacities."""
        way: list[int] = []
        left = demand.wanted
        for b, stair in enumerate(demand.stairs):
            if left <= 1e-9 * demand.wanted:
                way.append(0)
                continue
            skip = table[b + 1][self._level(demand, left)]
            after = table[b + 1]
            costs = [
                self._step_cost(stair, mu, i, left) + after[self._level(demand, left - float(stair.capacity[i]))]
                for i in range(len(stair.taken))
            ]
            chosen = int(np.argmin(costs)) if costs else -1
            if chosen >= 0 and costs[chosen] < skip:
                way.append(chosen + 1)
                left -= float(stair.capacity[chosen])
            else:
                way.append(0)
        return tuple(way)

    def _level(self, demand: Demand, left: float) -> int:
        """Returns the grid level of what is left, rounded down, at least one while anything is left."""
        if left <= 1e-9 * demand.wanted:
            return 0
        return max(1, int(left / demand.wanted * GRID + 1e-9))

    @staticmethod
    def _step_cost(stair: Staircase, mu: Floats, i: int, left: float) -> float:
        return float(mu[stair.link] * stair.taken[i] + stair.usd_per_unit * min(float(stair.capacity[i]), left))

    def _use(self, demand: Demand, way: Way) -> tuple[Floats, float]:
        """Returns what a way takes of each link, and what its traffic costs."""
        use, cost, left = np.zeros(len(self.links)), 0.0, demand.wanted
        for stair, step in zip(demand.stairs, way, strict=True):
            if step:
                use[stair.link] += stair.taken[step - 1]
                carried = min(left, float(stair.capacity[step - 1]))
                cost += stair.usd_per_unit * carried
                left -= carried
        return use, cost

    def _duals(self, met: Sequence[dict[Way, tuple[Floats, float]]]) -> Floats | None:
        """Returns the links' prices in the LP over the ways met; None where these ways do not fit in the supply."""
        uses = [(w, use, cost) for w, ways in enumerate(met) for use, cost in ways.values()]
        parts, links = len(self.part_price), len(self.links)
        rows = np.zeros((links, parts + len(uses)))
        rows[self.part_link, np.arange(parts)] = -self.quantum[self.part_link]
        rows[:, parts:] = np.array([use for _, use, _ in uses]).T
        owner = np.array([w for w, _, _ in uses])
        chosen = coo_matrix((np.ones(len(uses)), (owner, parts + np.arange(len(uses)))), shape=(len(met), parts + len(uses)))
        cost = np.concatenate([self.part_price, [c for _, _, c in uses]])
        upper = np.concatenate([self.part_width, np.full(len(uses), np.inf)])
        found = linprog(
            cost, A_ub=rows, b_ub=np.zeros(links), A_eq=chosen.toarray(), b_eq=np.ones(len(met)),
            bounds=[(0.0, float(u)) for u in upper], method="highs",
        )  # fmt: skip
        return np.maximum(-found.ineqlin.marginals, 0.0) if found.status == 0 else None
