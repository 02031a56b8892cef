"""Fix and optimise: a few parts, cells or kinds of node set free in the best plan, all else held, contracts mostly free.

A neighbourhood is a choice of *bundles* (one part of one cell): all cells of some parts, all parts of some cells, or the parts
that stand on one kind of node, so that it can be given up. The program with all other bundles fixed goes to one process, from the
best point; its answer, if better, is the new best point. How much is set free follows what processes finish in their time. What
is found is a plan and is checked as one; nothing here proves a bound.
"""

import dataclasses
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from planner.methods.crew import given
from planner.methods.split import SUPPLYING
from planner.methods.started import Started, Underway, keep_point, unnamed
from planner.solvers import Problem, Settings, Solution
from planner.solvers.problem import Booleans, Floats, Integers

log = logging.getLogger(__name__)

POLL_S = 0.25
"""Seconds after which who waits for neighbourhoods looks whether the gap is met: the bound grows beside them."""
FREE_FIRST = 400
"""Whole columns that a neighbourhood sets free at first."""
GROW, SHRINK = 1.3, 0.8
"""Factors on that number: after a neighbourhood solved in half its time, and after one that its time cut short."""
SECONDS_SHARE, SECONDS_LEAST = 0.06, 3.0
"""Share of the time left at the start that one neighbourhood may take, and the least."""
FEASIBLE = 1e-6
"""Largest relative violation of a point that is kept."""
T = TypeVar("T")

KINDS = ("parts", "cells", "node")
REACH, REACH_SHARE = 3.0, 0.15
"""How far a whole column may move from where it is: with no limit near, engines spend seconds on bounds."""
WITHIN_CELLS = frozenset({"cells", "wanted"})
CONTRACTS_GAP = 1e-3
"""Relative gap of the choice of contracts beside given cells."""
HUNT_GAP = 2e-5
"""Relative gap at which a neighbourhood is done, whatever gap is asked for: what one can gain is a small share of the whole."""
HELD_SHARE = 0.5
"""So often a neighbourhood within cells leaves commitments as they are: cells then are independent, and soon solved."""


@dataclass(frozen=True, eq=False)
class Bundle:
    """Columns of one part of one cell, in the program; parts of one name are the same in every slot."""

    cell: int
    name: int
    columns: Integers
    whole: int
    """How many of them are whole."""
    keys: tuple[tuple[str, ...], ...]
    """Node links that it may use."""
    uses: tuple[Integers, ...]
    """By key: its columns that use it."""


@dataclass
class Hunt(Underway):
    """One run of neighbourhoods over a program (perhaps with rows of its own) from the search's best plan."""

    problem: Problem
    point: Floats
    usd: float
    bundles: Sequence[Bundle]
    draw: np.random.Generator
    seconds: float
    wanting: Callable[[Floats], list[set[int]]] | None = None
    """Gives choices of bundles (by position) that a point asks for by itself; every second neighbourhood takes one of them."""
    is_of_plan: bool = True
    """Whether it began at the search's best plan."""
    stale: int = 0
    """Neighbourhoods since the last better point."""
    free: dict[str, float] = field(default_factory=lambda: dict.fromkeys((*KINDS, "wanted"), float(FREE_FIRST)))
    running: dict["Future[Solution]", tuple[str, bool]] = field(default_factory=dict)


def bundles_of(started: Started) -> list[Bundle]:
    """Returns every part of every cell as a bundle."""
    numbers: dict[frozenset[tuple[str, ...]], int] = {}
    found = []
    for i, (oracle, mine) in enumerate(zip(started.search.oracles, started.search.parts, strict=True)):
        for part in mine:
            columns = oracle.cell.columns[oracle.projected.kept[part.columns]]
            told = [started.compiled.columns[j] for j in columns.tolist()]
            name = frozenset((variable, *index[:-2]) for variable, index in told)
            node_links = [k for k in part.links.tolist() if oracle.cell.links[k].quantum > 0]
            keys = tuple(oracle.cell.links[k].key for k in node_links)
            uses = tuple(columns[part.uses[k].indices] for k in node_links)
            found.append(Bundle(i, numbers.setdefault(name, len(numbers)), columns, int(part.is_integer.sum()), keys, uses))
    return found


def bundled(started: Started) -> tuple[Problem, list[Bundle]]:
    """Returns the program without its names, and the parts of its cells as bundles."""
    return unnamed(started.search.split.problem), bundles_of(started)


def hunt(
    started: Started, problem: Problem, bundles: Sequence[Bundle], left_s: Callable[[], float], processes: Callable[[], int],
    point: Floats | None = None, is_done: Callable[[Hunt], bool] = lambda run: False,
    wanting: Callable[[Floats], list[set[int]]] | None = None,
) -> Floats | None:  # fmt: skip
    """Improves a point (the search's best plan, unless given) until no time is left, the gap is met or `is_done`; returns it.

    `problem` holds every plan that the program does: it may have rows that cut off fractions alone, and columns behind the
    program's own. `processes` says how many may be used at the moment.
    """
    search, settings = started.search, started.settings
    first = search.values if point is None else point
    if first is None or not bundles:
        return first
    seconds = max(SECONDS_LEAST, SECONDS_SHARE * left_s())
    draw = np.random.default_rng(settings.seed)
    run = Hunt(started, problem, first, problem.objective(first), bundles, draw, seconds, wanting, point is None)
    while True:
        is_open = left_s() > 0.5 and not is_done(run)
        while is_open and len(run.running) < processes():
            _submit(run, min(run.seconds, left_s()))
        if not run.running or search.gap <= settings.relative_gap:
            return run.point
        _absorb(run)


def hunt_beside(started: Started, problem: Problem, bundles: Sequence[Bundle], other: "Future[Solution]") -> None:
    """Improves the best plan in the processes that another task leaves idle, until that is done."""
    if started.crew.size > 1:
        hunt(started, problem, bundles, lambda: 0.0 if other.done() else started.left_s, lambda: started.crew.size - 1)


def best_contracts(started: Started, problem: Problem, bundles: Sequence[Bundle], point: Floats, seconds: float) -> Floats:
    """Returns a point with the best contracts found for what its cells do."""
    near = _near(problem, point, _fixed(problem, bundles, ()), np.inf)
    asked = Settings(
        started.settings.solver,
        max(0.5, seconds),
        relative_gap=CONTRACTS_GAP,
        threads=1,
        seed=started.settings.seed,
        log=False,
    )
    (found,) = started.crew.solve([(given(near), asked)])
    if found.values is None:
        return point
    values: Floats = np.where(problem.is_integer, np.rint(found.values), found.values)
    is_better = problem.objective(values) < problem.objective(point) or problem.violation(point).largest > FEASIBLE
    return values if is_better and problem.violation(values).largest <= FEASIBLE else point


def _fixed(problem: Problem, bundles: Sequence[Bundle], free: Sequence[Bundle]) -> Booleans:
    """Returns which columns stay as they are when some bundles are free: those of all others."""
    fixed = np.zeros(problem.columns, dtype=bool)
    for bundle in bundles:
        fixed[bundle.columns] = True
    for bundle in free:
        fixed[bundle.columns] = False
    return fixed


def _near(problem: Problem, point: Floats, fixed: Booleans, reach: float) -> Problem:
    """Returns the program with some columns fixed at a point and whole ones near it."""
    far = np.where(problem.is_integer, np.maximum(reach, np.ceil(REACH_SHARE * np.abs(point))), np.inf)
    return dataclasses.replace(
        problem, column_lower=np.where(fixed, point, np.maximum(problem.column_lower, point - far)),
        column_upper=np.where(fixed, point, np.minimum(problem.column_upper, point + far)), start=point,
    )  # fmt: skip


def _catch_up(run: Hunt) -> None:
    """Goes on from the search's best plan where that is better: engines beside it tell of theirs."""
    best = run.search.values
    if not run.is_of_plan or best is None or best.size != run.point.size:
        return
    usd = run.problem.objective(best)
    if usd < run.usd and run.problem.violation(best).largest <= FEASIBLE:
        run.point, run.usd, run.stale = best, usd, 0


def _submit(run: Hunt, seconds: float) -> None:
    _catch_up(run)
    wanted = run.wanting(run.point) if run.wanting is not None and run.draw.random() < 0.5 else []
    kind = "wanted" if wanted else _one(run, KINDS)
    first = _one(run, wanted) if wanted else set()
    chosen = _wanted(run, first) if wanted else _chosen(run, kind)
    problem, point = run.problem, run.point
    fixed = _fixed(problem, run.bundles, chosen)
    if kind in WITHIN_CELLS and run.draw.random() < HELD_SHARE:
        split = run.search.split
        fixed[split.master_columns] = [split.names[j] not in SUPPLYING for j in split.master_columns]
    near = _near(problem, point, fixed, REACH)
    settings = run.started.settings
    asked = Settings(
        settings.solver, max(0.5, seconds), relative_gap=HUNT_GAP, threads=1,
        seed=int(run.draw.integers(2**20)), log=False,
    )  # fmt: skip
    future = run.started.crew.submit((given(near), asked))
    run.running[future] = (kind, len(chosen) == len(run.bundles))


def _chosen(run: Hunt, kind: str) -> list[Bundle]:
    """Returns bundles at random, of one kind of choice, up to the whole columns that may be free."""
    bundles, room = run.bundles, run.free[kind]
    if kind == "cells":
        order = _shuffled(run, {b.cell for b in bundles})
        groups = [[b for b in bundles if b.cell == cell] for cell in order]
    else:
        first = _users(run) if kind == "node" else set()
        names = [*_shuffled(run, first), *_shuffled(run, {b.name for b in bundles} - first)]
        groups = [[b for b in bundles if b.name == name] for name in names]
    found: list[Bundle] = []
    for group in groups:
        if found and _whole(found) + _whole(group) > room:
            break
        found += group
    if _whole(found) > 2 * room:  # one group by itself is too much: some of it
        found = [found[k] for k in _shuffled(run, set(range(len(found))))]
        while len(found) > 1 and _whole(found) > room:
            found.pop()
    return found


def _wanted(run: Hunt, first: set[int]) -> list[Bundle]:
    """Returns some bundles at random, and others of the same cells, up to the whole columns that may be free."""
    cells = {run.bundles[k].cell for k in first}
    others = {k for k, bundle in enumerate(run.bundles) if bundle.cell in cells} - first
    found: list[Bundle] = []
    for k in (*_shuffled(run, first), *_shuffled(run, others)):
        if found and _whole(found) + run.bundles[k].whole > run.free["wanted"]:
            break
        found.append(run.bundles[k])
    return found


def _whole(bundles: Sequence[Bundle]) -> int:
    return sum(bundle.whole for bundle in bundles)


def _shuffled(run: Hunt, numbers: set[int]) -> list[int]:
    return [int(k) for k in run.draw.permutation(sorted(numbers))]


def _one(run: Hunt, choices: Sequence[T]) -> T:
    return choices[int(run.draw.integers(len(choices)))]


def _users(run: Hunt) -> set[int]:
    """Returns the names of parts that stand on a node key, drawn among those in use."""
    users: dict[tuple[str, ...], set[int]] = {}
    for bundle in run.bundles:
        for key, columns in zip(bundle.keys, bundle.uses, strict=True):
            if run.point[columns].any():
                users.setdefault(key, set()).add(bundle.name)
    return users[_one(run, sorted(users))] if users else set()


def _absorb(run: Hunt) -> None:
    """Waits a little for one answer and keeps what is better."""
    done, _ = wait(run.running, timeout=POLL_S, return_when=FIRST_COMPLETED)
    for future in done:
        kind, is_all = run.running.pop(future)
        found = future.result()
        run.stale += 1
        if found.values is not None:
            _take(run, kind, found.values)
        if found.wall_s < 0.5 * run.seconds and not is_all:
            run.free[kind] *= GROW
        elif found.wall_s > 0.95 * run.seconds:
            run.free[kind] *= SHRINK


def _take(run: Hunt, kind: str, values: Floats) -> None:
    """Keeps a point that is better, and the plan that it is."""
    values = np.where(run.problem.is_integer, np.rint(values), values)
    usd = run.problem.objective(values)
    if usd >= run.usd - 1e-9 * abs(run.usd):
        return
    search, settings = run.search, run.started.settings
    if run.is_of_plan:
        keep_point(run.started, values)
        _catch_up(run)
    elif run.problem.violation(values).largest <= FEASIBLE:
        run.point, run.usd, run.stale = values, usd, 0
        search.keep(values[: search.split.problem.columns])
    log.debug("%s: %.0f (best plan %.0f) after %.1f s", kind, usd, search.incumbent, run.started.wall_s)
    if settings.progress is not None:
        settings.progress(run.started.wall_s, search.incumbent, search.bound)
