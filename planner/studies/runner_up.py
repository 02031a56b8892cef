r"""The next best fleets: cheapest first, each with another set of parts, until none within a share of the best is left.

A fleet's parts are its offers, or what they are in kind (node type and contract). With u the accelerator-hours of a part, z
one where the fleet has it and t the least accelerator-hours that count as having it,

.. math:: u_p \le t + most_p \cdot z_p, \qquad u_p \ge t \cdot z_p, \qquad
   \sum_{known} (1 - z) + \sum_{others} z \ge 1 \text{ for every set known}

At t = 0 any node counts (then z <= number of nodes stands for the second row). On a large fleet t is a share of the plan's
accelerator-hours: without it the next best fleet would be the same one with a node moved by a block.

The list is complete where the last solve proves that no further set costs so little: every set of parts within the share
is in it, at its least cost to within the gap of the solves.
"""

import dataclasses
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from planner.methods import MethodSettings
from planner.plan.interval import Proved
from planner.plan.summary import money
from planner.program.compile import Compiled
from planner.program.extract import Decision
from planner.studies.forced import Memory, Program, with_columns, with_rows

RUNNERS_MAX = 50
HOLDS = ("rent", "commit")


@dataclass(frozen=True)
class Fleet:
    """A set of parts and the least cost found with exactly these in use."""

    parts: tuple[str, ...]
    objective_usd: float
    bound_usd: float | None
    nodes: Mapping[str, int]
    """Most nodes of any slot, by part; small parts that do not count are among them."""


@dataclass(frozen=True)
class RunnerUps:
    """The fleets within a share of the plan's cost, cheapest first, the plan's own set of parts among them."""

    within_share: float
    level: str
    """`offers`: every offer is a part; `kinds`: node type and contract are."""
    least_share: float
    """Share of the plan's accelerator-hours from which on a part counts; 0: every node does."""
    fleets: tuple[Fleet, ...]
    is_complete: bool

    @property
    def lines(self) -> list[str]:
        """The answer for people."""
        told = "all of them" if self.is_complete else "not proved to be all"
        small = f", parts under {self.least_share:.0%} of the accelerator-hours left out of account" if self.least_share else ""
        found = [f"fleets within {self.within_share:.1%} of the plan, by {self.level}{small} ({told}):"]
        first = set(self.fleets[0].parts) if self.fleets else set()
        for fleet in self.fleets:
            nodes = ", ".join(f"{fleet.nodes[part]} x {part}" for part in fleet.parts)
            without, new = sorted(first - set(fleet.parts)), sorted(set(fleet.parts) - first)
            change = "; ".join(f"{word} {', '.join(parts)}" for word, parts in (("without", without), ("with", new)) if parts)
            found.append(f"  {money(fleet.objective_usd)}: " + (f"{change} ({nodes})" if change else nodes))
        return found

    def record(self) -> dict[str, Any]:
        """Returns the answer as plain JSON values."""
        return dataclasses.asdict(self)


def runner_ups(
    program: Program, plan: Proved, settings: MethodSettings, memory: Memory, within_share: float = 0.02, level: str = "kinds",
    least_share: float = 0.0, fleets_max: int = RUNNERS_MAX, hours: float = 0.0,
) -> RunnerUps:  # fmt: skip
    """Returns the fleets whose least cost is within a share of the plan's, each with another set of parts.

    Parameters
    ----------
    settings
        of one solve; its time limit is that of all of them together
    least_share, hours
        a part counts from this share of `hours` accelerator-hours on
    """
    assert plan.objective_usd is not None
    deadline = time.monotonic() + settings.time_limit_s
    parts = _parts(program, level)
    least = least_share * hours
    ceiling = plan.objective_usd + within_share * abs(plan.objective_usd)
    compiled = _with_parts(program, parts, least)
    fleets: list[Fleet] = []
    is_complete = False
    while len(fleets) < fleets_max and (left_s := deadline - time.monotonic()) > 0:
        each = dataclasses.replace(
            settings, time_limit_s=max(1.0, left_s if least == 0 else min(left_s, settings.time_limit_s / 4))
        )
        result = memory.solve(compiled, program.groups, each)
        bound = result.bound_usd
        is_complete = result.status == "infeasible" or (bound is not None and bound > ceiling)
        if result.decision is None or result.objective_usd is None or is_complete:
            break
        if result.objective_usd > ceiling * (1 + 1e-9):
            break
        fleet = _fleet(program, parts, result.decision, Proved(result.objective_usd, bound), least)
        if any(fleet.parts == known.parts for known in fleets):
            break
        fleets.append(fleet)
        compiled = _without(compiled, parts, fleet)
    ordered = tuple(sorted(fleets, key=lambda f: f.objective_usd))
    return RunnerUps(within_share, level, least_share, ordered, is_complete)


def accelerator_hours(program: Program, nodes: pd.DataFrame) -> float:
    """Returns the accelerator-hours of a plan's nodes (offer, period, block, nodes)."""
    g = program.groups
    size = {name: float(row["accelerators"]) for name, row in g.offers.items()}
    rows = nodes[["offer", "period", "block", "nodes"]].itertuples(index=False, name=None)
    return float(sum(size[offer] * g.hours[period, block] * count for offer, period, block, count in rows))


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


def _with_parts(program: Program, parts: Mapping[str, list[int]], least: float) -> Compiled:
    """Returns the program with a binary a part, tied to its columns."""
    first = program.compiled.problem.columns
    compiled = with_columns(program.compiled, [("has", (part,)) for part in parts])
    rows: list[tuple[Mapping[int, float], float, float]] = []
    for p, columns in enumerate(parts.values()):
        z = first + p
        if least == 0:
            rows += [({j: 1.0, z: -_most(program, j)}, -np.inf, 0.0) for j in columns]
            rows.append(({z: 1.0, **dict.fromkeys(columns, -1.0)}, -np.inf, 0.0))
            continue
        use = {j: weight / least for j in columns if (weight := _hours(program, j))}
        most = sum(share * _most(program, j) for j, share in use.items())
        rows += [({**use, z: -most}, -np.inf, 1.0), ({**use, z: -1.0}, 0.0, np.inf)]
    return _added(compiled, rows, "parts")


def _added(compiled: Compiled, rows: Sequence[tuple[Mapping[int, float], float, float]], name: str) -> Compiled:
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


def _fleet(program: Program, parts: Mapping[str, list[int]], decision: Decision, found: Proved, least: float) -> Fleet:
    """Returns the fleet of a decision: parts that count, and the most nodes of each at a time."""
    level = "offers" if set(parts) <= set(program.groups.offers) else "kinds"
    columns = {key: j for j, key in enumerate(program.compiled.columns) if key[0] in HOLDS}
    hours: dict[str, float] = defaultdict(float)
    slots: dict[tuple[str, str, str], int] = defaultdict(int)
    frames = (("rent", decision.rentals), ("commit", decision.orders))
    for name, frame in frames:
        for *index, nodes in frame.itertuples(index=False, name=None):
            part = _part(program, index[0], level)
            hours[part] += nodes * _hours(program, columns[name, tuple(index)])
            for slot in _there(program, name, index):
                slots[part, *slot] += int(nodes)
    most = {part: max(n for (p, _, _), n in slots.items() if p == part) for part in parts if any(p == part for p, _, _ in slots)}
    names = tuple(part for part in parts if hours[part] > least * (1 + 1e-9) or (hours[part] > 0 and least == 0))
    assert found.objective_usd is not None
    return Fleet(names, found.objective_usd, found.bound_usd, most)


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
