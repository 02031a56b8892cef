r"""Roaming demands: one service's traffic from several regions, served at home at no price or away at the same price for all.

Such a part of a cell has, in units of load, H_g at home in place g, W = sum_g H_g in all, and on each link of a place a staircase
(`covering`): what x accelerators of it can carry. A way takes one step of some staircases. With f its price of nodes and C_g the
capacity it has in place g it costs

    sum_g f_g + e (H_g - C_g)^+      under   sum_g C_g >= W

as whatever is not served at home is served where there is room. `cheapest_roaming` finds the least of it exactly. For any
lambda >= 0 and theta_g in 0..e no way costs less than

    sum_g pi_g H_g + sum over staircases of min(0, min over steps (f - pi_g C)),     pi_g = lambda + theta_g

(Lagrange: the cover row at lambda, (H - C)^+ >= theta / e (H - C)), so that most combinations of steps fall at once; what is left
is combined staircase by staircase, place by place, keeping what is not dominated in (cost, covered).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix

from planner.methods.covering import COVERED, Replica, Staircase, staircase
from planner.methods.ways import LABELS_MAX
from planner.solvers.problem import Booleans, Floats, Integers

BEAM, THIN = 24, 200
"""Partial ways kept after a place, and within one after a staircase, where a first way is looked for."""
STEPS_MAX = 1500
"""Steps of all staircases: with more, partial ways are so many that an engine is as fast, and exact."""
PRICES_MAX = 160
"""Prices of load among which the bound's are chosen."""
SAME = 1e-9
"""Relative difference under which two loads or prices are the same."""


@dataclass(frozen=True, eq=False)
class Place:
    """The staircases of a place, and what is at home there (units of load)."""

    stairs: tuple[Staircase, ...]
    home: float


@dataclass(frozen=True, eq=False)
class Roaming:
    """A roaming demand; columns are the part's."""

    places: tuple[Place, ...]
    wanted: float
    away: Integers
    """By place: column of what is served away from it, -1 where nothing is at home."""
    loads: Floats
    """By place: load of a unit of that column."""
    columns: int

    def away_usd(self, unit_usd: Floats) -> float:
        """Returns the price of a unit of load served away, at prices of the part's columns."""
        first = int(np.argmax(self.away >= 0))
        return float(unit_usd[self.away[first]]) / float(self.loads[first])

    def is_priced(self, link_usd: Floats, unit_usd: Floats) -> bool:
        """Says whether `cheapest_roaming` holds at prices of links and columns: no node and no unit away earns anything."""
        used = [stair.link for place in self.places for stair in place.stairs]
        return bool(np.all(link_usd[used] >= 0)) and self.away_usd(unit_usd) >= 0


@dataclass(frozen=True, eq=False)
class Dual:
    """Prices of load: `cover` of the cover row, and by place with the price of what is at home; `usd` is the bound."""

    cover: float
    by_place: Floats
    usd: Floats
    """By place: its share of the bound."""


@dataclass(frozen=True, eq=False)
class _Labels:
    """Partial ways: cost, what they cover, and the step of each staircase so far (a row each, -1: none)."""

    cost: Floats
    covered: Floats
    steps: Integers


NONE_YET = _Labels(np.zeros(1), np.zeros(1), np.zeros((1, 0), dtype=np.int64))


@dataclass(frozen=True)
class _Search:
    """One search for the cheapest way; for a good one where it `is_beam`: then partial ways that are too many are dropped."""

    roaming: Roaming
    fixed: Sequence[Sequence[Floats]]
    """By place and staircase: price of each step."""
    away_usd: float
    dual: Dual
    best_usd: float
    is_beam: bool

    def run(self) -> _Labels:
        """Returns the labels that cover the demand (the cheapest first); none where no way is cheaper than the best known."""
        wanted, places = self.roaming.wanted, self.roaming.places
        found = NONE_YET
        for g, place in enumerate(places):
            mine = self._place(g)
            cost = mine.cost + self.away_usd * np.maximum(0.0, place.home - mine.covered)
            rest = float(self.dual.usd[g + 1 :].sum()) - self.dual.cover * sum(later.home for later in places[g + 1 :])
            more = _Labels(cost, mine.covered, mine.steps)
            found = self._joined(found, more, self.dual.cover, rest + self.dual.cover * wanted, is_last=g == len(places) - 1)
        done = np.flatnonzero(found.covered >= wanted * (1 - COVERED))
        done = done[np.argsort(found.cost[done], kind="stable")]
        return _Labels(found.cost[done], found.covered[done], found.steps[done])

    def _place(self, g: int) -> _Labels:
        """Returns what the staircases of a place can carry together, and at which price of nodes."""
        place, price = self.roaming.places[g], float(self.dual.by_place[g])
        pairs = list(zip(place.stairs, self.fixed[g], strict=True))
        least = [min(0.0, float((fixed - price * stair.capacity).min())) for stair, fixed in pairs]
        others = float(self.dual.usd.sum()) - sum(least)
        found = NONE_YET
        for k, (stair, fixed) in enumerate(pairs):
            mine = _Labels(np.append(0.0, fixed), np.append(0.0, stair.capacity), np.arange(-1, len(fixed))[:, None])
            found = self._joined(found, mine, price, others + sum(least[k + 1 :]))
        return found

    def _joined(self, before: _Labels, more: _Labels, price: float, rest: float, is_last: bool | None = None) -> _Labels:
        """Returns partial ways joined with more: those that can still beat the best way known and are not dominated.

        What becomes of one costs `rest` at least beside its own cost less `price` for what it covers. `is_last`: whether no
        place is left (None: within a place).
        """
        wanted, many = self.roaming.wanted, len(more.cost)
        cost = (before.cost[:, None] + more.cost).ravel()
        covered = np.minimum(wanted, (before.covered[:, None] + more.covered).ravel())
        reach = cost - price * covered + rest
        kept = np.flatnonzero(reach < self.best_usd * (1 - 1e-12))
        kept = kept[np.lexsort((cost[kept], -covered[kept]))]
        if len(kept):
            lowest = np.concatenate([[np.inf], np.minimum.accumulate(cost[kept])[:-1]])
            kept = kept[cost[kept] < lowest]
        widest = kept
        if self.is_beam and is_last is None and len(kept) > THIN:  # some of every cover
            kept = widest = kept[np.linspace(0, len(kept) - 1, THIN).astype(int)]
        elif self.is_beam and is_last is False and len(kept) > BEAM:
            kept = widest = np.sort(kept[np.argsort(reach[kept], kind="stable")[:BEAM]])
        elif not self.is_beam and len(kept) > LABELS_MAX:  # each bucket: the cost of its cheapest, the cover of its widest
            bucket = np.floor(covered[kept] / wanted * LABELS_MAX).astype(np.int64)
            first = np.flatnonzero(np.diff(bucket, prepend=LABELS_MAX + 1))
            kept, widest = kept[np.append(first[1:], len(kept)) - 1], kept[first]
        steps = np.hstack([before.steps[kept // many], more.steps[kept % many]])
        return _Labels(cost[kept], covered[widest], steps)


def cheapest_roaming(roaming: Roaming, link_usd: Floats, away_usd: float) -> tuple[float, Floats | None]:
    """Returns a lower bound of every way's cost, and the columns of the cheapest way found (None where there is none).

    `link_usd`: price of a unit of each link, >= 0; `away_usd`: of a unit of load served away, >= 0, beyond what it costs at home.
    Both are equal but for where partial ways were merged.
    """
    fixed = [[link_usd[stair.link] * stair.taken for stair in place.stairs] for place in roaming.places]
    dual = _dual(roaming, fixed, away_usd)
    best_usd, best = _alone(roaming, fixed, away_usd)
    least = best_usd
    for is_beam in (True, False):
        found = _Search(roaming, fixed, away_usd, dual, best_usd, is_beam).run()
        if not is_beam and len(found.cost):
            least = min(best_usd, float(found.cost[0]))
        usd = _cost(roaming, fixed, away_usd, found.steps[0]) if len(found.cost) else None
        if usd is not None and usd < best_usd:
            best_usd, best = usd, found.steps[0]
    return min(least, best_usd), None if best is None else _values(roaming, best)


def _alone(roaming: Roaming, fixed: Sequence[Sequence[Floats]], away_usd: float) -> tuple[float, Integers | None]:
    """Returns the cheapest way of one step alone, and its cost."""
    many = sum(len(place.stairs) for place in roaming.places)
    found: tuple[float, Integers | None] = np.inf, None
    at = 0
    for mine in fixed:
        for f in mine:
            steps = np.full(many, -1, dtype=np.int64)
            steps[at] = len(f) - 1  # staircases end with the first step that covers all
            usd = _cost(roaming, fixed, away_usd, steps)
            found = (usd, steps) if usd is not None and usd < found[0] else found
            at += 1
    return found


def _dual(roaming: Roaming, fixed: Sequence[Sequence[Floats]], away_usd: float) -> Dual:
    """Returns the best prices of load among the steps' own."""
    pairs = [pair for mine, place in zip(fixed, roaming.places, strict=True) for pair in zip(mine, place.stairs, strict=True)]
    ratios = [f / stair.capacity for f, stair in pairs]
    prices = np.unique(np.concatenate([np.zeros(1), *ratios, *[ratio + away_usd for ratio in ratios]]))
    if len(prices) > PRICES_MAX:
        prices = prices[np.unique(np.linspace(0, len(prices) - 1, PRICES_MAX).astype(int))]
    shares = np.array([
        prices * place.home + sum(
            np.minimum(0.0, (f[:, None] - stair.capacity[:, None] * prices).min(axis=0))
            for f, stair in zip(mine, place.stairs, strict=True)
        )
        for mine, place in zip(fixed, roaming.places, strict=True)
    ])  # fmt: skip
    highest = np.searchsorted(prices, prices + away_usd, side="right") - 1
    chosen = np.clip(shares.argmax(axis=1)[:, None], np.arange(len(prices)), highest)
    totals = np.take_along_axis(shares, chosen, axis=1).sum(axis=0)
    at = int(np.argmax(totals))
    picks = chosen[:, at]
    return Dual(float(prices[at]), prices[picks], shares[np.arange(len(picks)), picks])


def _cost(roaming: Roaming, fixed: Sequence[Sequence[Floats]], away_usd: float, steps: Integers) -> float | None:
    """Returns the cost of a choice of steps; None where they do not cover the demand (of merged labels)."""
    at, usd, covered = 0, 0.0, 0.0
    for mine, place in zip(fixed, roaming.places, strict=True):
        here = 0.0
        for f, stair in zip(mine, place.stairs, strict=True):
            if steps[at] >= 0:
                usd += float(f[steps[at]])
                here += float(stair.capacity[steps[at]])
            at += 1
        usd += away_usd * max(0.0, place.home - here)
        covered += here
    return usd if covered >= roaming.wanted * (1 - COVERED) else None


def _values(roaming: Roaming, steps: Integers) -> Floats:
    """Returns the part's columns: the replicas of a choice of steps, and what they leave unserved at home."""
    values, at = np.zeros(roaming.columns), 0
    for place, away, load in zip(roaming.places, roaming.away.tolist(), roaming.loads.tolist(), strict=True):
        room = 0.0
        for stair in place.stairs:
            if steps[at] >= 0:
                room += float(stair.capacity[steps[at]])
                for position, count in stair.composition(int(steps[at])).items():
                    values[stair.replicas[position].column] += count
            at += 1
        if away >= 0:
            values[away] = max(0.0, place.home - room) / load
    return values


def roaming_of(
    matrix: csc_matrix, row_lower: Floats, row_upper: Floats, cost: Floats, lower: Floats, upper: Floats, is_integer: Booleans,
    uses: csr_matrix, is_node: Booleans,
) -> Roaming | None:  # fmt: skip
    """Returns a part as a roaming demand, or None where it is none; arguments as in `Part`, `is_node`: links counted in nodes.

    Its rows are those that `pools` writes: one over all replicas, and one for each home over those there and a column away.
    """
    away, replicas = np.flatnonzero(~is_integer), np.flatnonzero(is_integer)
    fits = len(away) and len(replicas) and not lower.any() and np.isposinf(upper[replicas]).all() and not cost[replicas].any()
    if not fits or not np.all(row_lower > 0) or not np.isposinf(row_upper).all() or len(row_lower) != len(away) + 1:
        return None
    rows = csr_matrix(matrix).toarray()
    of_all = np.flatnonzero(~(rows[:, away] != 0).any(axis=1))
    if len(of_all) != 1 or (rows < 0).any():
        return None
    cover, homes = rows[of_all[0]], np.delete(rows, of_all[0], axis=0)
    told = _homes(homes, cover, away, replicas, np.delete(row_lower, of_all[0]), upper)
    if told is None or not _is_one_price(told[0], told[1], cost, uses):
        return None
    columns, loads, by_home = told
    wanted, places, steps = float(row_lower[of_all[0]]), [], 0
    if abs(wanted - by_home.sum()) > SAME * wanted:
        return None
    is_here = homes[:, replicas] != 0
    if not is_here.any(axis=0).all():  # where nothing is at home
        is_here = np.vstack([is_here, ~is_here.any(axis=0)])
    more = len(is_here) - len(homes)
    for mine, home in zip(is_here, np.append(by_home, np.zeros(more)), strict=True):
        stairs = _stairs(uses, is_node, replicas[mine], cover[replicas[mine]], wanted)
        steps += sum(len(stair.taken) for stair in stairs or ())
        if stairs is None or steps > STEPS_MAX:
            return None
        places.append(Place(stairs, float(home)))
    return Roaming(tuple(places), wanted, np.append(columns, np.full(more, -1)), np.append(loads, np.ones(more)), len(cost))


def _homes(
    homes: Floats, cover: Floats, away: Integers, replicas: Integers, wanted: Floats, upper: Floats
) -> tuple[Integers, Floats, Floats] | None:
    """Returns by home the column away, its load and what is at home; None where rows are of another kind.

    Each has one column away, which may be all that is at home, and each replica carries there what it carries of all.
    """
    given = homes[:, away] != 0
    carried = homes[:, replicas]
    is_plain = np.all(given.sum(axis=0) == 1) and np.all(given.sum(axis=1) == 1) and np.all((carried != 0).sum(axis=0) <= 1)
    if not is_plain or np.any(cover[replicas] <= 0) or np.any((carried != 0) & (carried != cover[replicas])):
        return None
    columns = away[given.argmax(axis=1)]
    loads = homes[np.arange(len(homes)), columns]
    is_all = np.all(loads * upper[columns] >= wanted * (1 - SAME))
    return (columns, loads, wanted) if is_all else None


def _is_one_price(columns: Integers, loads: Floats, cost: Floats, uses: csr_matrix) -> bool:
    """Says whether load away costs and uses the same from every home, and earns nothing."""
    found = np.vstack([cost, uses.toarray()])[:, columns] / loads
    return bool(np.all(np.abs(found - found[:, :1]) <= SAME * found[:, :1]) and np.all(found >= 0))


def _stairs(
    uses: csr_matrix, is_node: Booleans, columns: Integers, capacity: Floats, wanted: float
) -> tuple[Staircase, ...] | None:
    """Returns the staircases of the replicas of one place; None where one stands on two links, or on parts of a unit."""
    theirs = csc_matrix(uses[:, columns])
    if np.any(np.diff(theirs.indptr) != 1) or not is_node[theirs.indices].all() or np.any(theirs.data != np.rint(theirs.data)):
        return None
    by_link: dict[int, list[Replica]] = {}
    for column, link, taken, given in zip(
        columns.tolist(), theirs.indices.tolist(), theirs.data.tolist(), capacity.tolist(), strict=True
    ):
        by_link.setdefault(link, []).append(Replica(column, -1, link, int(taken), given, 0.0))
    found = [staircase(link, 0.0, mine, wanted, np.inf) for link, mine in sorted(by_link.items())]
    if any(stair is None or not len(stair.taken) for stair in found):
        return None
    return tuple(stair for stair in found if stair is not None)
