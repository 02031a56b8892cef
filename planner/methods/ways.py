"""Ways of a demand: how many accelerators (or nodes) it takes of each link with whole replicas, and the cheapest one at prices.

A way is one step on some of the demand's staircases, together covering it. Its cost at prices mu is mu @ taken plus the price of
its traffic, filled from the cheapest staircase on. `cheapest_way` finds the least cost f(mu) exactly: with

    density = min over steps of (mu taken / carried + usd per unit)

no way of a demand D that uses step i costs less than mu taken_i + D density + min(0, usd_i - density) carried_i, so that most
steps fall at once; what is left is combined staircase by staircase, keeping what is not dominated in (cost, covered) and can
still beat the best way known.
"""

from dataclasses import dataclass

import numpy as np

from planner.methods.covering import COVERED, Demand
from planner.solvers.problem import Floats, Integers

LABELS_MAX = 400
"""Partial ways kept after a staircase; beyond, those of nearly equal cover are merged into one that is cheaper than each and
covers more: f(mu) is then a lower bound."""

Way = tuple[int, ...]
"""Positions of its steps in the demand's flat list."""


@dataclass(frozen=True)
class Priced:
    """The cheapest way at prices: `least` <= the cost of every way; `cost` is that of `way`."""

    least: float
    cost: float
    way: Way


@dataclass(frozen=True, eq=False)
class _Partial:
    """Partial ways: cost, what they cover, and their steps (a row each, -1 where a staircase is left out)."""

    cost: Floats
    covered: Floats
    steps: Integers


def cheapest_way(demand: Demand, mu: Floats) -> Priced | None:
    """Returns the cheapest way of a demand at prices mu (usd for one unit of each link, >= 0); None where none covers it."""
    flat = demand.flat
    fixed = mu[flat.link] * flat.taken
    cost = fixed + flat.usd_per_unit * flat.carried
    best_cost = np.inf
    best: Way = ()
    if len(flat.alone):
        first = int(flat.alone[np.argmin(cost[flat.alone])])
        best_cost, best = float(cost[first]), (first,)
    density = float((cost / flat.carried).min())
    bound = fixed + demand.wanted * density + np.minimum(0.0, flat.usd_per_unit - density) * flat.carried
    left = np.flatnonzero(bound < best_cost * (1 - 1e-12))
    if not len(left) or (best and flat.stair[left[0]] == flat.stair[left[-1]]):
        return Priced(best_cost, best_cost, best) if best else None
    return _combined(demand, fixed, cost / flat.carried, left, best_cost, best)


def _combined(demand: Demand, fixed: Floats, ratio: Floats, left: Integers, best_cost: float, best: Way) -> Priced | None:
    """Returns the best combination of the steps left over several staircases, or the best way known."""
    flat, wanted = demand.flat, demand.wanted
    stairs = [left[flat.stair[left] == stair] for stair in np.unique(flat.stair[left])]
    after = [float(ratio[np.concatenate(stairs[k:])].min()) for k in range(len(stairs))] + [np.inf]
    partial = _Partial(np.zeros(1), np.zeros(1), np.zeros((1, 0), dtype=np.int64))
    least = best_cost
    for k, mine in enumerate(stairs):
        missing = wanted - partial.covered
        cost = partial.cost[:, None] + fixed[mine] + flat.usd_per_unit[mine] * np.minimum(flat.capacity[mine], missing[:, None])
        covered = partial.covered[:, None] + flat.capacity[mine]
        is_done = covered >= wanted * (1 - COVERED)
        done = np.where(is_done, cost, np.inf)
        at = np.unravel_index(int(np.argmin(done)), done.shape)
        if done[at] < least:
            least = float(done[at])
            way = (*(int(i) for i in partial.steps[at[0]] if i >= 0), int(mine[at[1]]))
            if flat.capacity[list(way)].sum() >= wanted * (1 - COVERED):
                best_cost, best = min((best_cost, best), (_cost(demand, fixed, way), way))
        partial = _next(partial, cost, np.where(is_done, np.inf, covered), mine)
        reach = partial.cost + (wanted - partial.covered) * after[k + 1] if np.isfinite(after[k + 1]) else np.inf
        partial = _undominated(partial, np.flatnonzero(reach < least * (1 - 1e-12)), wanted)
        if not len(partial.cost):
            break
    return Priced(least, best_cost, best) if best else None


def _cost(demand: Demand, fixed: Floats, way: Way) -> float:
    return float(fixed[list(way)].sum()) + traffic_usd(demand, way)


def _next(partial: _Partial, cost: Floats, covered: Floats, mine: Integers) -> _Partial:
    """Returns partial ways with and without one of the steps; those that cover the demand are left out."""
    row, column = np.nonzero(np.isfinite(covered))
    none = np.full((len(partial.cost), 1), -1, dtype=np.int64)
    steps = np.hstack([partial.steps, none])
    more = np.hstack([partial.steps[row], mine[column][:, None]])
    return _Partial(
        np.concatenate([partial.cost, cost[row, column]]), np.concatenate([partial.covered, covered[row, column]]),
        np.vstack([steps, more]),
    )  # fmt: skip


def _undominated(partial: _Partial, kept: Integers, wanted: float) -> _Partial:
    """Returns what no other partial way beats in both cost and cover; merges where there are too many."""
    kept = kept[np.lexsort((partial.cost[kept], -partial.covered[kept]))]
    if len(kept):
        before = np.concatenate([[np.inf], np.minimum.accumulate(partial.cost[kept])[:-1]])
        kept = kept[partial.cost[kept] < before]
    cost, covered = partial.cost[kept], partial.covered[kept]
    if len(kept) > LABELS_MAX:  # each bucket: the cost of its cheapest, the cover of its widest
        bucket = np.floor(covered / wanted * LABELS_MAX).astype(np.int64)
        first = np.flatnonzero(np.diff(bucket, prepend=-1))
        last = np.append(first[1:], len(kept)) - 1
        kept, cost, covered = kept[last], cost[last], covered[first]
    return _Partial(cost, covered, partial.steps[kept])


def traffic_usd(demand: Demand, way: Way) -> float:
    """Returns what a way's traffic costs, filled from the cheapest staircase on."""
    missing, usd = demand.wanted, 0.0
    for i in way:
        carried = min(missing, float(demand.flat.capacity[i]))
        usd += carried * float(demand.flat.usd_per_unit[i])
        missing -= carried
    return usd


def taken_by_link(demand: Demand, way: Way, links: int) -> Floats:
    """Returns what a way takes of each link."""
    taken = np.zeros(links)
    np.add.at(taken, demand.flat.link[list(way)], demand.flat.taken[list(way)])
    return taken
