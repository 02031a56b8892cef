"""Measures what a process around a solve costs: start-up, the way there and back, and the checks.

    python scripts/bench/solver_overhead.py [--repeats 5] [--columns 20 2000 200000]

Prints one JSON line a measurement. `overhead_s` is the caller's wall time less the engine's own; `solve` pays a
process each time, `worker` is a process that is up already, `here` is this process (HiGHS only).
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from planner.solvers import Problem, Settings, Solution, Worker, solve, solve_here


def easy_lp(columns: int, seed: int = 0) -> Problem:
    """Returns an LP of one row for every two columns and four entries a column, optimal at once: x at its demand."""
    random = np.random.default_rng(seed)
    rows = max(columns // 2, 4)
    first = random.integers(0, rows, columns)
    entries = np.sort((first[:, None] + np.array([0, 1, 2, 3])) % rows, axis=1)
    return Problem(
        column_starts=np.arange(columns + 1) * 4,
        row_indices=entries.ravel(),
        values=random.random(4 * columns) + 0.5,
        cost=random.random(columns) + 1.0,
        row_lower=np.full(rows, -np.inf),
        row_upper=np.full(rows, 1e6),
        column_lower=random.random(columns),
        column_upper=np.full(columns, 100.0),
        is_integer=np.zeros(columns, dtype=bool),
    )


def measure(name: str, repeats: int, problem: Problem, call: Callable[[], Solution]) -> None:
    """Runs a call several times and prints medians."""
    walls, overheads = [], []
    for _ in range(repeats):
        began = time.perf_counter()
        solution = call()
        walls.append(time.perf_counter() - began)
        overheads.append(walls[-1] - solution.engine_s)
    shown = {
        "way": name,
        "columns": problem.columns,
        "nonzeros": problem.nonzeros,
        "status": solution.status.value,
        "wall_s": round(statistics.median(walls), 4),
        "overhead_s": round(statistics.median(overheads), 4),
    }
    print(json.dumps(shown), flush=True)


def main() -> None:
    """Measures every way at every size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--columns", type=int, nargs="+", default=[20, 2_000, 200_000])
    options = parser.parse_args()
    for columns in options.columns:
        began = time.perf_counter()
        problem = easy_lp(columns)
        print(json.dumps({"way": "build and check", "columns": columns, "wall_s": round(time.perf_counter() - began, 4)}))
        measure("here highs", options.repeats, problem, partial(solve_here, problem, Settings("highs")))
        for solver in ("highs", "scip", "glop"):
            wanted = Settings(solver)
            measure(f"solve {solver}", options.repeats, problem, partial(solve, problem, wanted))
            with Worker() as worker:
                worker.solve(problem, wanted)
                measure(f"worker {solver}", options.repeats, problem, partial(worker.solve, problem, wanted))


if __name__ == "__main__":
    main()
