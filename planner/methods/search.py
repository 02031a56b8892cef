"""What an outer approximation knows: cuts and patterns by cell, shared among cells of one shape; the best plan and bound."""

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy.optimize import linprog

from planner.methods.covering import Covering, covering
from planner.methods.guide import Guide
from planner.methods.master import Master
from planner.methods.oracle import Cut, Oracle, Pattern, Prices, price_of, proved_usd
from planner.methods.parts import Part, PartCut, parts_of
from planner.methods.result import Need, Whole
from planner.methods.segments import Key, Segments
from planner.methods.split import SUPPLYING, Split
from planner.solvers import Offers, Solution
from planner.solvers.problem import Floats

log = logging.getLogger(__name__)

SMALL_FLEET_NODES = 30
"""In fleets of up to this many nodes single ones decide."""
LARGE_FLEET_NODES = 40
"""Fleets of this many nodes and more have a relaxation so close that its own prices are the better guide."""
NOISE = 1e-6
"""Part of a cost by which an engine's bound may be above a plan: tolerances of both."""
TRACE = 1e-7
"""Values under this are the engine's tolerance: traffic so small may stand where no replica is."""


@dataclass
class Search:
    """The state of one search; costs in usd, offset of the program included."""

    split: Split
    oracles: Sequence[Oracle]
    segments: Segments
    guide: Guide
    bound: float
    demands: Sequence[int]
    """Demands of each cell."""
    cuts: list[list[Cut]] = field(default_factory=list)
    patterns: list[list[Pattern]] = field(default_factory=list)
    incumbent: float = float("inf")
    values: Floats | None = None
    """The best plan found, over all columns of the program."""
    asked: int = 0
    coverings: list[Covering | None] = field(default_factory=list)
    is_informed: bool = False
    """Whether it began with cuts and patterns of nearly the same program."""
    is_by_cuts: bool = True
    """Whether the bound is that of the relaxation or of a master under the cuts stored: what a certificate may claim."""
    are_cuts_false: bool = False
    """Whether a checked plan has shown one of the cuts stored to be false: none of them counts from there on."""
    priced: tuple[float, Sequence[Floats]] | None = None
    """A bound from prices better than the relaxation's, and the price of a unit of each link, by cell."""
    hull: list[PartCut] = field(default_factory=list)
    """Hull cuts that statements of the whole program are given as rows."""
    whole: Whole = Whole.NOTHING
    """What is whole in the statement that the best bound is of."""
    short: dict[str, float] = field(default_factory=dict)
    """By row that is scarce: the least share of what there is of it that plans but for it were met with."""
    offers: Offers = field(default_factory=Offers)
    """Where engines that solve the program's own columns are offered the best plan."""
    is_infeasible: bool = False
    """Whether it is proved that the whole program has no point."""
    need: Need | None = None
    """What every plan needs of what is scarce, where that proves it."""

    def __post_init__(self) -> None:
        self._bound_apart = self.bound  # usd: what is proved without the cuts stored
        self.coverings = [covering(oracle) for oracle in self.oracles]
        self.cuts = [[] for _ in self.oracles]
        self.patterns = [[] for _ in self.oracles]
        self._keeping = threading.Lock()
        self._easier = {
            i: [j for j, other in enumerate(self.oracles) if i != j and oracle.is_harder_than(other)]
            for i, oracle in enumerate(self.oracles)
        }
        self._harder: dict[int, list[int]] = {i: [j for j in self._easier if i in self._easier[j]] for i in self._easier}

    @cached_property
    def parts(self) -> list[tuple[Part, ...]]:
        """The parts of every cell."""
        return [parts_of(oracle, found) for oracle, found in zip(self.oracles, self.coverings, strict=True)]

    @property
    def fleet_nodes(self) -> float:
        """Nodes of the relaxation's fleet, each kind and place at its height."""
        return sum(self.guide.nodes_at_most.values())

    @property
    def is_small(self) -> bool:
        """Whether single nodes decide in the relaxation's fleet."""
        return self.fleet_nodes <= SMALL_FLEET_NODES

    @property
    def is_large(self) -> bool:
        """Whether the relaxation's fleet is large."""
        return self.fleet_nodes >= LARGE_FLEET_NODES

    @property
    def gap(self) -> float:
        """(incumbent - bound) / incumbent; infinite without a plan."""
        if not np.isfinite(self.incumbent):
            return float("inf")
        return (self.incumbent - self.bound) / max(abs(self.incumbent), 1e-9)

    def take(self, position: int, prices: Prices, solution: Solution) -> None:
        """Keeps an oracle's dual bound as a cut and its point as a pattern, for every cell they hold in."""
        self.asked += 1
        if solution.bound is not None:
            passes_on = self.oracles[position].passes_on(prices)
            for i in (position, *(self._harder[position] if passes_on else ())):
                self.cuts[i].append(Cut(prices, proved_usd(solution)))
        if solution.values is not None:
            self.take_point(position, solution.values)

    def take_point(self, position: int, values: Floats) -> Pattern:
        """Keeps a point of a cell (its kept columns first) as a pattern, for every cell it serves; returns it as it is there."""
        oracle = self.oracles[position]
        kept, cell = oracle.projected.kept, oracle.cell
        values = values[: len(kept)]
        values = np.clip(np.where(cell.is_integer[kept], np.rint(values), values), cell.lower[kept], cell.upper[kept])
        values = np.where(np.abs(values) < TRACE, 0.0, values)
        for i in (position, *self._easier[position]):
            self.keep_pattern(i, self.oracles[i].pattern(values))
        return oracle.pattern(values)

    def seed(self, values: Floats) -> None:
        """Keeps a first pattern of each cell: a relaxed point of the program with its integers rounded up, where that serves."""
        for i, oracle in enumerate(self.oracles):
            rounded = self.rounded(i, values[oracle.cell.columns][oracle.projected.kept])
            if rounded is not None:
                self.keep_pattern(i, rounded)

    def rounded(self, position: int, values: Floats) -> Pattern | None:
        """Returns a relaxed point of a cell's kept columns with its integers rounded up; None where that does not serve."""
        oracle = self.oracles[position]
        cell, p = oracle.cell, oracle.projected
        up = np.minimum(np.ceil(values - 1e-6), cell.upper[p.kept])
        point = np.where(cell.is_integer[p.kept], up, values)
        at = p.matrix @ point
        room = 1e-7 * (1 + np.abs(at))
        serves = np.all(at >= p.row_lower - room) and np.all(at <= p.row_upper + room)
        return oracle.pattern(point) if serves else None

    def keep_pattern(self, position: int, pattern: Pattern) -> None:
        """Keeps a pattern unless a known one needs no more; drops those that need no less."""
        known = self.patterns[position]
        cell = self.oracles[position].cell
        if any(pattern.nodes[cell.links[k].key] > cell.supply_max[k] for k in cell.node_links):
            return
        if not any(other.is_within(pattern) for other in known):
            self.patterns[position] = [*(other for other in known if not pattern.is_within(other)), pattern]

    def cheapest(self, position: int, prices: Prices) -> Pattern | None:
        """Returns the known pattern of a cell that is cheapest at prices."""
        known = self.patterns[position]
        return min(known, key=lambda p: price_of(p, prices, self.segments), default=None)

    def is_settled(self, position: int, prices: Prices, tolerance: float) -> bool:
        """Says whether known cuts already bound the cell at these prices within tolerance of its best known pattern."""
        oracle, cuts = self.oracles[position], [cut for cut in self.cuts[position] if cut.bound > 0]
        best = self.cheapest(position, prices)
        if best is None or not cuts or len(prices.amounts) or oracle.cost_range[0] < 0:
            return False
        used = np.array([s for key in oracle.keys for s in self.segments.of_key[key]], dtype=np.intp)
        rows = np.array([[*(-np.minimum(c.prices.segments[used], c.bound) / c.bound), -1.0 / c.bound] for c in cuts])
        upper = (self.segments.upper - self.segments.lower)[used]
        bounds = [*((0.0, float(u)) for u in upper), (0.0, None)]
        found = linprog(np.append(prices.segments[used], 1.0), A_ub=rows, b_ub=-np.ones(len(rows)), bounds=bounds, method="highs")
        above = price_of(best, prices, self.segments)
        return found.status == 0 and found.fun is not None and bool(found.fun >= (1 - tolerance) * above)

    def is_covered(self, position: int, nodes: Mapping[Key, int]) -> bool:
        """Says whether a known pattern of the cell needs no more nodes than these."""
        return any(all(count <= nodes.get(key, 0) for key, count in p.nodes.items()) for p in self.patterns[position])

    def held(self, values: Floats) -> list[dict[Key, int]]:
        """Returns the nodes by cell and key that the contracts of a point hold, rents apart."""
        problem, found = self.split.problem, []
        own = np.full(problem.columns, fill_value=False)
        own[self.split.master_columns] = [self.split.names[j] not in SUPPLYING for j in self.split.master_columns]
        given = -problem.activity(np.where(own, values, 0.0))
        for oracle in self.oracles:
            links = [oracle.cell.links[k] for k in oracle.cell.node_links]
            found.append({link.key: round(link.sign * float(given[link.row]) / link.quantum) for link in links})
        return found

    def keep_plan(self, contracts: Floats, chosen: Sequence[Pattern]) -> None:
        """Keeps a plan given by contracts (over all columns) and one pattern a cell, if it is the best and keeps every row."""
        self.keep(self.assembled(contracts, chosen))

    def assembled(self, contracts: Floats, chosen: Sequence[Pattern]) -> Floats:
        """Returns the point of the program of contracts and one pattern a cell; it may lack supply."""
        values = contracts.copy()
        for oracle, pattern in zip(self.oracles, chosen, strict=True):
            values[oracle.cell.columns] = oracle.projected.restore(pattern.values)
        values = np.where(self.split.problem.is_integer & ~self.split.is_simple, np.rint(values), values)
        return self._filled(values)

    def keep_told(self, values: Floats) -> bool:
        """Keeps an engine's point, its whole columns rounded, if it is the best and keeps every row.

        `values` may go on behind the program's own columns. Returns False where the point is better than the best plan and yet
        not kept: inside its bounds it breaks a row, as a tolerance on a column with a large coefficient is none on a row.
        """
        own = values[: self.split.problem.columns]
        whole = np.where(self.split.problem.is_integer, np.rint(own), own)
        self.keep(whole)
        usd = self.split.problem.objective(whole)
        return self.incumbent <= usd + NOISE * abs(usd)

    def keep(self, values: Floats) -> None:
        """Keeps a point of the program if it is the best and keeps every row."""
        values = np.clip(values, self.split.problem.column_lower, self.split.problem.column_upper)
        objective = self.split.problem.objective(values)
        if objective >= self.incumbent or self.split.problem.violation(values).largest > 1e-6:
            return
        with self._keeping:  # engines tell of theirs from threads of their own
            if objective >= self.incumbent:
                return
            self.incumbent, self.values = objective, values
            if self.is_by_cuts and objective < self.bound - NOISE * abs(self.bound):
                self._distrust_cuts()
            if objective >= self.bound - NOISE * abs(self.bound):  # a plan under it by more is a contradiction: it stays visible
                self.bound = min(self.bound, objective)
            self.offers.put(values)

    def prove(self, bound: float, is_by_cuts: bool = False, whole: Whole = Whole.ALL) -> None:
        """Raises the bound to what is proved, in usd; `is_by_cuts`: by a master under the cuts that are stored.

        `whole`: what is whole in the statement of the program that it is of.

        One above the best plan, which was checked row by row, by more than tolerances contradicts it and is not taken; where cuts
        say so, one of them is false, and nothing that they prove counts.
        """
        with self._keeping:
            if bound > self.incumbent + NOISE * abs(self.incumbent):
                log.warning("a bound of %.6g usd contradicts a checked plan of %.6g usd: not taken", bound, self.incumbent)
                if is_by_cuts:
                    self._distrust_cuts()
                return
            if is_by_cuts and self.are_cuts_false:
                return
            if not is_by_cuts:
                self._bound_apart = max(self._bound_apart, min(bound, self.incumbent))
            if bound > self.bound:
                self.bound, self.is_by_cuts, self.whole = min(bound, self.incumbent), is_by_cuts, whole

    def _distrust_cuts(self) -> None:
        """Takes back what is proved by the cuts stored, where the bound is theirs; the rest is kept."""
        self.are_cuts_false = True
        if self.is_by_cuts:
            self.bound, self.is_by_cuts, self.whole = self._bound_apart, False, Whole.ALL

    def _filled(self, values: Floats) -> Floats:
        """Returns the values with simple rents filled from the cheapest: what node links need beyond all other supply."""
        split, problem = self.split, self.split.problem
        filled = np.where(split.is_simple, 0.0, values)
        activity = problem.activity(filled)
        for link in split.links:
            if link.quantum <= 0:
                continue
            side = problem.row_upper[link.row] if link.sign > 0 else -problem.row_lower[link.row]
            need = int(np.ceil((link.sign * activity[link.row] - side) / link.quantum - 1e-6))
            for column in self._rents_of.get(link.row, ()):
                taken = min(max(0, need), int(min(split.upper[column], 2**31)))
                filled[column] = taken
                need -= taken
        return filled

    def with_permits(self, points: Sequence[Mapping[Key, int]], contracts: Floats) -> list[dict[Key, int]]:
        """Returns node counts by cell with all that contracts permit of what costs nothing (which options a site may host)."""
        held = self.held(contracts)
        rows = [[oracle.cell.links[k] for k in oracle.cell.node_links] for oracle in self.oracles]
        free = [{link.key for link in links if self.guide.is_permit(link)} for links in rows]
        return [
            {key: permitted[key] if key in mine else count for key, count in point.items()}
            for point, permitted, mine in zip(points, held, free, strict=True)
        ]

    @cached_property
    def _rents_of(self) -> dict[int, list[int]]:
        """Simple rents by link row, cheapest first."""
        problem = self.split.problem
        found: dict[int, list[int]] = {}
        simple = np.flatnonzero(self.split.is_simple)
        rows = {link.row for link in self.split.links}
        for column in simple[np.argsort(problem.cost[simple], kind="stable")].tolist():
            entries = problem.row_indices[problem.column_starts[column] : problem.column_starts[column + 1]]
            row = next(int(r) for r in entries if int(r) in rows)
            found.setdefault(row, []).append(column)
        return found


def take_plan(search: Search, master: Master, solution: Solution, patterns: Sequence[Sequence[Pattern]]) -> None:
    """Keeps the plan of a restricted master's point."""
    if solution.values is None:
        return
    contracts = np.zeros(search.split.problem.columns)
    kept = search.split.master_columns
    contracts[kept] = solution.values[master.places.contracts[kept]]
    picks = [int(np.argmax(solution.values[choices])) for choices in master.places.choices]
    search.keep_plan(contracts, [known[pick] for known, pick in zip(patterns, picks, strict=True)])
