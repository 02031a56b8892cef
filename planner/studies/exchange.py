r"""The most that one more unit can be worth, whatever the best plan is: a node on top of it, or one in another one's place.

Solving again tells a change only where it is larger than the gap. But one more replica never costs more than the node that it
would need, as long as there is such a node left to buy; and a node more of a supply never saves more than another node of its
type in its region would cost. That one is left to buy follows from multipliers y of the relaxation: with reduced costs
:math:`d = c - A^T y` and their bound L(y), a plan that costs no more than C has

.. math:: \sum_j d_j x_j \le C - L(y) \qquad (d_j > 0,\ \text{columns from 0})

so that offers cannot all be sold out whose caps take more than that: of offers by their cost, one of the first k with
:math:`\sum d_j \, cap_j > C - L(y)` has a node left, and it costs no more than the dearest of those. Only steps that no row but
that cap can forbid count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.methods import MethodSettings
from planner.plan.interval import Proved
from planner.program.groups import Slot
from planner.solvers import dual_bound
from planner.solvers.problem import Floats
from planner.studies.forced import Memory, Program

Step = Mapping[int, float]
"""By how much each column changes."""
Hosts = dict[tuple[Slot, str, str], list[int]]
"""Columns of a pool's replicas by slot, node type and place."""
Priced = tuple[float, float]
"""(cost of a step, reduced cost that selling out what it takes uses up)"""
LEAST_EFFECT = 1e-9
"""What a step changes a row by less than this is rounding."""
NOISE_SHARE = 1e-6
"""Of a plan's cost: what an engine's tolerances may add to a reduced cost."""


@dataclass(frozen=True, eq=False)
class Exchange:
    """A program, and what multipliers of its relaxation say of every plan that costs no more than a known one."""

    program: Program
    reduced_usd: Floats
    """Reduced costs, by column."""
    room_usd: float
    """What a plan's columns may take of them together."""

    @classmethod
    def of(cls, program: Program, plan: Proved, settings: MethodSettings, memory: Memory | None = None) -> "Exchange | None":
        """Returns what the relaxation says; None where it has no multipliers, or no plan is known."""
        problem = program.compiled.problem
        found = (memory or Memory()).relaxation(problem, settings)
        if found.row_duals is None or plan.objective_usd is None:
            return None
        bound = dual_bound(problem, found.row_duals, price_tolerance=NOISE_SHARE)
        side = np.where(found.row_duals > 0, problem.row_lower, problem.row_upper)
        reduced = problem.cost - problem.prices(np.where(np.isfinite(side), found.row_duals, 0.0))
        return cls(program, reduced, plan.objective_usd - bound + NOISE_SHARE * abs(plan.objective_usd))

    def replica_usd(self, pool: str) -> float | None:
        """The most that one more replica of a pool costs in every slot that has a least number of them; None: not known."""
        slots = [(key[1], key[2]) for family, key in self._rows if family == "minimum_replicas" and key[0] == pool]
        if not slots:
            return None
        hosts: Hosts = {}
        for j in self._named("deploy"):
            if self._index(j)[0] == pool:
                _, option, place, *_ = self._index(j)
                hosts.setdefault((self._slot(j), str(self.program.groups.options[option]["node_type"]), place), []).append(j)
        by_slot = [self._left(self._rents(slot, hosts)) for slot in slots]
        most = _least([_total(by_slot), self._left(self._contracts(slots, hosts))])
        return None if most is None else max(0.0, most)

    def node_usd(self, offer: str) -> float | None:
        """The most that one more node of a rented offer saves, in every slot; None: not known."""
        mine = [j for j in self._named("rent") if self._index(j)[0] == offer]
        if not mine:
            return None
        cost = self.program.compiled.problem.cost
        saved: list[float | None] = []
        for j in mine:
            others = [(usd, used) for k, usd, used in self._rented(self._slot(j)) if k != j and self._is_like(k, j)]
            dearest = self._left(others)
            saved.append(None if dearest is None else max(0.0, dearest - float(cost[j])))
        return _total(saved)

    def _left(self, offers: Iterable[Priced]) -> float | None:
        """Returns what the dearest of the cheapest offers costs that cannot all be sold out; None where all may be."""
        used = 0.0
        for usd, taken in sorted(offers):
            used += taken
            if used > self.room_usd:
                return usd
        return None

    def _rents(self, slot: Slot, hosts: Hosts) -> list[Priced]:
        """Returns the nodes for rent in a slot on which a replica may be put, with the replica."""
        hosted = [(self._host({k: 1.0}, slot, hosts, self._index(k)[0]), k, used) for k, _, used in self._rented(slot)]
        return [(self._usd({k: 1.0, j: 1.0}), used) for j, k, used in hosted if j is not None]

    def _rented(self, slot: Slot) -> list[tuple[int, float, float]]:
        """Returns the columns of nodes for rent in a slot, each with its cost and what selling it out uses up."""
        found = []
        for k in self._named("rent"):
            if self._slot(k) == slot:
                cap = self.program.groups.nodes_max[self._index(k)[0], slot[0]]
                found.append((k, self._usd({k: 1.0}), max(0.0, float(self.reduced_usd[k])) * cap))
        return found

    def _contracts(self, slots: Sequence[Slot], hosts: Hosts) -> list[Priced]:
        """Returns the contracts that cover all of some slots, each with a replica in every one of them on its node."""
        groups, found = self.program.groups, []
        for k in self._named("commit"):
            order = (self._index(k)[0], self._index(k)[1])
            alive = [t for t in groups.periods if order in groups.orders_alive.get((order[0], t), ())]
            if not {t for t, _ in slots} <= set(alive):
                continue
            node: Step = {k: 1.0, **{self._place["hold", (order[0], t)]: 1.0 for t in alive}}
            picked = [self._host(node, slot, hosts, order[0]) for slot in slots]
            if all(j is not None for j in picked):
                found.append(
                    (self._usd({**node, **{j: 1.0 for j in picked if j is not None}}), self._sold_out_usd(order[0], alive))
                )
        return found

    def _host(self, node: Step, slot: Slot, hosts: Hosts, offer: str) -> int | None:
        """Returns the cheapest column of a replica that a node may carry in a slot, if any."""
        row = self.program.groups.offers[offer]
        fits = [j for j in hosts.get((slot, str(row["node_type"]), row["region"]), ()) if self._is_free({**node, j: 1.0})]
        return min(fits, key=lambda j: self._usd({j: 1.0}), default=None)

    def _sold_out_usd(self, offer: str, periods: Sequence[str]) -> float:
        """Returns the least reduced cost that orders of an offer take where one of some periods is sold out."""
        groups = self.program.groups
        orders = {t: [self._place["commit", order] for order in groups.orders_alive[offer, t]] for t in periods}
        return min(groups.nodes_max[offer, t] * max(0.0, float(self.reduced_usd[js].min())) for t, js in orders.items())

    def _is_free(self, step: Step) -> bool:
        """Says whether no row but a supply cap can forbid a step, whatever the plan."""
        problem, effect = self.program.compiled.problem, dict[int, float]()
        for j, by in step.items():
            if by > 0 and np.isfinite(problem.column_upper[j]):
                return False
            entries = slice(problem.column_starts[j], problem.column_starts[j + 1])
            for i, value in zip(problem.row_indices[entries].tolist(), problem.values[entries].tolist(), strict=True):
                effect[i] = effect.get(i, 0.0) + by * value
        moved = [(i, by) for i, by in effect.items() if abs(by) >= LEAST_EFFECT and self._rows[i][0] != "supply"]
        return not any(np.isfinite((problem.row_upper if by > 0 else problem.row_lower)[i]) for i, by in moved)

    def _is_like(self, column: int, other: int) -> bool:
        """Says whether a node may stand in another one's place."""
        return self._is_free({column: 1.0, other: -1.0})

    def _usd(self, step: Step) -> float:
        cost = self.program.compiled.problem.cost
        return sum(float(cost[j]) * by for j, by in step.items())

    def _index(self, column: int) -> tuple[str, ...]:
        return self.program.compiled.columns[column][1]

    def _slot(self, column: int) -> Slot:
        return self._index(column)[-2], self._index(column)[-1]

    def _named(self, name: str) -> list[int]:
        return self._columns.get(name, [])

    @cached_property
    def _columns(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for j, (name, _) in enumerate(self.program.compiled.columns):
            found.setdefault(name, []).append(j)
        return found

    @cached_property
    def _place(self) -> dict[tuple[str, tuple[str, ...]], int]:
        return {column: j for j, column in enumerate(self.program.compiled.columns)}

    @cached_property
    def _rows(self) -> list[tuple[str, tuple[str, ...]]]:
        names = [name[:-1].partition("[") for name in self.program.compiled.problem.row_names]
        return [(family, tuple(index.split(","))) for family, _, index in names]


def _total(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _least(values: Sequence[float | None]) -> float | None:
    return min((value for value in values if value is not None), default=None)
