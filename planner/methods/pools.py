r"""Pools without most of their traffic columns: what replicas can carry, as rows on the replicas themselves.

A pool's workloads share replicas: traffic T_wi of workload w on the replicas of capacity row i, sum_i T_wi = D_w and
sum_w a_wi T_wi <= K_i, where K_i = sum_j c_ij n_j is what replicas give. Two kinds of pools need no T_wi, or few.

**Traffic costs nothing** and stands in no other row. By Farkas there is a T for n exactly where for all prices y >= 0 of demand

    sum_i max_w (y_w / a_wi) K_i >= sum_w y_w D_w.

Left less right is linear in y between the prices at which the largest changes, so that those are enough. For two workloads they
are (1, 0), (0, 1) and (1, a_2i / a_1i) for each i; for one capacity row (a_w)_w alone. For three workloads and more they are too
many: traffic stays, and the rows at a grid of prices are added, which every point keeps.

**Roaming**: a_wi = rho_w sigma_i, traffic is free at one row i(w), its home, and all of it elsewhere is alike: it costs the same,
and less of it harms no row. With C_i = K_i / sigma_i, H_i = sum of rho_w D_w over the w at home in i, A_i their load away

    sum_i C_i >= sum_w rho_w D_w,      C_i + A_i >= H_i,      0 <= A_i <= H_i

stand for all of these rows. *Proof*: any T keeps them. A point of them serves min(H_i, C_i) at home everywhere, with no more away
than A_i; what is left, sum_i (H_i - C_i)^+, finds room elsewhere, as sum_i (C_i - H_i)^+ is no less by the first row, and a row
with room has nothing left. One column away, of the first workload at home in i, stands for A_i; others cost and use as much for
their load.

Optima, whole and relaxed, stay what they are. Rows on whole columns alone are what engines cut best: a cell of 60 workloads and
four regions (ladder's L at low volume) for which HiGHS had no usable plan after 10 s is within 1.7 % then.
"""

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from scipy.sparse import csr_matrix, vstack
from scipy.sparse.csgraph import connected_components

from planner.methods.merge import DIGITS, capacity_rows, cut_down
from planner.methods.split import rows_of
from planner.program.compile import Compiled
from planner.solvers.problem import Booleans, Floats, Integers, Problem

GRID_ROWS_MAX = 10
"""Rows at a grid of prices that a pool of three workloads and more is given: with 21 or 66 cells are proved no sooner."""
WIDEST = 1e9
"""A pool whose rows would have entries this many times the smallest replica's stays as it is: engines lose small ones beside."""
SAME = 1e-12
"""Relative difference up to which loads are one product of workload and row."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Demand rows and capacity rows joined by traffic."""

    demand: Integers
    capacity: Integers
    traffic: Integers
    """(demand, capacity): column, -1 where there is none."""
    load: Floats
    """(demand, capacity): what one unit of traffic takes, in the unit of the capacity row; infinite where there is none."""
    demands: Floats
    """Traffic of each demand row, in its own unit (requests/s)."""
    givers: csr_matrix
    """(capacity, columns of the program): what one replica gives, in the unit of the capacity row."""


@dataclass(frozen=True, eq=False)
class FreePool(Pool):
    """A pool whose traffic costs nothing, written on replicas alone."""

    def kept(self) -> Integers:
        """Returns the traffic columns that stay."""
        return np.zeros(0, dtype=np.int64)

    def most(self) -> Floats:
        """Returns the most that each may be."""
        return np.zeros(0)

    def rows(self) -> tuple[csr_matrix, Floats]:
        """Returns rows of the program and the least each must be."""
        return _priced(self, _breaks(self.load))

    def shared(self, capacity: Floats) -> Floats:
        """Returns (demand, capacity) traffic for what replicas give; the first workload goes where it does best."""
        if len(self.capacity) == 1:
            return self.demands[:, None]
        first, second = self.load
        found, missing, room = np.zeros(self.load.shape), float(self.demands[0]), capacity.copy()
        with np.errstate(invalid="ignore"):
            order = np.argsort(np.where(np.isinf(second), 0.0, first / second), kind="stable")
        for i in order[np.isfinite(first[order])].tolist():
            found[0, i] = min(missing, room[i] / first[i])
            room[i] -= found[0, i] * first[i]
            missing -= found[0, i]
        found[1] = np.maximum(0.0, room) / second
        for mine, load in zip(found, self.load, strict=True):
            if not mine.any():  # nothing left but what tolerances leave
                mine[np.isfinite(load)] = capacity[np.isfinite(load)] if capacity[np.isfinite(load)].any() else 1.0
        return np.asarray(found * (self.demands / found.sum(axis=1))[:, None])


@dataclass(frozen=True, eq=False)
class RoamingPool(Pool):
    """A pool whose traffic is free at home and one price away, written on replicas and one column away for each home."""

    home: Integers
    """By demand: position of its home among the capacity rows."""

    @property
    def weight(self) -> Floats:
        """Load of a unit of each workload, in units of the first capacity row."""
        return np.asarray(self.load[:, 0])

    @property
    def scale(self) -> Floats:
        """By capacity row: what it gives is so much less in units of the first."""
        return np.asarray(self.load[0] / self.load[0, 0])

    @property
    def at_home(self) -> Floats:
        """Load at home by capacity row."""
        return np.asarray(np.bincount(self.home, self.weight * self.demands, len(self.capacity)), dtype=float)

    @property
    def leaders(self) -> Integers:
        """The first workload of each home, in the order of homes."""
        return np.unique(self.home, return_index=True)[1]

    def kept(self) -> Integers:
        """Returns the traffic columns that stay: one away from each home."""
        return np.asarray(self.traffic[self.leaders, (self.home[self.leaders] == 0).astype(np.int64)])

    def most(self) -> Floats:
        """Returns the most that each column kept may be."""
        return np.asarray(self.at_home[self.home[self.leaders]] / self.weight[self.leaders])

    def away(self, values: Floats) -> Floats:
        """Returns the columns kept for traffic of the program as stated; a demand `>=` may be served beyond what they may be."""
        traffic = values[self.traffic]
        gone = self.weight * (traffic.sum(axis=1) - traffic[np.arange(len(self.home)), self.home])
        found = np.bincount(self.home, gone)[self.home[self.leaders]] / self.weight[self.leaders]
        return np.asarray(np.minimum(found, self.most()))

    def rows(self) -> tuple[csr_matrix, Floats]:
        """Returns rows of the program and the least each must be."""
        carried = csr_matrix(self.givers.multiply(1 / self.scale[:, None]))
        homes = self.home[self.leaders]
        shape = (len(homes), carried.shape[1])
        away = csr_matrix((self.weight[self.leaders], (np.arange(len(homes)), self.kept())), shape=shape)
        matrix = csr_matrix(vstack([csr_matrix(carried.sum(axis=0)), carried[homes] + away]))
        unit = float(carried.data.min())
        return csr_matrix(matrix / unit), np.append(self.weight @ self.demands, self.at_home[homes]) / unit

    def shared(self, capacity: Floats) -> Floats:
        """Returns (demand, capacity) traffic for what replicas give: as much as can be stays at home."""
        carried = capacity / self.scale
        over, room = np.maximum(0.0, self.at_home - carried), np.maximum(0.0, carried - self.at_home)
        over *= min(1.0, room.sum() / over.sum()) if over.sum() > 0 else 0.0  # what tolerances leave without room stays too
        share = over / np.where(self.at_home > 0, self.at_home, 1.0)
        gone = self.demands * share[self.home]
        found = np.outer(gone, room / room.sum()) if room.sum() > 0 else np.zeros(self.load.shape)
        found[np.arange(len(gone)), self.home] += self.demands - gone
        return np.asarray(found)


@dataclass(frozen=True, eq=False)
class Pooled:
    """A program with its pools written on replicas, and the program it stands for."""

    compiled: Compiled
    original: Compiled
    kept: Integers
    """Columns of the original that are left, in order."""
    pools: tuple[FreePool | RoamingPool, ...]

    def reduced(self, values: Floats) -> Floats:
        """Returns a point of the original as one of the smaller program."""
        full = values.copy()
        for pool in self.pools:
            if isinstance(pool, RoamingPool):
                full[pool.kept()] = pool.away(values)
        return full[self.kept]

    def restored(self, values: Floats) -> Floats:
        """Returns a point of the smaller program as one of the original, which costs no more."""
        full = np.zeros(self.original.problem.columns)
        full[self.kept] = values
        for pool in self.pools:
            traffic = pool.shared(np.maximum(0.0, pool.givers @ full))
            is_there = pool.traffic >= 0
            full[pool.traffic[is_there]] = traffic[is_there]
        return full


def pooled(compiled: Compiled) -> Pooled:
    """Returns a program with the pools that can be written on replicas alone, or nearly so, in that form."""
    problem = compiled.problem
    written: list[FreePool | RoamingPool] = []
    added: list[tuple[csr_matrix, Floats]] = []
    for pool in _pools(problem):
        found = _written(problem, pool)
        if found is not None:
            rows = found.rows()
        elif _is_free(problem, pool) and len(pool.demand) <= GRID_ROWS_MAX:
            rows = _priced(pool, _grid(pool.load))
        else:
            continue
        if np.abs(rows[0].data).max() > WIDEST or np.abs(rows[0].data).min() < 1 / WIDEST or rows[1].max() > WIDEST:
            continue
        added.append(rows)
        written += [] if found is None else [found]
    if not added:
        return Pooled(compiled, compiled, np.arange(problem.columns), ())
    kept, stays = np.ones(problem.columns, dtype=bool), np.ones(problem.rows, dtype=bool)
    for one in written:
        stays[one.demand] = stays[one.capacity] = False
        kept[one.traffic[one.traffic >= 0]] = False
        kept[one.kept()] = True
    columns, upper = np.flatnonzero(kept), problem.column_upper.copy()
    for one in written:
        upper[one.kept()] = one.most()
    smaller = _smaller(dataclasses.replace(problem, column_upper=upper), kept, stays, added)
    return Pooled(Compiled(smaller, tuple(compiled.columns[j] for j in columns.tolist())), compiled, columns, tuple(written))


def _written(problem: Problem, pool: Pool) -> FreePool | RoamingPool | None:
    """Returns a pool in the form that needs fewer columns; None where it has none."""
    if _is_free(problem, pool):
        is_short = len(pool.demand) == 2 or len(pool.capacity) == 1
        return FreePool(*_fields(pool)) if is_short else None
    home = _homes(problem, pool)
    if home is None:
        return None
    product = np.outer(pool.load[:, 0], pool.load[0] / pool.load[0, 0])
    return None if np.any(np.abs(pool.load - product) > SAME * product) else RoamingPool(*_fields(pool), home)


def _fields(pool: Pool) -> tuple[Integers, Integers, Integers, Floats, Floats, csr_matrix]:
    return pool.demand, pool.capacity, pool.traffic, pool.load, pool.demands, pool.givers


def _is_free(problem: Problem, pool: Pool) -> bool:
    """Says whether traffic costs nothing and stands in no other rows."""
    columns = pool.traffic[pool.traffic >= 0]
    return bool(np.all(problem.cost[columns] == 0) and np.all(np.diff(problem.column_starts)[columns] == 2))


def _homes(problem: Problem, pool: Pool) -> Integers | None:
    """Returns the one free place of every workload; None where what is served elsewhere does not cost and use one thing.

    For their load that is the same for all workloads at home in one place, it earns nothing, and less of it harms no row.
    """
    if len(pool.capacity) < 2 or (pool.traffic < 0).any():
        return None
    found: list[int] = []
    by_home: dict[int, tuple[tuple[int, ...], Floats]] = {}
    for columns, demand, weight in zip(pool.traffic.tolist(), pool.demand.tolist(), pool.load[:, 0].tolist(), strict=True):
        told = [_told(problem, column, {demand, row}) for column, row in zip(columns, pool.capacity.tolist(), strict=True)]
        free = [i for i, one in enumerate(told) if one == (0.0, (), ())]
        others = {one for i, one in enumerate(told) if i not in free}
        if len(free) != 1 or len(others) != 1:
            return None
        usd, rows, values = others.pop()
        mine = rows, np.array([usd, *values]) / weight
        first = by_home.setdefault(free[0], mine)
        is_same = first[0] == rows and bool(np.all(np.abs(mine[1] - first[1]) <= SAME * np.abs(first[1])))
        if usd < 0 or not is_same or not _loosens(problem, rows, values):
            return None
        found += free
    return np.array(found, dtype=np.int64)


def _loosens(problem: Problem, rows: Sequence[int], values: Sequence[float]) -> bool:
    """Says whether less of a column with these entries breaks no row."""
    return all(
        np.isneginf(problem.row_lower[row]) if value > 0 else np.isposinf(problem.row_upper[row])
        for row, value in zip(rows, values, strict=True)
    )


def _told(problem: Problem, column: int, own: set[int]) -> tuple[float, tuple[int, ...], tuple[float, ...]]:
    """Returns a column's cost and its entries in other rows than its own."""
    span = slice(int(problem.column_starts[column]), int(problem.column_starts[column + 1]))
    rows, values = problem.row_indices[span].tolist(), problem.values[span].tolist()
    others = sorted((row, value) for row, value in zip(rows, values, strict=True) if row not in own)
    return float(problem.cost[column]), tuple(row for row, _ in others), tuple(value for _, value in others)


def _breaks(load: Floats) -> Floats:
    """Returns the prices of demand, a row each, at which a pool of two workloads, or of one capacity row, may fall short."""
    if load.shape[1] == 1:
        return np.asarray(load.T)
    both = np.isfinite(load).all(axis=0)
    ratios = {float(f"{ratio:.{DIGITS}g}") for ratio in (load[1, both] / load[0, both]).tolist()}
    return np.array([(1.0, 0.0), (0.0, 1.0), *((1.0, ratio) for ratio in sorted(ratios))])


def _grid(load: Floats) -> Floats:
    """Returns prices of demand at even shares of the workloads' mean loads."""
    many = len(load)
    steps = max(n for n in range(1, GRID_ROWS_MAX) if comb(n + many - 1, many - 1) <= GRID_ROWS_MAX)
    ends = np.array(list(itertools.combinations(range(steps + many - 1), many - 1)), dtype=float)
    padded = np.hstack([-np.ones((len(ends), 1)), ends, np.full((len(ends), 1), steps + many - 1.0)])
    shares = (np.diff(padded, axis=1) - 1) / steps
    mean = np.array([mine[np.isfinite(mine)].mean() for mine in load])
    return np.asarray(shares * mean)


def _priced(pool: Pool, prices: Floats) -> tuple[csr_matrix, Floats]:
    """Returns the rows sum_i max_w (y_w / a_wi) K_i >= sum_w y_w D_w at prices y, the smallest replica of each counted 1.

    So what tolerances leave of a row is little of any replica.
    """
    most = np.array([(y[:, None] / pool.load).max(axis=0) for y in prices])
    matrix = csr_matrix(csr_matrix(most) @ pool.givers)
    unit = np.minimum.reduceat(matrix.data, matrix.indptr[:-1])
    return csr_matrix(matrix.multiply(1 / unit[:, None])), prices @ pool.demands / unit


def _pools(problem: Problem) -> Iterator[Pool]:
    """Yields the pools of two workloads and more whose demand is carried by capacity rows alone."""
    by_row = rows_of(problem)
    capacity = np.flatnonzero(capacity_rows(problem, by_row))
    is_demand = (problem.row_lower > 0) & ((problem.row_upper == problem.row_lower) | np.isposinf(problem.row_upper))
    where = np.full(problem.columns, -1, dtype=np.int64)
    """By column: the capacity row that its traffic is in."""
    loads = np.zeros(problem.columns)
    carried = by_row[capacity].tocoo()
    is_traffic = carried.data > 0
    where[carried.col[is_traffic]], loads[carried.col[is_traffic]] = capacity[carried.row[is_traffic]], carried.data[is_traffic]
    demand = np.flatnonzero(is_demand & _is_carried(by_row, where))
    asked = by_row[demand].tocoo()
    whose = np.full(problem.columns, -1, dtype=np.int64)
    whose[asked.col] = demand[asked.row]
    often = np.bincount(asked.col, minlength=problem.columns) > 1
    wrong = np.unique(where[(where >= 0) & ((whose < 0) | often)])
    joined = np.flatnonzero((where >= 0) & (whose >= 0))
    size = problem.rows
    graph = csr_matrix((np.ones(len(joined)), (whose[joined], where[joined])), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    is_wrong = np.isin(label, label[wrong])
    order = joined[np.argsort(label[whose[joined]], kind="stable")]
    for columns in np.split(order, np.flatnonzero(np.diff(label[whose[order]])) + 1):
        if len(columns) and not is_wrong[whose[columns[0]]]:
            pool = _pool(problem, by_row, columns, whose, where, loads)
            if len(pool.demand) > 1:
                yield pool


def _is_carried(by_row: csr_matrix, where: Integers) -> Booleans:
    """Returns which rows have traffic of capacity rows alone in them, a unit each."""
    fits = (where[by_row.indices] >= 0) & (by_row.data == 1.0)
    row_of = np.repeat(np.arange(by_row.shape[0]), np.diff(by_row.indptr))
    count = np.bincount(row_of[fits], minlength=by_row.shape[0])
    return np.asarray((count == np.diff(by_row.indptr)) & (count > 0))


def _pool(problem: Problem, by_row: csr_matrix, columns: Integers, whose: Integers, where: Integers, loads: Floats) -> Pool:
    """Returns the pool of some traffic columns."""
    demand, w = np.unique(whose[columns], return_inverse=True)
    capacity, i = np.unique(where[columns], return_inverse=True)
    traffic = np.full((len(demand), len(capacity)), -1, dtype=np.int64)
    load = np.full(traffic.shape, np.inf)
    traffic[w, i], load[w, i] = columns, loads[columns]
    rows = by_row[capacity]
    given = csr_matrix((np.maximum(0.0, -rows.data), rows.indices, rows.indptr), shape=rows.shape)
    given.eliminate_zeros()
    return Pool(demand, capacity, traffic, load, problem.row_lower[demand], given)


def _smaller(problem: Problem, kept: Booleans, rows: Booleans, added: Sequence[tuple[csr_matrix, Floats]]) -> Problem:
    """Returns the program without some rows and columns, with rows of the form `>=` added."""
    more = csr_matrix(vstack([matrix for matrix, _ in added]))
    least = np.concatenate([sides for _, sides in added])
    left = cut_down(problem, rows_of(problem), kept, rows)
    matrix = vstack([rows_of(left), more[:, kept]]).tocsc()
    matrix.sort_indices()
    return dataclasses.replace(
        left, column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
        row_lower=np.append(left.row_lower, least), row_upper=np.append(left.row_upper, np.full(len(least), np.inf)),
        row_names=(*left.row_names, *(f"carried[{k}]" for k in range(len(least)))) if left.row_names else (),
    )  # fmt: skip
