r"""The next best fleets: cheapest first, each different, until none within a share of the best is left.

A fleet's parts are its offers, or what they are in kind (node type and contract). On a small fleet two are different where
other parts are in use: with z one where a part is,

.. math:: x_j \le most_j \cdot z_p, \qquad z_p \le \sum_{j \in p} x_j, \qquad
   \sum_{known} (1 - z) + \sum_{others} z \ge 1 \text{ for every set known}

On a large one that would list the same fleet with a node moved by a block. There two are different where some part has more or
less in one of them by a share of the plan's accelerator-hours. With u the accelerator-hours of a part over that share, and
:math:`u^k` those of a known fleet k,

.. math:: u_p \ge (u^k_p + 1) \cdot more^k_p, \qquad u_p + (most_p - u^k_p + 1) \cdot less^k_p \le most_p, \qquad
   \sum_p (more^k_p + less^k_p) \ge 1 \text{ for every k}

The list is complete where the last solve proves that no further fleet costs so little.
"""

import dataclasses
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy import sparse

from planner.methods import MethodSettings
from planner.plan.interval import Proved
from planner.plan.summary import money
from planner.program.compile import Compiled
from planner.studies.forced import Memory, Program, Row, with_columns, with_rows

RUNNERS_MAX = 50
HOLDS = ("rent", "commit")
SMALL_SHARE = 0.01
"""Parts of less than this share of the accelerator-hours are not told."""
SOLVES_EXPECTED = 5
"""Solves that share the time for a large fleet."""


class Bought(Protocol):
    """Nodes rented (offer, period, block, nodes) and ordered (offer, period, nodes)."""

    @property
    def rentals(self) -> pd.DataFrame:
        """Nodes rented."""

    @property
    def orders(self) -> pd.DataFrame:
        """Nodes ordered."""


@dataclass(frozen=True)
class Fleet:
    """A set of parts and the least cost found with exactly these in use."""

    parts: tuple[str, ...]
    objective_usd: float
    bound_usd: float | None
    nodes: Mapping[str, int]
    """Most nodes of any slot, by part."""
    hours: Mapping[str, float]
    """Accelerator-hours, by part."""


@dataclass(frozen=True)
class RunnerUps:
    """The fleets within a share of the plan's cost, cheapest first, the plan's own set of parts among them."""

    within_share: float
    level: str
    """`offers`: every offer is a part; `kinds`: node type and contract are."""
    least_share: float
    """Share of the plan's accelerator-hours by which two fleets differ in some part; 0: other parts are in use."""
    accelerator_hours: float
    """Of the plan."""
    fleets: tuple[Fleet, ...]
    is_complete: bool
    plan_usd: float | None = None
    """Cost of the plan."""

    @property
    def lines(self) -> list[str]:
        """The answer for people."""
        told = "all of them" if self.is_complete else "not proved to be all"
        apart = f", each apart by {self.least_share:.0%} of the accelerator-hours in some part" if self.least_share else ""
        found = [f"fleets within {self.within_share:.1%} of the plan, by {self.level}{apart} ({told}):"]
        return found + [
            f"  {money(one.objective_usd)}{' (the plan)' * self.is_plan(one)}: {self.words(one)}" for one in self.fleets
        ]

    def is_plan(self, fleet: Fleet) -> bool:
        """Says whether a fleet is the plan's own."""
        return bool(self.least_share) and fleet.objective_usd == self.plan_usd

    def words(self, fleet: Fleet) -> str:
        """Returns what a fleet has, or for all but the cheapest of a large plan what it has more and less of."""
        if not self.least_share or fleet is self.fleets[0]:
            return ", ".join(f"{fleet.nodes[part]} x {part}" for part in fleet.parts if self._share(fleet, part) >= SMALL_SHARE)
        first = self.fleets[0]
        parts = dict.fromkeys([*first.parts, *fleet.parts])
        shares = {part: (self._share(first, part), self._share(fleet, part)) for part in parts}
        least = max(SMALL_SHARE, self.least_share / 2)
        moved = [f"{part} {a:.0%} -> {b:.0%}" for part, (a, b) in shares.items() if abs(b - a) >= least]
        return f"of the accelerator-hours, {', '.join(moved)}"

    def _share(self, fleet: Fleet, part: str) -> float:
        return fleet.hours.get(part, 0.0) / self.accelerator_hours if self.accelerator_hours else 1.0

    def record(self) -> dict[str, Any]:
        """Returns the answer as plain JSON values."""
        fleets = [
            {**dataclasses.asdict(fleet), "text": self.words(fleet), "is_plan": self.is_plan(fleet)} for fleet in self.fleets
        ]
        return {**dataclasses.asdict(self), "fleets": fleets}


def runner_ups(
    program: Program, plan: Proved, settings: MethodSettings, memory: Memory, within_share: float = 0.02, level: str = "kinds",
    least_share: float = 0.0, decision: Bought | None = None, fleets_max: int = RUNNERS_MAX,
) -> RunnerUps:  # fmt: skip
    """Returns the fleets whose least cost is within a share of the plan's, each different.

    Parameters
    ----------
    settings
        of one solve; its time limit is that of all of them together
    least_share, decision
        how far fleets are apart, as a share of the accelerator-hours of the plan's own decision, which then is the first fleet
    """
    assert plan.objective_usd is not None
    deadline = time.monotonic() + settings.time_limit_s
    parts = _parts(program, level)
    ceiling = plan.objective_usd + within_share * abs(plan.objective_usd)
    fleets: list[Fleet] = [] if decision is None else [_fleet(program, level, decision, plan)]
    hours = sum(fleets[0].hours.values()) if fleets else 0.0
    least = least_share * hours
    compiled = _with_parts(program, parts) if not least else _apart(program.compiled, program, parts, fleets[0], least)
    is_complete = False
    while len(fleets) < fleets_max and (left_s := deadline - time.monotonic()) > 0:
        each_s = min(left_s, max(1.0, settings.time_limit_s / SOLVES_EXPECTED)) if least else left_s
        result = memory.solve(compiled, program.groups, dataclasses.replace(settings, time_limit_s=max(1.0, each_s)))
        bound = result.bound_usd
        is_complete = result.status == "infeasible" or (bound is not None and bound > ceiling)
        if is_complete or result.decision is None or result.objective_usd is None or result.objective_usd > ceiling * (1 + 1e-9):
            break
        fleet = _fleet(program, level, result.decision, Proved(result.objective_usd, bound))
        if any(fleet.parts == known.parts for known in fleets) and not least:
            break
        fleets.append(fleet)
        compiled = _apart(compiled, program, parts, fleet, least) if least else _without(compiled, parts, fleet)
    ordered = tuple(sorted(fleets, key=lambda fleet: fleet.objective_usd))
    return RunnerUps(within_share, level, least_share, hours, ordered, is_complete, plan.objective_usd)


def _parts(program: Program, level: str) -> dict[str, list[int]]:
    """Returns the columns of each part: rents and orders of an offer, or of a node type on a kind of contract."""
    found: dict[str, list[int]] = defaultdict(list)
    for j, (name, index) in enumerate(program.compiled.columns):
        if name in HOLDS:
            found[_part(program, index[0], level)].append(j)
    return dict(found)


def _part(program: Program, offer: str, level: str) -> str:
    row = program.groups.offers[offer]
    return offer if level == "offers" else f"{row['node_type']} {row['kind']}"


def _with_parts(program: Program, parts: Mapping[str, list[int]]) -> Compiled:
    """Returns the program with a binary a part, tied to its columns."""
    first = program.compiled.problem.columns
    compiled = with_columns(program.compiled, [("has", (part,)) for part in parts])
    rows: list[Row] = []
    for p, columns in enumerate(parts.values()):
        rows += [({j: 1.0, first + p: -_most(program, j)}, -np.inf, 0.0) for j in columns]
        rows.append(({first + p: 1.0, **dict.fromkeys(columns, -1.0)}, -np.inf, 0.0))
    return _added(compiled, rows, "parts")


def _apart(compiled: Compiled, program: Program, parts: Mapping[str, list[int]], fleet: Fleet, least: float) -> Compiled:
    """Returns the program with every fleet out of it that has about as much of every part as a known one."""
    first = compiled.problem.columns
    number = str(compiled.problem.rows)
    made = with_columns(compiled, [(word, (number, part)) for part in parts for word in ("more", "less")])
    rows: list[Row] = []
    for p, (part, columns) in enumerate(parts.items()):
        use = {j: hours / least for j in columns if (hours := _hours(program, j))}
        most, has = sum(share * _most(program, j) for j, share in use.items()), fleet.hours.get(part, 0.0) / least
        more, less = first + 2 * p, first + 2 * p + 1
        rows.append(({**use, more: -(has + 1.0)}, 0.0, np.inf))
        rows.append(({**use, less: most - has + 1.0}, -np.inf, most) if has >= 1.0 else ({less: 1.0}, -np.inf, 0.0))
    rows.append((dict.fromkeys(range(first, made.problem.columns), 1.0), 1.0, np.inf))
    return _added(made, rows, "apart")


def _added(compiled: Compiled, rows: Sequence[Row], name: str) -> Compiled:
    at = [(i, j, v) for i, (terms, _, _) in enumerate(rows) for j, v in terms.items()]
    shape = (len(rows), compiled.problem.columns)
    made = sparse.csc_matrix(([v for *_, v in at], ([i for i, _, _ in at], [j for _, j, _ in at])), shape=shape)
    lower, upper = (np.array([row[end] for row in rows], dtype=float) for end in (1, 2))
    start = compiled.problem.rows
    return with_rows(compiled, made, lower, upper, [f"{name}[{start + i}]" for i in range(len(rows))])


def _hours(program: Program, column: int) -> float:
    """Returns the accelerator-hours within the horizon that one node of a rent or an order gives."""
    g = program.groups
    name, index = program.compiled.columns[column]
    return float(g.offers[index[0]]["accelerators"]) * sum(g.hours[slot] for slot in _there(program, name, index))


def _most(program: Program, column: int) -> float:
    """Returns the most nodes that supply lets a rent or an order have."""
    offer = program.compiled.columns[column][1][0]
    return float(max((count for (name, _), count in program.groups.nodes_max.items() if name == offer), default=0))


def _fleet(program: Program, level: str, decision: Bought, found: Proved) -> Fleet:
    """Returns the fleet of a decision: its parts, the most nodes of each at a time and their accelerator-hours."""
    hours: dict[str, float] = defaultdict(float)
    slots: dict[tuple[str, str, str], int] = defaultdict(int)
    for name, frame in (("rent", decision.rentals), ("commit", decision.orders)):
        for *index, nodes in frame.itertuples(index=False, name=None):
            part, size = _part(program, index[0], level), float(program.groups.offers[index[0]]["accelerators"])
            for slot in _there(program, name, index):
                slots[part, *slot] += int(nodes)
                hours[part] += nodes * size * program.groups.hours[slot]
    most = {part: max(n for (p, _, _), n in slots.items() if p == part) for part in hours}
    assert found.objective_usd is not None
    return Fleet(tuple(hours), found.objective_usd, found.bound_usd, most, dict(hours))


def _there(program: Program, name: str, index: Sequence[str]) -> list[tuple[str, str]]:
    """Returns the slots in which nodes of a rent or an order are there."""
    if name == "rent":
        return [(index[1], index[2])]
    order = (index[0], index[1])
    return [slot for slot in program.groups.slots if order in program.groups.orders_alive.get((index[0], slot[0]), ())]


def _without(compiled: Compiled, parts: Mapping[str, list[int]], fleet: Fleet) -> Compiled:
    """Returns the program without one set of parts."""
    first = compiled.problem.columns - len(parts)
    row = {first + p: -1.0 if part in fleet.parts else 1.0 for p, part in enumerate(parts)}
    return _added(compiled, [(row, 1.0 - len(fleet.parts), np.inf)], "not again")
