"""Runs methods side by side on instances and writes a table: how good, how soon, how much memory.

usage: python scripts/bench/run_ladder.py INSTANCE... [--methods textbook,outer,auto] [--seconds 120] [--gap 1e-4]
       [--threads N] [--format markdown|csv]

Each run is a process of its own, one after another. Columns: incumbent and bound (usd) and gap (%) at the end, gap (%) at
10, 30, 60 and 120 s, seconds to 5 %, 1 % and 0.1 %, peak memory (GiB: planner, and its largest engine process), build share
(% of the limit spent on reading, options and groups, which come before the method's own clock). An empty cell: not reached,
or beyond the limit. `textbook` reports nothing while it runs: its marks are read from the log of HiGHS.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

MARKS_S = (10.0, 30.0, 60.0, 120.0)
GOALS = (0.05, 0.01, 0.001)
KIB_PER_GIB = 2**20


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
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    found = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {"status": f"exit {done.returncode}"}
    return {"instance": instance.name, "method": method, **found}


def one(instance: Path, method: str, seconds: float, gap: float, threads: int | None) -> dict[str, Any]:
    """Returns the row of one run in this process."""
    from planner import pipeline
    from planner.methods import MethodSettings, solve_program
    from planner.program.groups import Groups

    began = time.monotonic()
    groups = Groups(pipeline.prepare_instance(*pipeline.read(instance)).coefficients)
    read_s = time.monotonic() - began
    news: list[tuple[float, float, float]] = []
    settings = MethodSettings(
        relative_gap=gap, time_limit_s=seconds, threads=threads, progress=lambda *told: news.append((told[0], told[1], told[2]))
    )
    result = solve_program(groups, settings, method)
    news = news or of_log(result.log, result.wall_s)
    objective = math.inf if result.objective_usd is None else result.objective_usd
    news.append((result.wall_s, objective, -math.inf if result.bound_usd is None else result.bound_usd))
    own, engines = (resource.getrusage(who).ru_maxrss / KIB_PER_GIB for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "status": result.status, "took": result.method, "incumbent_usd": _shown(objective), "bound_usd": _shown(news[-1][2]),
        "gap_pct": _percent(*news[-1][1:]), **marks(news, seconds), "wall_s": round(result.wall_s, 1),
        "own_gib": round(own, 2), "engine_gib": round(engines, 2), "build_pct": round(100 * read_s / seconds, 1),
    }  # fmt: skip


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
