"""Restart: a search begins with the fleet of an earlier plan, last quarter's, or this one's before prices or traffic moved.

Replicas, rents and orders are carried over by name. A period that the earlier plan does not have is given what its last one
runs; an option that is gone, the first one of the same model, precision, node and parallelism. Where all of that together
still keeps every rule it is the first plan, and commitments are chosen afresh for its fleet, exactly. Where it does not, what
is signed stays signed, and every cell is given its best recourse beside it. Nothing here proves a bound: the plan of before is
where the search begins, not where it ends.
"""

import dataclasses
import logging
from collections.abc import Sequence

import numpy as np

from planner.methods.crew import given
from planner.methods.guide import LP_ENGINE
from planner.methods.passes import choose_patterns, improve
from planner.methods.result import Fleet
from planner.methods.started import Started, keep_point, tell, unnamed
from planner.solvers import Problem, Settings
from planner.solvers.problem import Booleans, Floats

log = logging.getLogger(__name__)

POINT_SHARE, POINT_SECONDS = 0.1, 10.0
"""Share of the time left that the earlier fleet, or what it has signed, may take to be completed to a point, and the most."""
PASS_SHARE = 0.15
"""Share of the time left that the cells' recourse beside what is signed may take."""


def resume(started: Started, fleet: Fleet) -> None:
    """Begins a search with an earlier fleet: its plan where it is one still, else the best recourse beside what it has signed."""
    search, columns = started.search, started.compiled.columns
    values = values_of(columns, fleet)
    if not values.any():
        log.info("nothing that the plan to start from runs or signs is in this program")
        return
    names = np.array([name for name, _ in columns])
    problem = unnamed(started.compiled.problem)
    point = _completed(started, problem, np.isin(names, ["deploy", "rent", "commit"]), values)
    if point is not None:
        keep_point(started, point)
        for i, oracle in enumerate(search.oracles):
            search.take_point(i, point[oracle.cell.columns][oracle.projected.kept])
        choose_patterns(started)
        tell(started, "the earlier fleet")
        return
    for i, oracle in enumerate(search.oracles):
        pattern = search.rounded(i, values[oracle.cell.columns][oracle.projected.kept])
        if pattern is not None:
            search.keep_pattern(i, pattern)
    contracts = _signed(started, problem, names == "commit", values)
    if contracts is None:
        log.info("what the plan to start from has signed cannot be signed here")
        return
    beside = np.zeros(len(columns))
    beside[search.split.master_columns] = contracts[search.split.master_columns]
    improve(started, beside, 1, PASS_SHARE * started.left_s)
    tell(started, "beside what the earlier fleet has signed")


def values_of(columns: Sequence[tuple[str, tuple[str, ...]]], fleet: Fleet) -> Floats:
    """Returns an earlier fleet's counts in the order of a program's columns; 0 where it says nothing."""
    replicas = _replicas({index for name, index in columns if name == "deploy"}, fleet)
    found = np.zeros(len(columns))
    for j, (name, index) in enumerate(columns):
        if name == "commit":
            found[j] = fleet.orders.get((index[0], index[1]), 0)
        elif name == "rent":
            found[j] = fleet.rents.get((index[0], fleet.like(index[1]), index[2]), 0)
        elif name == "deploy":
            found[j] = replicas.get(index, 0)
    return found


def _replicas(known: set[tuple[str, ...]], fleet: Fleet) -> dict[tuple[str, ...], int]:
    """Returns replicas by the index of a program's columns (pool, option, place, period, block)."""
    alike: dict[tuple[str, ...], tuple[str, ...]] = {}
    for pool, option, *where in sorted(known):
        alike.setdefault((pool, _setup(option), *where), (pool, option, *where))
    slots = sorted({(index[3], index[4]) for index in known})
    of_slot: dict[tuple[str, str], list[tuple[tuple[str, ...], int]]] = {}
    for (pool, option, place, period, block), count in fleet.replicas.items():
        of_slot.setdefault((period, block), []).append(((pool, option, place), count))
    found: dict[tuple[str, ...], int] = {}
    for period, block in slots:
        for (pool, option, place), count in of_slot.get((fleet.like(period), block), ()):
            own = (pool, option, place, period, block)
            index = own if own in known else alike.get((pool, _setup(option), place, period, block))
            if index is not None:
                found[index] = found.get(index, 0) + count
    return found


def _setup(option: str) -> str:
    """Returns an option's name without its batch: model and precision, node and parallelism."""
    return option.rpartition("/")[0]


def _signed(started: Started, problem: Problem, is_order: Booleans, values: Floats) -> Floats | None:
    """Returns contracts with the orders given, and with more where they alone will not do; None where they cannot be signed."""
    contracts = _completed(started, problem.relaxed(), is_order, values)
    if contracts is not None:
        return contracts
    more = dataclasses.replace(problem, is_integer=is_order, column_lower=np.where(is_order, values, problem.column_lower))
    return _completed(started, more, np.zeros(len(values), dtype=bool), values)


def _completed(started: Started, problem: Problem, is_fixed: Booleans, values: Floats) -> Floats | None:
    """Returns the best point with some columns as given; None where there is none, or it is not found in the time."""
    low = np.where(is_fixed, np.maximum(values, problem.column_lower), problem.column_lower)
    high = np.where(is_fixed, np.minimum(values, problem.column_upper), problem.column_upper)
    if np.any(low > high):
        return None
    settings = started.settings
    engine = settings.solver if problem.is_mip else LP_ENGINE[settings.solver]
    seconds = max(1.0, min(POINT_SECONDS, POINT_SHARE * started.left_s))
    asked = Settings(engine, seconds, relative_gap=1e-4, threads=1, seed=settings.seed, log=False)
    fixed = dataclasses.replace(problem, column_lower=low, column_upper=high, start=None)
    return started.crew.solve([(given(fixed), asked)])[0].values
