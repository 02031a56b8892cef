"""Prices the parts of a search by the crew of this machine and by Dask behind the same two methods, and prints both times.

usage: python scripts/bench/dask_round.py INSTANCE [--processes 2] [--rounds 5]
Needs the extra `bench` (pip install fleet-planner[bench]).

A round asks every part of every cell that no staircase prices (`methods/way_pool`) for its cheapest way, at prices between the
relaxation's and the market's: independent programs, sent as arrays. Columns: programs, their arrays (MB), seconds of the crew
and of a Dask cluster of as many workers on this machine, how many times as long Dask takes, and by how much (relative) what
both prove differs at most. Cluster and crew are started beforehand. Exit 1 where they differ by more than WAY_GAP.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Self

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from run_ladder import write  # noqa: E402

from planner.methods.crew import Crew, Task, given  # noqa: E402
from planner.methods.parts import Priced  # noqa: E402
from planner.methods.priced_parts import WAY_GAP, WAY_HIGHS, WAY_SECONDS, unit_prices  # noqa: E402
from planner.methods.result import MethodSettings  # noqa: E402
from planner.methods.started import Started, start  # noqa: E402
from planner.methods.way_pool import Left, WayPool  # noqa: E402
from planner.pipeline import prepare_instance, read, routable_groups  # noqa: E402
from planner.program.build import build_program  # noqa: E402
from planner.program.compile import compile_program  # noqa: E402
from planner.solvers import Offers, Problem, Settings, Solution, solve_here  # noqa: E402
from planner.solvers.solution import Watcher  # noqa: E402


def solved(problem: Problem, asked: dict[str, Any]) -> Solution:
    """Returns the answer of an engine in a worker of a cluster."""
    return solve_here(problem, Settings(**asked))


class DaskCrew(Crew):
    """The crew's two methods over a Dask client: programs go out as arrays, solutions come back. Nobody is told of progress."""

    def __init__(self, client: Any, size: int) -> None:
        super().__init__(size)
        self._client = client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def submit(self, task: Task, watcher: Watcher | None = None, offers: Offers | None = None) -> "Future[Solution]":
        """Starts a task somewhere."""
        assert watcher is None
        assert offers is None
        made, settings = task
        asked = {**{name: getattr(settings, name) for name in settings.__dataclass_fields__}, "native": dict(settings.native)}
        return self._client.submit(solved, made(), asked, pure=False)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("instance", type=Path)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    from distributed import Client, LocalCluster

    size = args.processes
    with LocalCluster(n_workers=size, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        rows = compared(begun(args.instance), DaskCrew(client, size), size, args.rounds)
    write(rows, "markdown")
    return int(any(row["differ"] > WAY_GAP for row in rows))


def begun(path: Path) -> Callable[[Crew], Started]:
    """Returns what begins the search of an instance with a crew."""
    instance, catalog = read(path)
    groups = routable_groups(prepare_instance(instance, catalog).coefficients, instance)
    compiled = compile_program(build_program(groups))

    def begin(crew: Crew) -> Started:
        found = start(compiled, groups, MethodSettings(time_limit_s=3600.0), crew, time.monotonic())
        assert isinstance(found, Started), "the relaxation has no point"
        return found

    return begin


def compared(begin: Callable[[Crew], Started], other: Crew, processes: int, rounds: int) -> list[dict[str, Any]]:
    """Returns a row for each round of prices; engines begin at nothing known, so that both are asked the same."""
    rows = []
    with Crew(processes) as crew:
        started = begin(crew)
        crews = (crew, other)
        for mine in crews:  # engines are loaded before the clock runs
            round_of(started, mine, 1.0)
        for blend in np.linspace(0.0, 1.0, rounds).tolist():
            (own_s, own, sent), (other_s, others, _) = (round_of(started, mine, blend) for mine in crews)
            differ = max((abs(a.least - b.least) / max(1.0, abs(a.least)) for a, b in zip(own, others, strict=True)), default=0.0)
            rows.append({
                "prices": round(blend, 2), "programs": len(sent), "mb": round(sum(map(size_of, sent)) / 1e6, 2),
                "crew_s": round(own_s, 2), "dask_s": round(other_s, 2), "times": round(other_s / own_s, 2), "differ": differ,
            })  # fmt: skip
    return rows


def round_of(started: Started, crew: Crew, blend: float) -> tuple[float, list[Priced], list[Problem]]:
    """Returns the seconds that a round takes a crew, what each part costs at least, and the programs that were sent."""
    search, sent = started.search, list[Problem]()
    asked = Settings("highs", WAY_SECONDS, relative_gap=WAY_GAP, threads=1, log=False, native=WAY_HIGHS)

    def ways(problems: Sequence[Problem], _: Left) -> list[Solution]:
        sent.extend(problems)
        return crew.solve([(given(problem), asked) for problem in problems])

    pool = WayPool(search.oracles, search.parts, ways)
    began = time.perf_counter()
    priced, _ = pool.price_cells(unit_prices(search, blend))
    return time.perf_counter() - began, [one for mine in priced for one in mine], sent


def size_of(problem: Problem) -> int:
    """Returns the bytes of a program's arrays."""
    return sum(value.nbytes for value in vars(problem).values() if isinstance(value, np.ndarray))


if __name__ == "__main__":
    sys.exit(main())
