"""Runs methods side by side on instances and writes a table: how good, how soon, how much memory.

usage: python scripts/bench/run_ladder.py INSTANCE... [--methods textbook,outer,auto] [--seconds 120] [--gap 1e-4]
       [--threads N] [--format markdown|csv]

Each run is a process of its own, one after another. Columns: incumbent and bound (usd) and gap (%) at the end, gap (%) at
10, 30, 60 and 120 s, seconds to 5 %, 1 % and 0.1 %, peak memory (GiB), build share. An empty cell: not reached, beyond the
limit, or not to be had. `textbook` reports nothing while it runs: its marks are read from the log of HiGHS.

Build share (`build_pct`): % of the limit that goes into everything but the search, by the wall clock of this very run: `prepare`
(reading, options, groups: before the method's own clock), `build` (Pyomo), `compile` (arrays), `condense` and `split` (cells and
their projection, where the method has any; each time it is done), `extract` (the decision from an engine's point) and `tables`
(the plan's from the decision; after the method's clock). The seconds of each go to stderr, and how many of them had a processor:
on a busy machine the share grows with what else runs. Not in it: starting Python, sending arrays to engines, and writing and
auditing the plan, which no run here does.

Memory: `own_gib` is the most that the planner's own process had resident; `tree_pss_gib` the most that it and all processes
under it had together, looked at every half second (a higher peak in between is missed). It is their proportional share (PSS,
/proc/PID/smaps_rollup): a page that several of them share counts once in all, and in part where others on the machine have it
too. Where Linux does not tell that, the column is `tree_rss_gib`, the sum of resident sizes, in which a shared page counts once
for each; elsewhere there is none.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

MARKS_S = (10.0, 30.0, 60.0, 120.0)
GOALS = (0.05, 0.01, 0.001)
KIB_PER_GIB = 2**20
LOOK_S = 0.5
"""Seconds between two looks at the memory of a run."""
PROC = Path("/proc")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("instances", nargs="+", type=Path)
    parser.add_argument("--methods", default="textbook,outer,auto")
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--gap", type=float, default=1e-4)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--format", choices=("markdown", "csv"), default="markdown")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(one(args.instances[0], args.methods, args.seconds, args.gap, args.threads)))
        return
    rows = []
    for instance in args.instances:
        for method in args.methods.split(","):
            print(f"{instance.name} {method} ...", file=sys.stderr)
            rows.append(apart(instance, method, args))
    write(rows, args.format)


def apart(instance: Path, method: str, args: argparse.Namespace) -> dict[str, Any]:
    """Returns the row of one run, made in a process of its own."""
    command = [sys.executable, __file__, str(instance), "--one", "--methods", method, "--seconds", str(args.seconds)]
    command += ["--gap", str(args.gap), *(["--threads", str(args.threads)] if args.threads else [])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running, peak_of(running.pid) as peak_gib:
        told, _ = running.communicate()
    found = json.loads(told.splitlines()[-1]) if running.returncode == 0 else {"status": f"exit {running.returncode}"}
    return {"instance": instance.name, "method": method, **found, **peak_gib}


def one(instance: Path, method: str, seconds: float, gap: float, threads: int | None) -> dict[str, Any]:
    """Returns the row of one run in this process, but for the memory of all its processes."""
    from planner import pipeline
    from planner.methods import MethodSettings, solve_program
    from planner.plan.assemble import plan_tables
    from planner.program.groups import Groups

    spent = Spent()
    coefficients = spent.timed("prepare", lambda: pipeline.prepare_instance(*pipeline.read(instance)).coefficients)()
    groups = spent.timed("prepare", Groups)(coefficients)
    news: list[tuple[float, float, float]] = []
    settings = MethodSettings(
        relative_gap=gap, time_limit_s=seconds, threads=threads, progress=lambda *told: news.append((told[0], told[1], told[2]))
    )
    with steps_timed(spent):
        result = solve_program(groups, settings, method)
    if result.decision is not None:
        got = result.decision
        spent.timed("tables", plan_tables)(coefficients, got.deployments, got.traffic, got.rentals, got.orders, got.more)
    print(spent.told(), file=sys.stderr)
    news = news or of_log(result.log, result.wall_s)
    objective = math.inf if result.objective_usd is None else result.objective_usd
    news.append((result.wall_s, objective, -math.inf if result.bound_usd is None else result.bound_usd))
    own_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_GIB
    return {
        "status": result.status, "took": result.method, "incumbent_usd": _shown(objective), "bound_usd": _shown(news[-1][2]),
        "gap_pct": _percent(*news[-1][1:]), **marks(news, seconds), "wall_s": round(result.wall_s, 1),
        "build_pct": round(100 * spent.seconds.total() / seconds, 1), "own_gib": round(own_gib, 2),
    }  # fmt: skip


class Spent:
    """Seconds by step of a run, and those its thread had a processor; what is timed within a step is part of it, counted once."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.cpu_s: Counter[str] = Counter()
        self._is_timing = False

    def timed(self, step: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Returns a callable that does the same and adds the seconds it takes to those of a step."""

        def measured(*args: Any, **more: Any) -> Any:
            if self._is_timing:
                return call(*args, **more)
            self._is_timing, began, cpu_began = True, time.monotonic(), time.thread_time()
            try:
                return call(*args, **more)
            finally:
                self._is_timing = False
                self.seconds[step] += time.monotonic() - began
                self.cpu_s[step] += time.thread_time() - cpu_began

        return measured

    def told(self) -> str:
        """Returns a line of them all."""
        steps = ", ".join(f"{step} {took:.2f} ({self.cpu_s[step]:.2f})" for step, took in self.seconds.items())
        return f"seconds (on a processor): {steps}"


@contextmanager
def steps_timed(spent: Spent) -> Iterator[None]:
    """Has the steps around a search timed wherever the planner calls them, as long as the context is open."""
    from planner.methods import condense, oracle, split
    from planner.program import build, compile, extract

    steps: tuple[tuple[str, Any, str], ...] = (
        ("build", build, "build_program"), ("compile", compile, "compile_program"), ("condense", condense, "condense"),
        ("split", split, "split_program"), ("split", oracle, "make_oracle"), ("extract", condense.Condensed, "restored"),
        ("extract", extract, "extract"),
    )  # fmt: skip
    with ExitStack() as stack:
        for step, owner, name in steps:
            call = getattr(owner, name)
            instead = spent.timed(step, call)
            for place in (owner, *(module for key, module in sys.modules.items() if key.startswith("planner."))):
                if vars(place).get(name) is call:
                    stack.enter_context(mock.patch.object(place, name, instead))
        yield


@contextmanager
def peak_of(process: int) -> Iterator[dict[str, float]]:
    """Yields what will be the most memory that a process and those under it had together (GiB), by what it is the sum of."""
    is_shared_out = memory_kib("self", True) > 0
    name, is_over = "tree_pss_gib" if is_shared_out else "tree_rss_gib", threading.Event()
    found: dict[str, float] = {}

    def look() -> None:
        while True:
            kib = sum(memory_kib(str(one), is_shared_out) for one in tree(process))
            found[name] = max(found.get(name, 0.0), round(kib / KIB_PER_GIB, 2))
            if is_over.wait(LOOK_S):
                return

    looking = threading.Thread(target=look, daemon=True)
    if is_shared_out or memory_kib("self", False) > 0:
        looking.start()
    try:
        yield found
    finally:
        is_over.set()
        if looking.ident is not None:
            looking.join()


def tree(process: int) -> list[int]:
    """Returns a process and all under it."""
    under: dict[int, list[int]] = {}
    for path in PROC.glob("[0-9]*/status"):
        under.setdefault(_told(path, "PPid"), []).append(int(path.parent.name))
    found = [process]
    for parent in found:
        found += under.get(parent, [])
    return found


def memory_kib(process: str, is_shared_out: bool) -> int:
    """Returns the memory of a process: its share of what it has resident, or all of that; 0 where it has ended."""
    folder = PROC / process
    return _told(folder / "smaps_rollup", "Pss") if is_shared_out else _told(folder / "status", "VmRSS")


def _told(path: Path, name: str) -> int:
    """Returns the number beside a name in a file of /proc; 0 where there is none, as of a process that has ended."""
    try:
        lines: Sequence[str] = path.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def of_log(log: str, wall_s: float) -> list[tuple[float, float, float]]:
    """Returns (seconds, incumbent, bound) of each line of HiGHS' branch-and-bound log; its clock ended with the method's."""
    rows = [line.split() for line in log.splitlines()]
    rows = [row for row in rows if len(row) >= 9 and row[-9].endswith("%") and row[-1].endswith("s")]
    told = [(float(row[-1][:-1]), float(row[-7]), float(row[-8])) for row in rows]
    before_s = max(0.0, wall_s - told[-1][0]) if told else 0.0
    return [(before_s + at_s, plan, proof) for at_s, plan, proof in told]


def marks(news: list[tuple[float, float, float]], seconds: float) -> dict[str, float | None]:
    """Returns the gap in percent at each mark within the limit, and the second at which each goal was first held."""
    found: dict[str, float | None] = {}
    best: list[tuple[float, float, float]] = []
    incumbent, bound = math.inf, -math.inf
    for at_s, plan, proof in news:
        incumbent, bound = min(incumbent, plan), max(bound, proof)
        best.append((at_s, incumbent, bound))
    for mark_s in MARKS_S:
        known = [entry for entry in best if entry[0] <= mark_s]
        found[f"gap_{mark_s:g}s"] = _percent(*known[-1][1:]) if known and mark_s <= seconds else None
    for goal in GOALS:
        held = [at_s for at_s, plan, proof in best if math.isfinite(plan) and plan - proof <= goal * abs(plan)]
        found[f"s_to_{100 * goal:g}pct"] = round(held[0], 1) if held else None
    return found


def _percent(incumbent: float, bound: float) -> float | None:
    is_known = math.isfinite(incumbent) and math.isfinite(bound)
    return round(100 * (incumbent - bound) / max(abs(incumbent), 1e-9), 3) if is_known else None


def _shown(usd: float) -> float | None:
    return round(usd) if math.isfinite(usd) else None


def write(rows: list[dict[str, Any]], how: str) -> None:
    """Prints the rows as a table."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [["" if row.get(name) is None else str(row[name]) for name in names] for row in rows]
    if how == "csv":
        print("\n".join(",".join(line) for line in (names, *cells)))
        return
    print("| " + " | ".join(names) + " |\n|" + "---|" * len(names))
    print("\n".join("| " + " | ".join(line) + " |" for line in cells))


if __name__ == "__main__":
    main()
