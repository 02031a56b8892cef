"""The ways of every demand met so far, by cell, and what a choice of them is as a pattern of the cell."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.methods.covering import Covering, Demand
from planner.methods.oracle import Oracle, Pattern
from planner.methods.ways import Priced, Way, cheapest_way, taken_by_link, traffic_usd
from planner.solvers.problem import Floats


@dataclass(frozen=True, eq=False)
class KnownWay:
    """A way, what it takes of each node link of its cell, and what its traffic costs."""

    way: Way
    taken: Floats
    usd: float


class WayPool:
    """Ways by cell and demand; grows while a method runs."""

    def __init__(self, oracles: Sequence[Oracle], coverings: Sequence[Covering]) -> None:
        self.oracles, self.coverings = oracles, coverings
        self.known: list[list[dict[Way, KnownWay]]] = [[{} for _ in covering.demands] for covering in coverings]

    def add(self, cell: int, demand: int, way: Way) -> bool:
        """Keeps a way; says whether it is new."""
        ways = self.known[cell][demand]
        if way in ways:
            return False
        asked = self.coverings[cell].demands[demand]
        taken = taken_by_link(asked, way, len(self.oracles[cell].keys))
        ways[way] = KnownWay(way, taken, traffic_usd(asked, way))
        return True

    def price(self, cell: int, mu: Floats) -> tuple[list[Priced | None], int]:
        """Returns the cheapest way of each demand of a cell, and how many of them are new; they are kept."""
        found = [cheapest_way(demand, mu) for demand in self.coverings[cell].demands]
        return found, sum(self.add(cell, w, one.way) for w, one in enumerate(found) if one is not None)

    def pattern(self, cell: int, chosen: Sequence[Way]) -> Pattern:
        """Returns the pattern of a cell that serves each demand in its chosen way."""
        oracle = self.oracles[cell]
        values = np.zeros(len(oracle.projected.kept))
        for demand, way in zip(self.coverings[cell].demands, chosen, strict=True):
            _fill(values, demand, way)
        return oracle.pattern(values)


def _fill(values: Floats, demand: Demand, way: Way) -> None:
    """Writes a way's replicas, and its traffic from the cheapest staircase on, into the values of a cell's kept columns."""
    missing = demand.wanted
    for i in way:
        stair = demand.stairs[int(demand.flat.stair[i])]
        for position, count in stair.composition(int(demand.flat.step[i])).items():
            replica = stair.replicas[position]
            values[replica.column] += count
            carried = min(missing, count * replica.capacity)
            if replica.traffic >= 0:
                values[replica.traffic] += carried
            missing -= carried
