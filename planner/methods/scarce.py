"""A first plan where an amount that all share is scarce: the least of it is looked for, cost forgotten, until a plan keeps to it.

A budget a little under what a relaxation needs leaves no room for whole nodes, and passes of recourse from the relaxation's
commitments end above it. What brings plans under it are other commitments (long terms, dear in all and cheap within the horizon).
So the rows that are scarce (`scarce_rows`) become the objective, each counted as a share of what there is of it, with their
sides far away; the fleet that its relaxation takes gets whole commitments and passes of recourse, and the first point that keeps
the program's own rows is a plan. Patterns met on the way are kept either way: cells are the same.

What is found is a plan and is checked as one. Where even the relaxation needs nearly all that there is, and where passes bring no
plan, it is proved how much every plan needs (`least_need`): more than there is, and no plan exists.
"""

import dataclasses
import logging

import numpy as np

from planner.methods.fullest import OVER
from planner.methods.least_need import least_need
from planner.methods.passes import commitments_for, improve, widths
from planner.methods.result import Need
from planner.methods.search import Search
from planner.methods.segments import Key
from planner.methods.split import rows_of
from planner.methods.started import Started, restarted, tell
from planner.solvers import Problem
from planner.solvers.problem import Floats, Integers

log = logging.getLogger(__name__)

SCARCE_SHARE = 0.7
"""A row is scarce where the relaxation uses at least this share of it: whole nodes need more than fractions of them."""
FAR = 10.0
"""Sides of scarce rows are so many times as far where the rows are the objective."""
COST_SHARE = 1e-3
"""What a usd of the program's own cost counts beside it: of two points that use the same the cheaper one is taken."""
LEAST_FULL_USD = 1e3
"""The least that all that there is of a scarce row counts, in usd: far above tolerances of engines."""
PASS_SHARE, CELL_SECONDS = 0.3, 3.0
"""Share of the time left that a pass over all cells may take, and the most for one cell until a pass meets no fleet: without it L
low has its first plan, which other commitments improve by a tenth, after 77 s of 600."""
LIKELY_SHARE = 0.9
"""Where the relaxation needs this share of what is scarce, whether any plan exists is asked first: whole replicas need more (the
ladder's XL at low volume, seed 1: 0.928 alone, 1.008 under one round of cuts; L: 0.834 and 0.862, and a plan at 0.98)."""
PROOF_TIME_SHARE = 0.3
"""Share of the time left that the proof may take."""
HELPED_SHARE = 1e-3
"""A wide pass that saves less than this share of what is used is the last."""


def scarce_rows(started: Started, share: float = SCARCE_SHARE) -> Integers:
    """Returns the rows of which the relaxation uses a share at least, and that nodes of several kinds or periods use up.

    Rows `<=` over amounts of one sign that contracts stand in: budgets, what a site may draw or emit. The supply of one kind of
    node is none: other kinds do in its place.
    """
    search = started.search
    problem = search.split.problem
    by_row = rows_of(problem)
    is_amount = np.isneginf(problem.row_lower) & np.isfinite(problem.row_upper) & (problem.row_upper > 0)
    used = problem.activity(started.relaxed) >= share * problem.row_upper
    rows = np.flatnonzero(is_amount & used)
    if not len(rows):
        return rows
    keys, found = _keys_supplied(search), []
    for row in rows.tolist():
        entries = slice(by_row.indptr[row], by_row.indptr[row + 1])
        supplying = [keys[j] for j in by_row.indices[entries].tolist() if j in keys]
        if len(supplying) > 1 and len(set().union(*supplying)) > 1 and np.all(by_row.data[entries] >= 0):
            found.append(row)
    return np.array(found, dtype=np.int64)


def _keys_supplied(search: Search) -> dict[int, set[tuple[Key, str]]]:
    """Returns which kinds of node each of the master's columns supplies, and when, by way of others too (orders that hold)."""
    split, problem = search.split, search.split.problem
    by_row = rows_of(problem)
    found: dict[int, set[tuple[Key, str]]] = {}
    when = {link.row: cell.slot[0] for cell in search.split.cells for link in cell.links}
    is_master = np.zeros(problem.columns, dtype=bool)
    is_master[split.master_columns] = True
    for link in split.links:
        if link.quantum > 0:
            for j in by_row.indices[by_row.indptr[link.row] : by_row.indptr[link.row + 1]].tolist():
                if is_master[j]:
                    found.setdefault(j, set()).add((link.key, when.get(link.row, "")))
    equal = split.master_rows[problem.row_lower[split.master_rows] == problem.row_upper[split.master_rows]]
    for row in equal.tolist():
        columns = by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]].tolist()
        keys: set[tuple[Key, str]] = set().union(*(found.get(j, ()) for j in columns))
        for j in columns:
            found.setdefault(j, set()).update(keys)
    return found


def least_scarce(started: Started) -> None:
    """Looks for a first plan by the least use of what is scarce, where anything is, or proves that there is none."""
    search, rows = started.search, scarce_rows(started)
    other = restarted(started, of_least(search, rows)) if len(rows) and started.left_s > 1.0 else None
    if not isinstance(other, Started):
        return
    log.info("least use of %s", ", ".join(search.split.problem.row_names[row] for row in rows.tolist()))
    is_asked = bool(_shares(search, rows, other.relaxed).max() >= LIKELY_SHARE)
    if is_asked:
        _prove(started, other, rows)
    _descend(started, other)  # where there is no plan it tells how near one comes
    if search.values is not None and search.is_infeasible:
        log.warning("a checked plan contradicts that every plan needs too much of what is scarce: the proof is not taken")
        search.is_infeasible, search.need = False, None
    if search.values is None and not is_asked:
        _prove(started, other, rows)
    if search.values is None and other.search.values is not None:
        told = zip(rows.tolist(), _shares(search, rows, other.search.values).tolist(), strict=True)
        search.short = {search.split.problem.row_names[row]: share for row, share in told if share > 1}
    for i, patterns in enumerate(other.search.patterns):
        for pattern in patterns:
            search.keep_pattern(i, search.oracles[i].pattern(pattern.values))
    tell(started, "least of what is scarce")


def of_least(search: Search, rows: Integers) -> Problem:
    """Returns the program with the use of some rows as objective, each over its side, in usd of the relaxation's cost."""
    problem = search.split.problem
    uses = np.asarray((1 / problem.row_upper[rows]) @ rows_of(problem)[rows])
    upper = problem.row_upper.copy()
    upper[rows] *= FAR
    return dataclasses.replace(
        problem, cost=_full_usd(search) * uses + COST_SHARE * problem.cost, row_upper=upper, offset=0.0, start=None
    )


def _prove(started: Started, other: Started, rows: Integers) -> None:
    """Proves how much of some rows every plan needs; no plan exists where that is more than there is."""
    search, problem = started.search, started.search.split.problem
    if other.left_s <= 1.0:
        return
    limit_s = other.wall_s + PROOF_TIME_SHARE * other.left_s
    limited = dataclasses.replace(other, settings=dataclasses.replace(other.settings, time_limit_s=limit_s))
    share = least_need(limited, rows, problem.row_upper[rows], _full_usd(search))
    if share > 1 + OVER:
        search.is_infeasible = True
        search.need = Need(tuple(problem.row_names[row] for row in rows.tolist()), share)


def _descend(started: Started, other: Started) -> None:
    """Runs passes of recourse at least use, until one brings a point that keeps the program's own rows."""
    search, contracts = started.search, commitments_for(other, other.relaxed)
    cell_seconds = CELL_SECONDS
    for wide in widths(other.search):
        if contracts is None or search.values is not None or other.left_s <= 1.0:
            break
        before = other.search.incumbent
        most_s = cell_seconds * len(other.search.oracles) / other.crew.size
        improve(other, contracts, wide, min(PASS_SHARE * other.left_s, most_s))
        tell(other, "least of what is scarce")
        if other.search.values is None:
            cell_seconds *= 2  # XL low, seed 1: 3 s are too few for 2 of 32 cells, and the same pass again brings nothing
            continue
        search.keep(other.search.values)
        contracts = other.search.values
        if wide and before - other.search.incumbent < HELPED_SHARE * other.search.incumbent:
            break


def _full_usd(search: Search) -> float:
    """Returns what all that there is of a scarce row counts, in usd: the cost of the relaxation, where that is anything."""
    return max(LEAST_FULL_USD, abs(search.guide.bound))


def _shares(search: Search, rows: Integers, values: Floats) -> Floats:
    """Returns the use of each of some rows in a point, over its side."""
    problem = search.split.problem
    return np.asarray(problem.activity(values)[rows] / problem.row_upper[rows])
