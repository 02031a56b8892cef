"""Commitments first: whole commitments for the relaxation's fleet, then the best recourse of every cell beside them.

 1. The LP relaxation's fleet, with whole commitments at least cost (`contracts_for`): a small program, next to nothing lost.
 2. Every cell's recourse beside them (`recourse_cell`), over few replica columns, then over more; the choice among all patterns
    known moves the commitments, and the cells are asked again while that helps.
 3. Where that brings no plan (of small fleets under tight budgets before it): the least use of what is scarce (`scarce`), which
    may prove that there is none; else missing supply is driven out (`first_plan`).
 4. The whole program, from the best plan, for the time left: its bound, and the relaxation's, are the proof.

For fleets so large that whole nodes hardly count: there the relaxation is a close bound, and plans are what is missing. A small
fleet of many parts begins here too, as its parts are many to price before there is a plan; from that on another method goes on.
"""

import logging
from collections.abc import Callable

from planner.methods.decompose import decompose
from planner.methods.first_plan import drive_out, nearest
from planner.methods.fix_and_optimise import bundled
from planner.methods.passes import ROUNDS_MAX, commitments_for, descend
from planner.methods.result import MethodResult, MethodSettings
from planner.methods.scarce import least_scarce, scarce_rows
from planner.methods.started import Started, tell
from planner.methods.whole import is_raced, whole_beside
from planner.program.groups import Groups
from planner.solvers import Problem

log = logging.getLogger(__name__)

TIGHT_SHARE = 0.99
"""Where the relaxation of a small fleet needs this share of what is scarce, its least use is looked for before anything else:
whole nodes need more (L low, seed 3: passes from the relaxation's commitments take 31 s of 120 and end above the budget)."""


def recourse(groups: Groups, settings: MethodSettings) -> MethodResult:
    """Returns the best plan found and the bound proved."""
    return decompose(groups, settings, "recourse", recourse_from)


def recourse_from(
    started: Started,
    otherwise: Callable[[Started], MethodResult] | None = None,
    tighter: Callable[[Started], Problem | None] = lambda started: None,
    beside: Callable[[Started], str] | None = None,
) -> MethodResult:
    """Returns the same of a search at its start; where passes bring no plan, what another method makes of the time left.

    `tighter` makes a tighter statement of a small program; `beside` goes on from the first plan of a small fleet of several
    cells, and returns the limit that stopped it.
    """
    go_beside = beside if started.search.is_small and len(started.search.oracles) > 1 else None
    try:
        _passes(started, go_beside is None)
        if started.search.is_infeasible:
            return started.answer("recourse", "none")
        if otherwise is not None and started.search.values is None and started.left_s > 1.0:
            log.info("no plan beside the relaxation's commitments: another method takes over")
            return otherwise(started)
        limit = go_beside(started) if go_beside is not None and _is_open(started) else _last(started, tighter)
    except KeyboardInterrupt:
        log.warning("interrupted: keeping the best plan and bound so far")
        limit = "interrupted"
    return started.answer("recourse", limit)


def go_on(started: Started) -> str:
    """Goes on from the best plan: passes from its commitments while they help, then the whole program; returns the limit."""
    assert started.search.values is not None
    descend(started, started.search.values)
    return _last(started)


def _is_open(started: Started) -> bool:
    """Says whether there is a plan, a gap and time."""
    search = started.search
    return search.values is not None and search.gap > started.settings.relative_gap and started.left_s > 1.0


def _passes(started: Started, is_last: bool) -> None:
    """Runs passes of recourse while they help; one at most, and none from a plan on, where another method goes on."""
    tell(started, "relaxation")
    if not is_last and started.search.values is not None:
        return
    is_tight = not is_last and bool(len(scarce_rows(started, TIGHT_SHARE)))
    if is_tight:
        least_scarce(started)
        if started.search.values is not None or started.search.is_infeasible:
            return
    contracts, point = commitments_for(started, started.relaxed), started.relaxed
    if contracts is not None:
        chosen = descend(started, contracts, wide_most=ROUNDS_MAX if is_last else 1)
        point = nearest(started.search, point, contracts, chosen)
    if started.search.values is not None:
        return
    if not is_tight:
        least_scarce(started)
    found = started.search.values
    if found is None and not started.search.is_infeasible and not is_raced(started.search.split.problem):
        found = drive_out(started, *bundled(started), point)
    if found is not None and is_last:
        descend(started, found)


def _last(started: Started, tighter: Callable[[Started], Problem | None] = lambda started: None) -> str:
    """Gives the time left to the whole program, if the gap is not met; returns the limit that stopped it."""
    search, settings = started.search, started.settings
    if search.gap <= settings.relative_gap:
        return "none"
    if started.left_s <= 1.0:
        return "time"
    return whole_beside(started, *bundled(started), lambda: tighter(started))
