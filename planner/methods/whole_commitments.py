"""Whole commitments over relaxed cells: what to sign is chosen with replicas cut to the hull of their ways, nothing else whole.

A committed node costs up to a third of a small fleet, and half a node of everything is what a relaxation signs. The program
in which commitments alone are whole, under the hull cuts of its parts (`parts`), is a relaxation of the program: an engine's
bound of it is one of every plan. It also is what tells good commitments from bad ones, cell by cell recourse beside them being
dear: beside four plans of the ladder's M at mid volume it cost 22.85, 22.88, 22.95 and 23.02 M usd, the plans 23.05, 23.13,
23.22 and 23.31 M. Over all commitments it is led astray, as it knows little of whole replicas far from the plans met; within a
few changes of the best plan's it is not (`near_commitments`: local branching, Fischetti and Lodi 2003).

Of a small fleet rents are a large part too: they are whole in some choices, and in a second bound, beside the one over
commitments alone where there are processes for both. What that engine finds on its way is a choice over all commitments, worth
its recourse: nothing else leads out of the neighbourhood of a poor plan, or to a first one (`choose_first`).

Where the program is wide (`WIDE_COLUMNS`) an engine hardly gets past its root, over commitments or rents. There no bound is begun
from a plan on, and choices are made over the replica columns of nearly cheapest ways and of patterns known alone (`lean`), with
relaxed rents and with whole ones side by side. They prove nothing.
"""

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, hstack, vstack

from planner.methods.crew import given
from planner.methods.fix_and_optimise import POLL_S, Bundle, Hunt, hunt
from planner.methods.passes import improve
from planner.methods.priced_parts import ALONE_HIGHS
from planner.methods.result import Whole
from planner.methods.split import SUPPLYING, WHOLE, Split, rows_of
from planner.methods.started import Underway, tell
from planner.methods.whole import heard
from planner.solvers import Limit, Problem, Progress, Settings, Solution
from planner.solvers.problem import Booleans, Floats, Integers

log = logging.getLogger(__name__)

RADIUS, RADIUS_STEP, RADIUS_MOST = 3, 2, 13
"""How many commitments may change at first, how many more where nothing new or better is found, and at most."""
CHOICE_SHARE, CHOICE_SECONDS = 0.1, 3.0
"""Share of the time left that one choice of commitments near the best plan's may take, and the least."""
PATIENCE_STEP, PATIENCE_MOST = 2.0, 4.0
"""A choice that found nothing in its time is made again in so many times as much, and in so many times the usual at most: the
relaxation alone of L low takes 4 s."""
CHOICE_GAP = 5e-4
"""Relative gap of a choice of commitments."""
PASS_SHARE, PASS_SHARE_SMALL, PASS_SECONDS = 0.15, 0.3, 2.0
"""Share of the time left that the cells' recourse beside a choice may take, for small fleets too, and the least."""
CELL_SECONDS = 3.0
"""The most that one cell may take there, however much time is left: another choice is worth more."""
WIDE_COLUMNS = 12_000
"""Columns from which on a program is wide: the ladder's L has 21,500 at low volume, M 5,300. A choice within three changes takes
2 to 9 s there without half of them, and 30 s and more over all."""
WIDE_SHARE, WIDE_SECONDS = 0.2, 20.0
"""Share of the time left that one choice of a wide program may take, and the most."""
FIRST_SHARE, FIRST_SECONDS = 0.1, 5.0
"""Share of the time left that each of the first choices of commitments, over all of them, may take, and the least."""
PROOF_SHARE, PROOF_SHARE_RENTS, PROOF_SHARE_BRIEF = 0.5, 0.9, 0.2
"""Share of the time left that the bound over all commitments may take; the second where rents are whole too, the third where no
other process looks for plans meanwhile: there is one alone, or the bound with whole rents has the other."""
FIRST_WAIT_SHARE = 0.5
"""Share of the time left in which the bounds that run are waited for to bring a first plan."""
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
    """One run: the statement with hull cuts, what is known to be useful, the bounds being proved, and the choices met."""

    hulled: Callable[[], Problem]
    useful: Sequence[Booleans]
    bundles: Sequence[Bundle]
    deepen: Callable[[Floats], bool]
    """Adds hull cuts at the prices beside a point's commitments; says whether there are any."""
    is_small: bool = False
    """Whether rents are a large part of the cost: then they are whole in some choices, and in a bound."""
    radius: int = RADIUS
    met: set[bytes] = field(default_factory=set)
    proofs: "dict[bool, Future[Solution]]" = field(default_factory=dict)
    """The bounds being proved, by whether rents are whole."""
    is_over: bool = False
    """Whether engines that still prove are asked to stop."""
    told: Floats | None = None
    """The last point that the engine with whole rents has told of."""
    patience: float = 1.0
    """How many times the usual seconds a choice may take: more where engines were silent."""

    def __post_init__(self) -> None:
        self.problem = self.hulled()
        self.is_commitment = commitments_of(self.search.split)
        self.bound_before = self.search.bound

    @property
    def is_wide(self) -> bool:
        """Whether the program of a small fleet is too wide for an engine to raise its bound."""
        return self.is_small and self.problem.columns >= WIDE_COLUMNS

    def lean(self) -> Problem:
        """Returns the statement without the replica columns that neither a useful way nor a pattern known has."""
        problem, search = self.problem, self.search
        upper = problem.column_upper.copy()
        for oracle, useful, patterns in zip(search.oracles, self.useful, search.patterns, strict=True):
            columns, kept = oracle.cell.columns[oracle.projected.kept], useful.copy()
            for pattern in patterns:
                kept |= pattern.values > 0
            left_out = columns[oracle.cell.is_integer[oracle.projected.kept] & ~kept]
            upper[left_out] = np.maximum(0.0, problem.column_lower[left_out])
        return dataclasses.replace(problem, column_upper=upper)

    def begin(self) -> None:
        """Begins the bounds that there are processes for: one stays free for plans, once the bound over commitments has ended."""
        if self.is_wide and self.search.values is not None:
            return
        self.prove(False)
        if self.is_small and self.crew.size > 1:
            self.prove(True)

    def prove(self, are_rents_whole: bool) -> None:
        """Begins to solve the program in which commitments, and rents where told so, alone are whole."""
        if self.crew.size == 1 or (self.is_small and not are_rents_whole):
            share = PROOF_SHARE_BRIEF
        else:
            share = PROOF_SHARE_RENTS if are_rents_whole else PROOF_SHARE
        asked = _asked(self, share * self.left_s, self.settings.relative_gap / 4)
        if self.settings.solver == "highs":
            # programs within raise the bound with whole rents (M low, 45 s: 2.51 and 2.57 M usd, without 2.42 and 2.35)
            # and cost time over commitments alone (M mid under the cuts of 13 rounds: 3.4 s, without 0.9)
            asked = dataclasses.replace(asked, native=RENTS_HIGHS if are_rents_whole else ALONE_HIGHS)
        self.bound_before = self.search.bound
        task = given(with_whole_commitments(self.problem, self.search.split, are_rents_whole)), asked

        def watch(progress: Progress) -> bool:
            if are_rents_whole and progress.values is not None:
                self.told = progress.values
            return heard(self.search, progress, self.settings.relative_gap, _whole(are_rents_whole)) or self.is_over

        self.proofs[are_rents_whole] = self.crew.submit(task, watch)

    def end(self) -> None:
        """Asks the engines that still prove to stop: what they told counts, and their processes are needed."""
        self.is_over = True

    def busy(self) -> int:
        """Returns how many processes prove."""
        return sum(not proof.done() for proof in self.proofs.values())


def choose_commitments(run: Choosing) -> None:
    """Improves the best plan from better and better commitments, and beside it the bound over all commitments.

    Ends where no choice within RADIUS_MOST changes of the best plan's is new and the bound is proved, the gap is met or the time
    is over.
    """
    if not run.proofs and run.search.gap > run.settings.relative_gap:
        run.begin()
    while run.left_s > CHOICE_SECONDS + PASS_SECONDS and run.search.gap > run.settings.relative_gap:
        _look_at_proofs(run)
        if run.busy() >= run.crew.size:
            wait(run.proofs.values(), timeout=POLL_S, return_when=FIRST_COMPLETED)
            continue
        patience, before = run.patience, run.search.incumbent
        chosen = _chosen(run)
        if not chosen and not _widen(run, patience):
            break
        for one in chosen:
            _recourse(run, one, "other commitments")
        if chosen:
            run.radius = RADIUS if run.search.incumbent < before else run.radius
    while run.proofs and run.left_s > 1.0 and run.search.gap > run.settings.relative_gap:
        first = next(iter(run.proofs.values()))
        _hunt_beside(run, first, is_done=lambda _: _told(run) is not None)
        wait([first], timeout=POLL_S)
        _look_at_proofs(run)
        contracts = _told(run)
        if contracts is not None:
            _recourse(run, contracts, "commitments of the bound")
    _look_at_proofs(run)


def _widen(run: Choosing, patience: float) -> bool:
    """Has the next choice look further, unless engines were silent for want of time; says whether there is further to look."""
    if run.patience > patience:
        return True
    run.radius += RADIUS_STEP
    return run.radius < RADIUS_MOST + RADIUS_STEP and bool(run.is_commitment.any())


def choose_first(run: Choosing) -> None:
    """Looks for a first plan: recourse beside the best choice over all commitments, with whole rents, then with relaxed ones.

    Where bounds run already it is their engines' choices that are taken. What is proved on the way counts.
    """
    until_s = (1 - FIRST_WAIT_SHARE) * run.left_s
    while run.proofs and run.search.values is None and run.left_s > until_s:
        is_ready = run.busy() < run.crew.size and run.left_s > PASS_SECONDS
        contracts = _told(run) if is_ready else None
        if contracts is not None:
            _recourse(run, contracts, "first commitments")
        else:
            wait(run.proofs.values(), timeout=POLL_S, return_when=FIRST_COMPLETED)
        _look_at_proofs(run)
    for are_rents_whole in (True, False) if not run.proofs else ():
        if run.search.values is not None or run.left_s <= 1.0:
            break
        asked = _asked(run, max(FIRST_SECONDS, FIRST_SHARE * run.left_s), CHOICE_GAP)
        problem = with_whole_commitments(run.problem, run.search.split, are_rents_whole)
        (found,) = run.crew.solve([(given(problem), asked)])
        if found.bound is not None:
            run.search.prove(found.bound, whole=_whole(are_rents_whole))
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
    share = PASS_SHARE_SMALL if run.is_small else PASS_SHARE
    return min(max(PASS_SECONDS, share * run.left_s), max(PASS_SECONDS, most))


def _told(run: Choosing) -> Floats | None:
    """Returns the commitments of the last point that the engine with whole rents has told of; None where there is none or met."""
    if run.told is None:
        return None
    contracts = _contracts(run, run.told)
    return None if contracts[run.is_commitment].tobytes() in run.met else contracts


def _look_at_proofs(run: Choosing) -> None:
    """Takes in what is proved over all commitments, once that has ended; where it helped, begins again under deeper cuts.

    Of a small fleet it goes on with whole rents, unless they are whole already, and commitments found are worth their recourse.
    """
    search = run.search
    for are_rents_whole in [key for key, proof in run.proofs.items() if proof.done()]:
        found = run.proofs.pop(are_rents_whole).result()
        if found.bound is not None:
            search.prove(found.bound, whole=_whole(are_rents_whole))
        tell(run.started, "whole commitments over relaxed cells" + (", whole rents" if are_rents_whole else ""))
        if search.gap <= run.settings.relative_gap or run.left_s <= 1.0:
            return
        has_moved = search.bound - run.bound_before > MOVED_SHARE * (search.incumbent - search.bound)
        if run.is_small and not are_rents_whole:
            if run.crew.size == 1:
                run.prove(True)
        elif found.values is not None and has_moved and run.deepen(found.values):
            run.problem = run.hulled()
            run.prove(are_rents_whole)
        if run.is_small and found.values is not None and (are_rents_whole or run.told is None):
            _recourse(run, _contracts(run, found.values), "commitments of the bound")


def _chosen(run: Choosing) -> list[Floats]:
    """Returns choices of contracts that are worth their recourse: what an engine told of, or near the best plan's, none met."""
    told = _told(run)
    if told is not None:
        return [told]
    if run.is_wide:
        return _choices(run, (False, True), run.lean())
    return _choices(run, (False,), run.problem) or (_choices(run, (True,), run.problem) if run.is_small else [])


def _choices(run: Choosing, are_rents_whole: Sequence[bool], problem: Problem) -> list[Floats]:
    """Returns the contracts of the best choices near the best plan's commitments that were not met, made side by side."""
    split, point = run.search.split, run.search.values
    assert point is not None
    columns = np.flatnonzero(run.is_commitment)
    seconds = run.patience * max(CHOICE_SECONDS, CHOICE_SHARE * run.left_s)
    if run.is_wide:
        seconds = min(WIDE_SECONDS, max(CHOICE_SECONDS, WIDE_SHARE * run.left_s))
    turns = -(-len(are_rents_whole) // run.crew.size)
    asked = _asked(run, min(seconds, run.left_s / turns), CHOICE_GAP)
    futures = []
    for is_whole in are_rents_whole:
        near = near_commitments(with_whole_commitments(problem, split, is_whole), columns, point, run.radius)
        futures.append(run.crew.submit((given(near), asked)))
    chosen: dict[bytes, Floats] = {}
    for future, is_whole in zip(futures, are_rents_whole, strict=True):
        _hunt_beside(run, future, futures)
        found = future.result()
        if found.values is not None:
            contracts = _contracts(run, found.values)
            chosen.setdefault(contracts[columns].tobytes(), contracts)
        elif found.limit is Limit.TIME and not is_whole and not run.is_wide:
            run.patience = min(PATIENCE_MOST, run.patience * PATIENCE_STEP)
    return [contracts for key, contracts in chosen.items() if key not in run.met]


def _contracts(run: Choosing, values: Floats) -> Floats:
    """Returns the contracts of a point over all columns of the program, commitments rounded."""
    split = run.search.split
    contracts = np.zeros(split.problem.columns)
    contracts[split.master_columns] = values[split.master_columns]
    contracts[run.is_commitment] = np.rint(contracts[run.is_commitment]) + 0.0  # no -0.0: equal commitments are equal bytes
    return contracts


def _hunt_beside(
    run: Choosing, future: "Future[Solution]", others: "Sequence[Future[Solution]]" = (),
    is_done: Callable[[Hunt], bool] = lambda _: False,
) -> None:  # fmt: skip
    """Improves the best plan in processes that neither tasks nor proofs take, until the task is done or what is asked is."""
    busy = {future, *others, *run.proofs.values()}
    hunt(
        run.started, run.problem, run.bundles, lambda: 0.0 if future.done() else run.left_s,
        lambda: run.crew.size - sum(not one.done() for one in busy), None, is_done,
    )  # fmt: skip


def _whole(are_rents_whole: bool) -> Whole:
    return Whole.CONTRACTS if are_rents_whole else Whole.COMMITMENTS


def _asked(run: Choosing, seconds: float, gap: float) -> Settings:
    settings = run.settings
    return Settings(
        settings.solver, max(0.5, min(seconds, run.left_s)), relative_gap=max(gap, 1e-6), threads=1, seed=settings.seed, log=False
    )
