"""Times our engine against PuLP with CBC on problems of length buckets in slices (files in Mélange's format).

Usage: python scripts/bench/melange_speed.py FILE... [--limit-s 120] [--gap 1e-6] [--out TABLE.csv]
Needs the extra `bench` (pip install fleet-planner[bench]).

Both sides solve the same program. CBC gets it as such tools state it, a binary for each slice and type; ours has one
integer for each bucket and type. The engine's own clock is compared, one thread each: imports, reading files, building
models and starting processes are apart on both sides (columns build_s). A run that reaches the limit counts as the limit.
"""

import argparse
import math
import re
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from planner import pipeline
from planner.imports.buckets import melange_problem
from planner.imports.instance_files import PeerProblem, write_instance
from planner.methods.choose import choose
from planner.methods.result import MethodSettings
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups
from planner.solvers import Status, Worker

CBC_CLOCK = re.compile(r"Total time \(CPU seconds\):\s+[0-9.]+\s+\(Wallclock seconds\):\s+([0-9.]+)")


@dataclass(frozen=True)
class Run:
    """One solve: seconds inside the engine and before it, what was found, and whether the gap was proved in time."""

    engine_s: float
    build_s: float
    objective_usd: float
    is_proved: bool
    columns: int


def ours(problem: PeerProblem, limit_s: float, gap: float) -> Run:
    """Returns the run of the method's engine on the imported instance."""
    with tempfile.TemporaryDirectory(prefix="melange-speed-") as folder:
        write_instance(problem, Path(folder) / "instance")
        instance, catalog = pipeline.read(Path(folder) / "instance")
        groups = Groups(pipeline.prepare_instance(instance, catalog).coefficients)
    if choose(groups) != "textbook":
        raise SystemExit(f"{problem.name}: measured as whole programs only, not by {choose(groups)}")
    began = time.perf_counter()
    compiled = compile_program(build_program(groups))
    built_s = time.perf_counter() - began
    with Worker() as worker:
        found = worker.solve(compiled.problem, MethodSettings("highs", gap, limit_s, 1).for_solver(limit_s))
    objective = math.nan if found.objective is None else found.objective
    return Run(found.engine_s, built_s, objective, found.status is Status.OPTIMAL, compiled.problem.columns)


def cbc(problem: PeerProblem, limit_s: float, gap: float) -> Run:
    """Returns the run of CBC on the program with a binary for each slice and machine; PuLP's word `Optimal` is no proof."""
    import pulp

    began = time.perf_counter()
    model = pulp.LpProblem("buckets", pulp.LpMinimize)
    price = {machine.machine: machine.usd_per_hour for machine in problem.machines}
    count = {name: pulp.LpVariable(f"count_{j}", lowBound=0, cat="Integer") for j, name in enumerate(price)}
    load: dict[str, list[object]] = {name: [] for name in price}
    parts = max(problem.slices, 1)
    model += pulp.lpSum(price[name] * count[name] for name in price)
    for i, stream in enumerate(problem.streams):
        for s in range(parts):
            able = [(j, name) for j, name in enumerate(price) if stream.rates[name] > 0]
            on = {name: pulp.LpVariable(f"on_{i}_{s}_{j}", cat="Binary") for j, name in able}
            model += pulp.lpSum(on.values()) == 1
            for name, variable in on.items():
                load[name].append(stream.requests_per_s / parts / stream.rates[name] * variable)
    for name, terms in load.items():
        model += pulp.lpSum(terms) <= count[name]
    built_s = time.perf_counter() - began
    with tempfile.TemporaryDirectory(prefix="melange-speed-") as folder:
        log = Path(folder) / "cbc.log"
        began = time.perf_counter()
        model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=limit_s, threads=1, gapRel=gap, logPath=str(log)))
        waited_s = time.perf_counter() - began
        clock = CBC_CLOCK.search(log.read_text(encoding="utf-8", errors="replace"))
    engine_s = float(clock[1]) if clock else waited_s
    is_proved = model.sol_status == pulp.LpSolutionOptimal and engine_s < limit_s
    return Run(engine_s, built_s, float(pulp.value(model.objective)), is_proved, len(model.variables()))


def compared(path: Path, limit_s: float, gap: float) -> dict[str, object]:
    """Returns one row of the table: both runs of a file and how many times faster ours was."""
    problem = melange_problem(path)
    mine = ours(problem, limit_s, gap)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PuLP announces its version 4
        theirs = cbc(problem, limit_s, gap)
    times = [run.engine_s if run.is_proved else limit_s for run in (mine, theirs)]
    row: dict[str, object] = {"file": path.name}
    row |= {f"ours_{name}": value for name, value in asdict(mine).items()}
    row |= {f"cbc_{name}": value for name, value in asdict(theirs).items()}
    return {**row, "times_faster": times[1] / max(times[0], 1e-3)}


def main(arguments: Iterable[str] | None = None) -> int:
    """Prints the table and the median; exit code 1 where the two sides disagree on a proved optimum."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--limit-s", type=float, default=120.0)
    parser.add_argument("--gap", type=float, default=1e-6)
    parser.add_argument("--out", type=Path)
    wishes = parser.parse_args(None if arguments is None else list(arguments))
    rows = []
    for path in wishes.files:
        rows.append(compared(path, wishes.limit_s, wishes.gap))
        row = rows[-1]
        print(
            f"{row['file']}: ours {row['ours_objective_usd']:.6g} usd in {row['ours_engine_s']:.2f} s,"
            f" CBC {row['cbc_objective_usd']:.6g} usd in {row['cbc_engine_s']:.2f} s"
            f"{'' if row['cbc_is_proved'] else ' (not proved)'}: {row['times_faster']:.1f} times faster",
            flush=True,
        )
    table = pd.DataFrame(rows)
    if wishes.out is not None:
        table.to_csv(wishes.out, index=False, lineterminator="\n")
    print(f"median: {statistics.median(table['times_faster']):.1f} times faster over {len(table)} files")
    proved = table[table["ours_is_proved"] & table["cbc_is_proved"]]
    apart = (proved["ours_objective_usd"] - proved["cbc_objective_usd"]).abs() > 2 * wishes.gap * proved["cbc_objective_usd"]
    return 1 if apart.any() else 0


if __name__ == "__main__":
    sys.exit(main())
