"""Whole commitments over relaxed cells: what to sign is chosen with replicas cut to the hull of their ways, nothing else whole.

A committed node costs up to a third of a small fleet, and half a node of everything is what a relaxation signs. The program
in which commitments alone are whole, under the hull cuts of its parts (`parts`), is a relaxation of the program: an engine's
bound of it is one of every plan. It also is what tells good commitments from bad ones, cell by cell recourse beside them being
dear: beside four plans of the ladder's M at mid volume it cost 22.85, 22.88, 22.95 and 23.02 M usd, the plans 23.05, 23.13,
23.22 and 23.31 M. Over all commitments it is led astray, as it knows little of whole replicas far from the plans met; within a
few changes of the best plan's it is not (`near_commitments`: local branching, Fischetti and Lodi 2003).

Of a small fleet rents are a large part too: where the bound over commitments has ended it goes on with rents whole beside them,
and choices are made either way, those of a first plan included (`choose_first`).
"""

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, hstack, vstack

from planner.methods.crew import given
from planner.methods.fix_and_optimise import POLL_S, Bundle, hunt
from planner.methods.passes import improve
from planner.methods.split import SUPPLYING, WHOLE, Split, rows_of
from planner.methods.started import Underway, tell
from planner.methods.whole import heard
from planner.solvers import Problem, Settings, Solution
from planner.solvers.problem import Booleans, Floats, Integers

log = logging.getLogger(__name__)

RADIUS, RADIUS_STEP, RADIUS_MOST = 3, 2, 13
"""How many commitments may change at first, how many more where nothing new or better is found, and at most."""
CHOICE_SHARE, CHOICE_SECONDS = 0.1, 3.0
"""Share of the time left that one choice of commitments near the best plan's may take, and the least."""
CHOICE_GAP = 5e-4
"""Relative gap of a choice of commitments."""
PASS_SHARE, PASS_SECONDS = 0.15, 2.0
"""Share of the time left that the cells' recourse beside a choice may take, and the least."""
CELL_SECONDS = 3.0
"""The most that one cell may take there, however much time is left: another choice is worth more."""
FIRST_SHARE, FIRST_SECONDS = 0.1, 5.0
"""Share of the time left that each of the first choices of commitments, over all of them, may take, and the least."""
PROOF_SHARE, PROOF_SHARE_RENTS, PROOF_SHARE_ALONE = 0.5, 0.9, 0.2
"""Share of the time left that the bound over all commitments may take; the second where rents are whole too, the third where no
other process goes on beside it."""
RENTS_HIGHS: Mapping[str, bool | int | float | str] = {"mip_pscost_minreliable": 2}
"""HiGHS options for the bound with whole rents: with fewer trials by branch it comes sooner to the restarts that raise it (M low,
seed 1, 50 s, two engine seeds: 2.556 and 2.556 M usd, without 2.555 and 2.464 M)."""
MOVED_SHARE = 0.02
"""A proof that closes less than this share of the gap is the last."""


def commitments_of(split: Split) -> Booleans:
    """Returns which columns are commitments: whole columns of the master that are no rents, nor whole because others are."""
    found = np.zeros(split.problem.columns, dtype=bool)
    found[split.master_columns] = [split.names[j] not in SUPPLYING | WHOLE for j in split.master_columns]
    return found & split.problem.is_integer


def with_whole_commitments(problem: Problem, split: Split, are_rents_whole: bool = False) -> Problem:
    """Returns a statement of the program in which commitments alone, or they and rents, are whole: it bounds every plan."""
    is_integer = commitments_of(split)
    if are_rents_whole:
        is_integer |= np.array([name in SUPPLYING for name in split.names], dtype=bool) & split.problem.is_integer
    return dataclasses.replace(problem, is_integer=is_integer, start=None)


def near_commitments(problem: Problem, commitments: Integers, point: Floats, radius: int) -> Problem:
    """Returns a problem with at most `radius` changes of some whole columns from a point; columns added come last.

    Rows added: |x_j - point_j| <= d_j where point_j > 0 (a column each), and sum of d_j and of x_j where point_j = 0 <= radius.
    """
    at = np.rint(point[commitments])
    held, none = commitments[at > 0], commitments[at <= 0]
    many, columns = len(held), problem.columns
    each, ones = np.arange(many), np.ones(many)
    change = columns + each
    above = csr_matrix(
        (np.concatenate([ones, -ones]), (np.tile(each, 2), np.concatenate([change, held]))), (many, columns + many)
    )
    below = csr_matrix((np.concatenate([ones, ones]), (np.tile(each, 2), np.concatenate([change, held]))), (many, columns + many))
    counted = np.concatenate([change, none])
    total = csr_matrix((np.ones(len(counted)), (np.zeros(len(counted), dtype=int), counted)), (1, columns + many))
    own = hstack([rows_of(problem), csr_matrix((problem.rows, many))])
    matrix = csc_matrix(vstack([own, above, below, total], format="csc"))
    matrix.sort_indices()
    sides, free = at[at > 0], np.full(many, np.inf)
    return Problem(
        column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
        cost=np.concatenate([problem.cost, np.zeros(many)]),
        row_lower=np.concatenate([problem.row_lower, -sides, sides, [-np.inf]]),
        row_upper=np.concatenate([problem.row_upper, free, free, [float(radius)]]),
        column_lower=np.concatenate([problem.column_lower, np.zeros(many)]),
        column_upper=np.concatenate([problem.column_upper, free]),
        is_integer=np.concatenate([problem.is_integer, np.zeros(many, dtype=bool)]), offset=problem.offset,
    )  # fmt: skip


@dataclass
class Choosing(Underway):
    """One run: the statement with hull cuts, what is known to be useful, the bound being proved, and the choices met."""

    hulled: Callable[[], Problem]
    useful: Sequence[Booleans]
    bundles: Sequence[Bundle]
    deepen: Callable[[Floats], bool]
    """Adds hull cuts at the prices beside a point's commitments; says whether there are any."""
    is_small: bool = False
    """Whether rents are a large part of the cost: then they are whole in some choices, and in the bound after commitments."""
    are_rents_whole: bool = False
    """Whether they are in the bound being proved."""
    radius: int = RADIUS
    met: set[bytes] = field(default_factory=set)
    proof: "Future[Solution] | None" = None

    def __post_init__(self) -> None:
        self.problem = self.hulled()
        self.is_commitment = commitments_of(self.search.split)
        self.bound_before = self.search.bound

    def prove(self) -> None:
        """Begins to solve the program in which commitments, and rents where told so, alone are whole."""
        share = PROOF_SHARE_RENTS if self.are_rents_whole else PROOF_SHARE
        share = share if self.crew.size > 1 else PROOF_SHARE_ALONE
        asked = _asked(self, share * self.left_s, self.settings.relative_gap / 4)
        if self.are_rents_whole and self.settings.solver == "highs":
            asked = dataclasses.replace(asked, native=RENTS_HIGHS)
        self.bound_before = self.search.bound
        task = given(with_whole_commitments(self.problem, self.search.split, self.are_rents_whole)), asked
        self.proof = self.crew.submit(task, lambda progress: heard(self.search, progress, self.settings.relative_gap))


def choose_commitments(run: Choosing) -> None:
    """Improves the best plan from better and better commitments, and beside it the bound over all commitments.

    Ends where no choice within RADIUS_MOST changes of the best plan's is new and the bound is proved, the gap is met or the time
    is over.
    """
    if run.proof is None and run.search.gap > run.settings.relative_gap:
        run.prove()
    while run.left_s > CHOICE_SECONDS + PASS_SECONDS and run.search.gap > run.settings.relative_gap:
        _look_at_proof(run)
        contracts = _choice(run, are_rents_whole=False)
        if contracts is None and run.is_small:
            contracts = _choice(run, are_rents_whole=True)
        if contracts is None:
            if run.radius >= RADIUS_MOST or not run.is_commitment.any():
                break
            run.radius += RADIUS_STEP
            continue
        before = run.search.incumbent
        _recourse(run, contracts, "other commitments")
        run.radius = RADIUS if run.search.incumbent < before else run.radius
    while run.proof is not None and run.left_s > 1.0 and run.search.gap > run.settings.relative_gap:
        _hunt_beside(run, run.proof)
        wait([run.proof], timeout=POLL_S)
        _look_at_proof(run)
    _look_at_proof(run)


def choose_first(run: Choosing) -> None:
    """Looks for a first plan: recourse beside the best choice over all commitments, with whole rents, then with relaxed ones.

    What is proved on the way counts.
    """
    for are_rents_whole in (True, False):
        if run.search.values is not None or run.left_s <= 1.0:
            break
        asked = _asked(run, max(FIRST_SECONDS, FIRST_SHARE * run.left_s), CHOICE_GAP)
        problem = with_whole_commitments(run.problem, run.search.split, are_rents_whole)
        (found,) = run.crew.solve([(given(problem), asked)])
        if found.bound is not None:
            run.search.prove(found.bound)
        if found.values is not None:
            _recourse(run, _contracts(run, found.values), "first commitments")


def _recourse(run: Choosing, contracts: Floats, what: str) -> None:
    """Finds every cell's recourse beside commitments, unless they were met before."""
    key = contracts[run.is_commitment].tobytes()
    if key not in run.met and run.left_s > PASS_SECONDS:
        run.met.add(key)
        improve(run.started, contracts, 1, _pass_seconds(run), run.useful)
    tell(run.started, what)


def _pass_seconds(run: Choosing) -> float:
    """Returns the seconds that the cells together may take beside one choice."""
    most = CELL_SECONDS * len(run.search.oracles) / run.crew.size
    return min(max(PASS_SECONDS, PASS_SHARE * run.left_s), max(PASS_SECONDS, most))


def _look_at_proof(run: Choosing) -> None:
    """Takes in what is proved over all commitments, once that has ended; where it helped, begins again under deeper cuts.

    Of a small fleet it goes on with whole rents, and the commitments found are worth their recourse.
    """
    search = run.search
    if run.proof is None or not run.proof.done():
        return
    found, run.proof = run.proof.result(), None
    if found.bound is not None:
        search.prove(found.bound)
    tell(run.started, "whole commitments over relaxed cells")
    if search.gap <= run.settings.relative_gap or run.left_s <= 1.0:
        return
    has_moved = search.bound - run.bound_before > MOVED_SHARE * (search.incumbent - search.bound)
    if run.is_small and not run.are_rents_whole:
        run.are_rents_whole = True
        run.prove()
    elif found.values is not None and has_moved and run.deepen(found.values):
        run.problem = run.hulled()
        run.prove()
    if run.is_small and found.values is not None:
        _recourse(run, _contracts(run, found.values), "commitments of the bound")


def _choice(run: Choosing, are_rents_whole: bool) -> Floats | None:
    """Returns the contracts of the best choice near the best plan's commitments; None where there is none or it was met."""
    split, point = run.search.split, run.search.values
    assert point is not None
    columns = np.flatnonzero(run.is_commitment)
    whole = near_commitments(with_whole_commitments(run.problem, split, are_rents_whole), columns, point, run.radius)
    future = run.crew.submit((given(whole), _asked(run, max(CHOICE_SECONDS, CHOICE_SHARE * run.left_s), CHOICE_GAP)))
    _hunt_beside(run, future)
    found = future.result().values
    if found is None:
        return None
    contracts = _contracts(run, found)
    return None if contracts[columns].tobytes() in run.met else contracts


def _contracts(run: Choosing, values: Floats) -> Floats:
    """Returns the contracts of a point over all columns of the program, commitments rounded."""
    split = run.search.split
    contracts = np.zeros(split.problem.columns)
    contracts[split.master_columns] = values[split.master_columns]
    contracts[run.is_commitment] = np.rint(contracts[run.is_commitment]) + 0.0  # no -0.0: equal commitments are equal bytes
    return contracts


def _hunt_beside(run: Choosing, future: "Future[Solution]") -> None:
    """Improves the best plan in processes that neither a task nor the proof takes, until the task is done."""
    busy = [future] if run.proof is None or run.proof is future else [future, run.proof]
    hunt(
        run.started, run.problem, run.bundles, lambda: 0.0 if future.done() else run.left_s,
        lambda: run.crew.size - sum(not one.done() for one in busy),
    )  # fmt: skip


def _asked(run: Choosing, seconds: float, gap: float) -> Settings:
    settings = run.settings
    return Settings(
        settings.solver, max(0.5, min(seconds, run.left_s)), relative_gap=max(gap, 1e-6), threads=1, seed=settings.seed, log=False
    )
