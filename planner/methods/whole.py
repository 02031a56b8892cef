"""The whole program, from the best plan, in one process; beside it neighbourhoods, or, where it is small, other engines.

What an engine tells on the way counts: its bound at once, its plans too. It is offered the plans that others find
(`Search.offers`), which cut off branches that it need not look at: on the ladder's S at high volume, seed 3, HiGHS needs 2 to 9 s
from the best plan and 8 to 27 s from a poor one. A program of so few whole columns that a neighbourhood would be all of it is
*raced*: every process has it whole, with other random choices.
"""

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait

import numpy as np

from planner.methods.crew import given
from planner.methods.fix_and_optimise import FREE_FIRST, POLL_S, Bundle, hunt_beside
from planner.methods.result import Whole
from planner.methods.search import NOISE, Search
from planner.methods.started import Started, keep_point
from planner.solvers import Limit, Problem, Progress, Solution, Status

log = logging.getLogger(__name__)

WHOLE_SHARE, RACE_SHARE, GRACE_S = 0.9, 0.98, 2.0
"""Share of the time left that an engine is told to take for the whole program (the roots of large ones run over), for one that is
raced, and the seconds past the limit that its last answer is waited for."""
SEEDS = 2**31
"""Engines take seeds below this."""
RACE_HIGHS: Mapping[str, bool | int | float | str] = {"mip_allow_restart": False}
"""HiGHS options in a race: after a restart HiGHS 1.15.1 takes no plans offered to it (S high, seed 3: 5.4 s, with them 10.8)."""


def whole_beside(
    started: Started, problem: Problem, bundles: Sequence[Bundle], tighter: Callable[[], Problem | None] = lambda: None
) -> str:
    """Gives a statement of the whole program to one process, improves the best plan beside it; returns what stopped it.

    `problem`: the program, perhaps with rows of its own that every plan keeps and columns behind the program's own. `tighter`:
    makes a tighter statement of a small program while engines have this one already, and may use one process for it.
    """
    search, settings, crew = started.search, started.settings, started.crew
    if crew.size == 1:
        return _waited(started, _begun(started, problem, 0))
    if is_raced(problem):
        return _raced(started, problem, tighter)
    whole = _begun(started, problem, 0)
    hunt_beside(started, problem, bundles, whole)
    return "none" if search.gap <= settings.relative_gap else _waited(started, whole)


def is_raced(problem: Problem) -> bool:
    """Says whether a program has so few whole columns that a neighbourhood would be all of it: every process is given it."""
    return int(problem.is_integer.sum()) <= FREE_FIRST


def heard(search: Search, progress: Progress, gap: float, whole: Whole = Whole.ALL) -> bool:
    """Keeps what an engine tells of its bound of a statement of the program; says whether, with the best plan, it is enough."""
    if progress.bound is not None and progress.bound < np.inf:
        search.prove(progress.bound, whole=whole)
    return search.gap <= gap


def take_whole(started: Started, found: Solution) -> str:
    """Keeps what an engine says of the whole program; returns what stopped it: nothing only where that is enough."""
    search = started.search
    if found.values is not None:
        keep_point(started, found.values)
    if found.bound is not None:
        search.prove(found.bound)
    search.is_infeasible = search.values is None and (search.is_infeasible or found.status == Status.INFEASIBLE)
    asked = started.settings.relative_gap
    if search.is_infeasible or search.gap <= asked:
        return "none"
    is_open = search.gap > asked + NOISE  # engines judge their gap by tolerances of their own
    return "other" if found.limit is Limit.NONE and is_open else found.limit.value


def _begun(started: Started, problem: Problem, number: int) -> "Future[Solution]":
    """Gives the program to a process; engines of other numbers make other random choices."""
    search, settings = started.search, started.settings
    native = RACE_HIGHS if started.crew.size > 1 and is_raced(problem) and settings.solver == "highs" else {}
    share = RACE_SHARE if is_raced(problem) else WHOLE_SHARE
    limited = settings.for_solver(max(1.0, share * started.left_s))
    asked = dataclasses.replace(limited, threads=1, seed=(settings.seed + number) % SEEDS, native=native)

    def watch(progress: Progress) -> bool:
        if progress.values is not None:
            search.keep_told(progress.values)
        return heard(search, progress, settings.relative_gap)

    offers = search.offers if problem.columns == search.split.problem.columns else None
    return started.crew.submit((given(problem.with_start(search.values)), asked), watch, offers)


def _raced(started: Started, problem: Problem, tighter: Callable[[], Problem | None]) -> str:
    """Gives the program to every process; returns what stopped the last one, or the first that is enough."""
    search, last = started.search, started.crew.size - 1
    limit, running = "none", {_begun(started, problem, number) for number in range(last)}
    running.add(_begun(started, tighter() or problem, last))
    while running:
        done, running = wait(running, timeout=POLL_S, return_when=FIRST_COMPLETED)
        for one in done:
            limit = take_whole(started, one.result())
        if search.gap <= started.settings.relative_gap or search.is_infeasible:
            return "none"
        if started.left_s <= 0:
            return "time"
    return limit


def _waited(started: Started, whole: "Future[Solution]") -> str:
    """Waits for an engine's last word, and a little longer than the limit; returns what stopped it."""
    try:
        return take_whole(started, whole.result(max(0.0, started.left_s) + GRACE_S))
    except TimeoutError:
        log.info("the engine did not stop in time: what it told of its bound on the way counts")
        return "time"
