"""A first plan where cells do not get inside what contracts give them: missing supply is bought at a penalty and driven out."""

import logging
import time
from collections.abc import Sequence

import numpy as np

from planner.methods.fix_and_optimise import FEASIBLE, Bundle, Hunt, best_contracts, hunt
from planner.methods.oracle import Pattern
from planner.methods.search import Search
from planner.methods.slackened import slackened
from planner.methods.started import Started, tell
from planner.solvers import Problem
from planner.solvers.problem import Floats

log = logging.getLogger(__name__)

TIME_SHARE = 0.85
"""Share of the time left for driving out slack."""
CONTRACTS_SECONDS = 10.0
"""The most that the first choice of contracts may take."""
RAISED, RAISES_MAX, STALE_MAX = 4.0, 6, 12
"""Penalties grow by a factor, so many times at most, after STALE_MAX neighbourhoods without a better point."""


def nearest(search: Search, point: Floats, contracts: Floats, chosen: Sequence[Pattern | None]) -> Floats:
    """Returns contracts with what each cell does beside them, where every cell does something; else the point given."""
    whole = [one for one in chosen if one is not None]
    return search.assembled(contracts, whole) if len(whole) == len(chosen) else point


def drive_out(started: Started, problem: Problem, bundles: Sequence[Bundle], point: Floats) -> Floats | None:
    """Returns a plan from a point that may lack supply, if one is found; `problem`: the program, perhaps with rows of its own."""
    search = started.search
    until = time.monotonic() + TIME_SHARE * started.left_s
    loose = slackened(problem, search.split, search.guide)
    at = loose.start(np.where(search.split.problem.is_integer, np.ceil(point - 1e-6), point))
    at = best_contracts(started, loose.problem, bundles, at, min(CONTRACTS_SECONDS, started.left_s))
    if loose.problem.violation(at).largest > FEASIBLE:
        log.info("no point to start from keeps the rows that have no slack")
        return search.values
    search.keep(at[: loose.own])
    log.info("slack to drive out: %.6g", loose.slack(at))

    def is_done(run: Hunt) -> bool:
        return search.values is not None or run.stale >= STALE_MAX

    def wanting(values: Floats) -> list[set[int]]:
        short = loose.short(values)
        return [users for users in (_users(search, bundles, values, row) for row in sorted(short)) if users]

    raises = 0
    while search.values is None and time.monotonic() < until:
        found = hunt(
            started, loose.problem, bundles, lambda: until - time.monotonic(), lambda: started.crew.size, at, is_done, wanting
        )
        if found is None:
            break
        at, raises = found, raises + 1
        if search.values is None and raises <= RAISES_MAX:
            loose = loose.raised(RAISED)
        log.info("slack left: %.6g", loose.slack(at))
    tell(started, "slack driven out")
    return search.values


def _users(search: Search, bundles: Sequence[Bundle], values: Floats, row: int) -> set[int]:
    """Returns the bundles (by position) that use what a node link's row supplies, in a point."""
    found = set()
    for k, bundle in enumerate(bundles):
        for key, columns in zip(bundle.keys, bundle.uses, strict=True):
            links = search.oracles[bundle.cell].cell.links
            if values[columns].any() and any(link.row == row and link.key == key for link in links):
                found.add(k)
    return found
