"""Measures how the work grows with workloads, regions, periods and blocks, one at a time, and prints the slopes (log-log).

usage: python scripts/bench/growth.py [--volume mid] [--seed 1] [--gap 0.02] [--seconds 60] [--method auto] [--plot FILE.png]
       [--only workloads,regions,periods,blocks]

Instances are the ladder's, of other sizes. Columns: program columns; processor seconds of reading and preparing, of stating and
compiling, and of the whole run with its engines; gap (%) and wall seconds at the end. A slope of 1 is in proportion: it is
fitted by least squares to the logarithms.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from ladder import RUNGS, Rung, generate  # noqa: E402
from run_ladder import write  # noqa: E402

BLOCKS = {
    1: (("day", 24.0),),
    2: (("day", 14.0), ("night", 10.0)),
    4: (("peak", 5.0), ("day", 7.0), ("evening", 5.0), ("night", 7.0)),
}
BASE = Rung(workloads=12, models=10, regions=2, periods=2, blocks=BLOCKS[2], caps=2)
STEPS: dict[str, tuple[int, ...]] = {
    "workloads": (6, 12, 24, 48),
    "regions": (1, 2, 4),
    "periods": (1, 2, 4, 8),
    "blocks": (1, 2, 4),
}
FITTED = ("columns", "prepare_cpu_s", "compile_cpu_s", "all_cpu_s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--volume", default="mid")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gap", type=float, default=0.02)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--method", default="auto")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--only", default=",".join(STEPS))
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(one(args.one, args.method, args.seconds, args.gap)))
        return
    rows = [row for name in args.only.split(",") for row in along(name, args)]
    write(rows, "markdown")
    slopes = {name: slope_of([row for row in rows if row["along"] == name]) for name in args.only.split(",")}
    print()
    write([{"along": name, **found} for name, found in slopes.items()], "markdown")
    if args.plot:
        draw(rows, args.plot)


def rung(name: str, size: int) -> Rung:
    """Returns the base rung with another size along one dimension."""
    return replace(BASE, **{name: BLOCKS[size] if name == "blocks" else size})


def along(name: str, args: argparse.Namespace) -> list[dict[str, Any]]:
    """Returns a row for each size along one dimension; each run is a process of its own."""
    rows = []
    for size in STEPS[name]:
        with tempfile.TemporaryDirectory(prefix="growth-") as folder:
            key = f"{name}-{size}"
            RUNGS[key] = rung(name, size)
            generate(key, args.volume, args.seed, Path(folder) / key)
            command = [sys.executable, __file__, "--one", str(Path(folder) / key), "--method", args.method]
            command += ["--seconds", str(args.seconds), "--gap", str(args.gap)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        rows.append({"along": name, "size": size, **json.loads(done.stdout.splitlines()[-1])})
        print(rows[-1], file=sys.stderr)
    return rows


def one(instance: Path, method: str, seconds: float, gap: float) -> dict[str, Any]:
    """Returns the row of one run in this process."""
    from planner import pipeline
    from planner.methods import MethodSettings, solve_program
    from planner.program.build import build_program
    from planner.program.compile import compile_program
    from planner.program.groups import Groups

    began_s = _cpu_s()
    groups = Groups(pipeline.prepare_instance(*pipeline.read(instance)).coefficients)
    ready_s = _cpu_s()
    compile_program(build_program(groups))
    compiled_s = _cpu_s()
    result = solve_program(groups, MethodSettings(relative_gap=gap, time_limit_s=seconds), method)
    is_known = result.objective_usd is not None and result.bound_usd is not None
    return {
        "took": result.method, "columns": result.columns, "prepare_cpu_s": round(ready_s - began_s, 2),
        "compile_cpu_s": round(compiled_s - ready_s, 2), "all_cpu_s": round(_cpu_s() - compiled_s + ready_s - began_s, 2),
        "gap_pct": round(100 * (1 - result.bound_usd / result.objective_usd), 2) if is_known else None,
        "wall_s": round(result.wall_s, 1),
    }  # fmt: skip


def _cpu_s() -> float:
    """Returns processor seconds of this process and of those it waited for."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def slope_of(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Returns the least-squares slope of the logarithm of each figure over the logarithm of the size."""
    sizes = np.log([row["size"] for row in rows])
    return {name: round(float(np.polyfit(sizes, np.log([max(row[name], 1e-2) for row in rows]), 1)[0]), 2) for name in FITTED}


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Writes a log-log picture of processor seconds over the size relative to the base."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5))
    for name in dict.fromkeys(row["along"] for row in rows):
        mine = [row for row in rows if row["along"] == name]
        base = len(BASE.blocks) if name == "blocks" else getattr(BASE, name)
        axes.loglog([row["size"] / base for row in mine], [row["all_cpu_s"] for row in mine], "o-", label=name)
    axes.set_xlabel("size over the base's")
    axes.set_ylabel("processor seconds, engines included")
    axes.legend()
    axes.grid(visible=True, which="both", alpha=0.3)
    figure.savefig(path, dpi=120, bbox_inches="tight")


if __name__ == "__main__":
    main()
