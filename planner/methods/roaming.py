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
    loads: Floats
    """By workload: load of one unit of its traffic."""
    demands: Floats
    """By workload: its traffic."""
    home: Integers
    """By workload: position of its place."""
    traffic: Integers
    """(workload, place): column."""
    away: tuple[int, int]
    """A column of traffic served away from home, and the workload's column at home; the same twice where none may leave."""
    columns: int

    def away_usd(self, unit_usd: Floats) -> float:
        """Returns the price of a unit of load served away, at prices of the part's columns."""
        away, home = unit_usd[list(self.away)]
        return float(away - home) / float(self.loads[0])

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
    """Returns the part's columns: the replicas of a choice of steps, traffic at home first, the rest where there is room."""
    values, at = np.zeros(roaming.columns), 0
    room = np.zeros(len(roaming.places))
    for g, place in enumerate(roaming.places):
        for stair in place.stairs:
            if steps[at] >= 0:
                room[g] += float(stair.capacity[steps[at]])
                for position, count in stair.composition(int(steps[at])).items():
                    values[stair.replicas[position].column] += count
            at += 1
    missing = roaming.loads * roaming.demands
    for w, g in enumerate(roaming.home.tolist()):
        served = min(float(missing[w]), float(room[g]))
        values[roaming.traffic[w, g]] += served / roaming.loads[w]
        room[g] -= served
        missing[w] -= served
    for w in np.flatnonzero(missing > 0).tolist():
        for g in np.flatnonzero(room > 0).tolist():
            served = min(float(missing[w]), float(room[g]))
            values[roaming.traffic[w, g]] += served / roaming.loads[w]
            room[g] -= served
            missing[w] -= served
    return values


def roaming_of(
    matrix: csc_matrix, row_lower: Floats, row_upper: Floats, cost: Floats, lower: Floats, upper: Floats, is_integer: Booleans,
    uses: csr_matrix, is_node: Booleans,
) -> Roaming | None:  # fmt: skip
    """Returns a part as a roaming demand, or None where it is none; arguments as in `Part`, `is_node`: links counted in nodes."""
    is_demand = (row_lower > 0) & ((row_upper == row_lower) | np.isposinf(row_upper))
    is_capacity = np.isneginf(row_lower) & (row_upper == 0)
    traffic, replicas = np.flatnonzero(~is_integer), np.flatnonzero(is_integer)
    fits = np.all(is_demand | is_capacity) and len(traffic) and len(replicas) and not lower.any() and np.isposinf(upper).all()
    if not fits or len(traffic) != is_demand.sum() * is_capacity.sum() or cost[replicas].any():
        return None
    by_row = csr_matrix(matrix)
    asked, rows = by_row[is_demand].toarray(), by_row[is_capacity].toarray()
    read = _loads(asked[:, traffic], rows[:, traffic], traffic)
    gives = -rows[:, replicas]
    is_given = np.all((gives > 0).sum(axis=0) == 1) and not (gives < 0).any() and not asked[:, replicas].any()
    told = None if read is None or not is_given else _homes(read[0], read[1], cost, uses)
    if read is None or told is None:
        return None
    (column, loads, scale), demands = read, row_lower[is_demand]
    places, wanted, steps = [], float(loads @ demands), 0
    for g, mine in enumerate(gives > 0):
        stairs = _stairs(uses, is_node, replicas[mine], gives[g][mine] / scale[g], wanted)
        steps += sum(len(stair.taken) for stair in stairs or ())
        if stairs is None or steps > STEPS_MAX:
            return None
        places.append(Place(stairs, float(loads[told[0] == g] @ demands[told[0] == g])))
    return Roaming(tuple(places), wanted, loads, demands, told[0], column, told[1], len(cost))


def _loads(asked: Floats, carried: Floats, traffic: Integers) -> tuple[Integers, Floats, Floats] | None:
    """Returns the traffic column of every (workload, place), the load of a unit by workload, and a factor on it by place.

    `asked` and `carried`: the traffic's entries in demand rows and in capacity rows. None where a pair is missing, or loads
    are no product of the two.
    """
    is_pair = np.all((asked != 0).sum(axis=0) == 1) and np.all((carried != 0).sum(axis=0) == 1)
    if not is_pair or not np.all(asked[asked != 0] == 1.0) or (carried < 0).any():
        return None
    whose, where = asked.argmax(axis=0), carried.argmax(axis=0)
    column, table = np.full((len(asked), len(carried)), -1), np.zeros((len(asked), len(carried)))
    column[whose, where], table[whose, where] = traffic, carried[where, np.arange(len(traffic))]
    if (column < 0).any():
        return None
    loads, scale = table[:, 0], table[0] / table[0, 0]
    product = np.outer(loads, scale)
    return None if np.any(np.abs(table - product) > SAME * product) else (column, loads, scale)


def _homes(column: Integers, loads: Floats, cost: Floats, uses: csr_matrix) -> tuple[Integers, tuple[int, int]] | None:
    """Returns the home of every workload, and a column away and at home; None where prices of load are of another kind."""
    by_link = uses.toarray()
    many, places = column.shape
    found = np.vstack([cost, by_link])[:, column.ravel()] / np.repeat(loads, places)
    total = np.abs(found).sum(axis=0).reshape(many, places)
    home = total.argmin(axis=1)
    is_home = np.zeros((many, places), dtype=bool)
    is_home[np.arange(many), home] = True
    if np.abs(found[:, is_home.ravel()]).max(initial=0.0) > 0:
        return None
    others = found[:, ~is_home.ravel()]
    if others.size and (np.any(np.abs(others - others[:, :1]) > SAME * others[:, :1]) or (others < 0).any()):
        return None
    first = int(home[0])
    elsewhere = next((g for g in range(places) if g != first), first)
    return home, (int(column[0, elsewhere]), int(column[0, first]))


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
