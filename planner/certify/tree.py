"""A bound of the whole program proved again by an engine's tree, from the plan that is there up to the claim.

Two ways, side by side where there are processes for both. From the plan: the engine begins at it and is stopped once its bound
reaches the claim. Cut off: a row keeps the cost under the claim, and no point being left proves it. The row hides from an engine
what it branches on (the ladder's S at mid volume, seed 3: SCIP stands at 99.83 % after 60 s, from the plan it is done in 5), but
where points abound just above the claim it is the sooner way (S mid, seed 4: 27 s and 74).
"""

import contextlib
import dataclasses
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix, csr_matrix, vstack

from planner.certify.arrays import Sheet
from planner.certify.facts import Facts
from planner.options.places import zone_of_place
from planner.plan.plan import PlanTables
from planner.solvers import Problem, Progress, Settings, Solution, Status, Worker
from planner.solvers.problem import Floats

TREE_GAP = 1e-6
START_SECONDS = 5.0
"""The most that it may take to find what a plan's whole numbers are a plan of, in the certifier's columns."""


@dataclass(frozen=True)
class Grown:
    """What trees prove: `usd` (None: nothing), and what the cheapest point met costs that is under the claim (None: none)."""

    usd: float | None
    below_usd: float | None


def grown(
    problem: Problem, start: Floats | None, claimed_usd: float, noise_usd: float, engine: str, deadline: float, processes: int,
    is_relaxed: bool = False,
) -> Grown:  # fmt: skip
    """Returns what an engine proves of a problem within the time, and stops where that is the claim.

    `is_relaxed`: a point of the problem may be no plan, so that one under the claim says nothing against it.
    """
    goal = claimed_usd - noise_usd
    asks = [(problem.with_start(start), False), (_cut_off(problem, goal), True)][: min(2, processes)]
    settings = Settings(engine, max(2.0, deadline - time.monotonic()), relative_gap=TREE_GAP, threads=1, log=False)
    usd, below, is_over = -np.inf, None, threading.Event()

    def run(worker: Worker, asked: Problem) -> Solution:
        def watch(progress: Progress) -> bool:
            return is_over.is_set() or (progress.bound is not None and progress.bound >= goal)

        return worker.solve(asked, settings, watch)

    with ThreadPoolExecutor(len(asks)) as pool, contextlib.ExitStack() as stack:
        pending = {pool.submit(run, stack.enter_context(Worker()), asked): is_cut for asked, is_cut in asks}
        while pending:
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for one in done:
                found = _read(one, pending.pop(one), claimed_usd, goal)
                usd = max(usd, found.usd if found.usd is not None else -np.inf)
                below = found.below_usd if below is None else below
            if usd >= goal or (below is not None and not is_relaxed):
                is_over.set()
                stack.close()  # what an engine that is not needed any more would say is not waited for
                break
    return Grown(float(usd) if np.isfinite(usd) else None, below)


def start_of(sheet: Sheet, f: Facts, tables: PlanTables, problem: Problem, engine: str, seconds: float) -> Floats | None:
    """Returns a plan as a point of a sheet's problem: its contracts and replicas, and what is cheapest beside them.

    None where there is no such point, or it is not found in the time, which is START_SECONDS at most.
    """
    known, names = _whole_numbers(tables, f), list(sheet.columns)
    fixed = {j: known.get(n, 0.0) for j, n in enumerate(names) if isinstance(n, tuple) and n[0] in ("d", "order", "rent")}
    columns, values = np.array(list(fixed), dtype=np.int64), np.array(list(fixed.values()))
    lower, upper = problem.column_lower.copy(), problem.column_upper.copy()
    if np.any(values > upper[columns]):
        return None
    lower[columns] = upper[columns] = values
    with Worker() as worker:
        found = worker.solve(
            dataclasses.replace(problem, column_lower=lower, column_upper=upper),
            Settings(engine, max(0.5, min(START_SECONDS, seconds)), relative_gap=TREE_GAP, threads=1, log=False),
        )
    return found.values


def _read(future: "Future[Solution]", is_cut: bool, claimed_usd: float, goal_usd: float) -> Grown:
    """Returns what one engine says; of a program cut off at the claim a bound above that says no more than the claim."""
    answer = future.result()
    below = None if answer.objective is None or answer.objective >= goal_usd else answer.objective
    if answer.status == Status.INFEASIBLE:
        return Grown(claimed_usd if is_cut else None, None)
    usd = answer.bound
    return Grown(min(usd, claimed_usd) if usd is not None and is_cut else usd, below)


def _cut_off(problem: Problem, most_usd: float) -> Problem:
    """Returns a problem with a row that keeps its cost at so much."""
    own = csc_matrix((problem.values, problem.row_indices, problem.column_starts), (problem.rows, problem.columns))
    matrix = csc_matrix(vstack([own, csr_matrix(problem.cost)], format="csc"))
    matrix.sort_indices()
    return dataclasses.replace(
        problem, column_starts=matrix.indptr.astype(np.int64), row_indices=matrix.indices.astype(np.int64), values=matrix.data,
        row_lower=np.append(problem.row_lower, -np.inf), row_upper=np.append(problem.row_upper, most_usd), start=None,
    )  # fmt: skip


def _whole_numbers(tables: PlanTables, f: Facts) -> dict[tuple[object, ...], float]:
    """Returns a plan's replicas, orders and rents by the names of the certifier's columns."""
    found: dict[tuple[object, ...], float] = {}
    for pool, option, place, period, block, count in (
        tables.deployments[["pool", "option", "place", "period", "block", "replicas"]].to_numpy().tolist()
    ):
        name = ("d", (period, block), pool, option, zone_of_place(place))
        found[name] = found.get(name, 0.0) + count
    for offer, period, count in tables.orders[["offer", "period", "nodes"]].to_numpy().tolist():
        found["order", offer, period] = float(count)
    for offer, period, block, count in tables.nodes[["offer", "period", "block", "nodes"]].to_numpy().tolist():
        if offer not in f.committed:
            found["rent", offer, period, block] = float(count)
    return found
