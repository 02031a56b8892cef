"""Cells: the parts of the program that commitments alone tie together, one for each slot and connected set of regions."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.methods.assembly import Assembly
from planner.methods.segments import Segments
from planner.program.groups import Bay, Groups, Slot
from planner.solvers import Problem
from planner.units import SECONDS_PER_HOUR

Deploy = tuple[str, str, str]
"""(pool, option, place)"""
Serve = tuple[str, str, str]
"""(workload, option, place)"""


@dataclass(frozen=True)
class Pattern:
    """A way to serve a cell: whole nodes by bay, the replicas and the traffic on them, and the egress it costs."""

    nodes: Mapping[Bay, int]
    replicas: Mapping[Deploy, int]
    served: Mapping[Serve, float]
    egress_usd: float


@dataclass(frozen=True)
class Cell:
    """One slot of one connected set of regions: X = {N <= nodes_max : replicas on N nodes by bay serve it}, egress beside."""

    slot: Slot
    demand: Mapping[str, float]
    deploys: Sequence[Deploy]
    serves: Sequence[Serve]
    bays: Sequence[Bay]
    hours: float
    nodes_max: Mapping[Bay, int]
    """All the nodes that supply lets a bay have in the cell's period."""
    groups: Groups

    def covers(self, other: "Cell") -> bool:
        """Says whether every pattern of this cell serves `other` at no more egress: less traffic, fewer hours, no less supply.

        Then X(self) is within X(other), and a lower bound of `other` at given prices is one of this cell: scale the
        traffic of a pattern of this cell down to `other`'s demand.
        """
        if self.bays != other.bays or self.serves[: len(other.serves)] != other.serves or len(self.serves) != len(other.serves):
            return False
        is_less = all(other.demand[w] <= rate for w, rate in self.demand.items())
        is_less = is_less and all(count <= other.nodes_max[bay] for bay, count in self.nodes_max.items())
        return is_less and (other.hours <= self.hours or not self._priced())

    def _priced(self) -> list[Serve]:
        egress, region = self.groups.egress_usd_per_request, self.groups.region_of
        return [s for s in self.serves if egress[s[0], region[s[2]]] > 0]

    @property
    def egress_max_usd(self) -> float:
        """The most egress that any way to serve the cell can cost: every workload on its dearest route."""
        dearest: dict[str, float] = {}
        for serve in self.serves:
            dearest[serve[0]] = max(dearest.get(serve[0], 0.0), self.egress_usd(serve))
        return sum(price * self.demand[workload] for workload, price in dearest.items())

    def egress_usd(self, serve: Serve) -> float:
        """Returns the egress of one request per second of a route over the slot's hours."""
        rate = self.groups.egress_usd_per_request[serve[0], self.groups.region_of[serve[2]]]
        return rate * SECONDS_PER_HOUR * self.hours


def cells(groups: Groups) -> list[Cell]:
    """Returns the cells of a program without replicas over several nodes."""
    component = _components(groups)
    found = []
    for slot in groups.slots:
        routes = [r for r in groups.routes if (r[3], r[4]) == slot]
        for name in dict.fromkeys(component[groups.region_of[r[2]]] for r in routes):
            serves = [(r[0], r[1], r[2]) for r in routes if component[groups.region_of[r[2]]] == name]
            deploys = list(dict.fromkeys((groups.pool_of[w], o, p) for w, o, p in serves))
            bays = sorted({groups.bay_of[o, p] for _, o, p in deploys})
            demand = {w: groups.demand[w, *slot] for w, _, _ in serves}
            nodes_max = {bay: sum(groups.nodes_max[f, slot[0]] for f in groups.offers_of_bay[bay]) for bay in bays}
            found.append(Cell(slot, demand, deploys, serves, bays, groups.hours[slot], nodes_max, groups))
    return found


def _components(groups: Groups) -> dict[str, str]:
    """Returns a representative of each region's connected set: regions that share a workload or a pool are one."""
    parent = {region: region for region in groups.region_of.values()}

    def root(region: str) -> str:
        while parent[region] != region:
            region = parent[region]
        return region

    first: dict[str, str] = {}
    for workload, _, place, _, _ in groups.routes:
        region = groups.region_of[place]
        seen = first.setdefault(groups.pool_of[workload], region)
        parent[root(region)] = root(seen)
    return {region: root(region) for region in parent}


def cell_problem(cell: Cell, segments: Segments, prices: np.ndarray) -> tuple[Problem, Assembly]:
    """Returns the oracle V(p) = min p.u(N) + egress over the cell: segment prices p in usd, N = sum of segments.

    A later segment cheaper than an earlier one is only entered when the earlier one is full (a binary each).
    """
    m = Assembly()
    _add_traffic(m, cell)
    for bay in cell.bays:
        uses = [
            (("deploy", d), float(cell.groups.options[d[1]]["gpus"]))
            for d in cell.deploys
            if cell.groups.bay_of[d[1], d[2]] == bay
        ]
        size = float(cell.groups.accelerators[bay[0]])
        parts = _add_segments(m, bay, segments, prices, cell.nodes_max[bay])
        m.row([*uses, *((part, -size) for part in parts)], upper=0.0)
    return m.problem(), m


def _add_traffic(m: Assembly, cell: Cell) -> None:
    """Adds replicas and traffic; a dedicated workload without egress needs no traffic columns: replicas cover its demand."""
    g = cell.groups
    members = Counter(g.pool_of.values())
    for deploy in cell.deploys:
        m.column(("deploy", deploy))
    for serve in cell.serves:
        price = cell.egress_usd(serve)
        if price > 0 or members[g.pool_of[serve[0]]] > 1:
            m.column(("serve", serve), price, is_integer=False)
    for workload, rate in cell.demand.items():
        m.row([_carried(m, cell, serve) for serve in cell.serves if serve[0] == workload], lower=rate)
    for deploy in cell.deploys:
        _add_capacity(m, cell, deploy)
    for pool, least in g.replicas_min.items():
        mine = [(("deploy", d), 1.0) for d in cell.deploys if d[0] == pool]
        if mine:
            m.row(mine, lower=float(least))


def _carried(m: Assembly, cell: Cell, serve: Serve) -> tuple[Hashable, float]:
    """Returns what a route adds to its workload's demand row: its traffic column, else what its replicas can carry."""
    if ("serve", serve) in m.index:
        return ("serve", serve), 1.0
    g = cell.groups
    return ("deploy", (g.pool_of[serve[0]], serve[1], serve[2])), g.utilisation_max * g.requests_per_s[serve[0], serve[1]]


def _add_capacity(m: Assembly, cell: Cell, deploy: Deploy) -> None:
    """Adds the capacity row of replicas that have traffic columns."""
    g = cell.groups
    mine = [s for s in cell.serves if ("serve", s) in m.index and (g.pool_of[s[0]], s[1], s[2]) == deploy]
    if mine:
        busy = [(("serve", s), 1.0 / g.requests_per_s[s[0], s[1]]) for s in mine]
        m.row([*busy, (("deploy", deploy), -g.utilisation_max)], upper=0.0)


def _add_segments(m: Assembly, bay: Bay, segments: Segments, prices: np.ndarray, nodes_max: int) -> list[tuple[str, int]]:
    """Adds the segment columns of a bay, merged where prices are equal, and the order that cheaper later ones need."""
    parts = segments.merged(bay, prices, nodes_max)
    keys = [("u", part.first) for part in parts]
    for key, part in zip(keys, parts, strict=True):
        m.column(key, part.price, part.width)
    for j in range(len(parts) - 1):
        if min(part.price for part in parts[j + 1 :]) < parts[j].price:
            m.column(("full", parts[j].first), upper=1.0)
            m.row([(keys[j], 1.0), (("full", parts[j].first), -parts[j].width)], lower=0.0)
            m.row([(keys[j + 1], 1.0), (("full", parts[j].first), -parts[j + 1].width)], upper=0.0)
    return keys


def read_pattern(cell: Cell, m: Assembly, values: np.ndarray) -> Pattern:
    """Returns the pattern of an oracle's point: replicas rounded, nodes the fewest that hold them, traffic spread."""
    g = cell.groups
    replicas = {d: round(float(values[m.index["deploy", d]])) for d in cell.deploys}
    replicas = {d: count for d, count in replicas.items() if count > 0}
    nodes = dict.fromkeys(cell.bays, 0)
    for (_, option, place), count in replicas.items():
        nodes[g.bay_of[option, place]] += count * g.options[option]["gpus"]
    nodes = {bay: -(-used // g.accelerators[bay[0]]) for bay, used in nodes.items()}
    served: dict[Serve, float] = {}
    for workload, rate in cell.demand.items():
        served |= _spread(cell, m, values, replicas, workload, rate)
    egress = sum(rate * cell.egress_usd(serve) for serve, rate in served.items())
    return Pattern(nodes, replicas, served, egress)


def _spread(
    cell: Cell, m: Assembly, values: np.ndarray, replicas: Mapping[Deploy, int], workload: str, rate: float
) -> dict[Serve, float]:
    """Returns a workload's traffic by route: columns where they exist, the rest in proportion to the replicas' capacity."""
    g = cell.groups
    mine = [s for s in cell.serves if s[0] == workload and (g.pool_of[workload], s[1], s[2]) in replicas]
    fixed = {s: max(0.0, float(values[m.index["serve", s]])) for s in mine if ("serve", s) in m.index}
    room = {
        s: g.utilisation_max * g.requests_per_s[workload, s[1]] * replicas[g.pool_of[workload], s[1], s[2]]
        for s in mine
        if s not in fixed
    }
    rest = rate - sum(fixed.values())
    if room and rest > 0:
        scale = rest / sum(room.values())
        fixed |= {s: capacity * scale for s, capacity in room.items()}
    total = sum(fixed.values())
    return {s: v * rate / total for s, v in fixed.items() if v > 1e-9 * rate}


def scaled(pattern: Pattern, cell: Cell) -> Pattern:
    """Returns a pattern of a heavier cell with its traffic scaled down to this cell's demand."""
    total: dict[str, float] = {}
    for (workload, _, _), rate in pattern.served.items():
        total[workload] = total.get(workload, 0.0) + rate
    served = {s: rate * cell.demand[s[0]] / total[s[0]] for s, rate in pattern.served.items()}
    return Pattern(pattern.nodes, pattern.replicas, served, sum(rate * cell.egress_usd(s) for s, rate in served.items()))
