"""Checks the paper's model (Erdil 2025) against a folder of reference tables of its authors' own code.

    python scripts/bench/erdil_reference.py DIR [--processes N] [--only TEXT]

Every file of DIR is recomputed from the constants that ship with the project: 1e-6 relative for points, collectives,
speculative decoding and discrete grids; 3 % in cost at equal speed for frontiers, searched again on the paper's
400 x 400 grid. Prints the worst difference of every file; exits 1 past tolerance or when nothing could be compared.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import pandas as pd

from planner.economics.erdil_agreement import TABLES, Verdict, table_verdict
from planner.economics.erdil_frontier_agreement import (
    FRONTIER_TOLERANCE,
    SUMMARY,
    FrontierVerdict,
    frontier_file,
    frontier_verdict,
)
from planner.tables import records


@dataclass(frozen=True)
class Task:
    """One frontier to recompute: its file and its row of the summary."""

    path: Path
    row: Mapping[str, Any]

    @property
    def effort(self) -> int:
        """Rough number of grid searches, so that long ones start first."""
        is_speculative = isinstance(self.row["spec"], str)
        if self.row["core"] == "v1":
            return 4 if is_speculative else 0
        return 7 if is_speculative else 1


def main() -> int:
    """Returns 0 where every file found agrees, else 1."""
    arguments = _arguments()
    folder = Path(arguments.folder)
    started = time.perf_counter()
    verdicts, notes = check_folder(folder, arguments.processes, arguments.only)
    for note in notes:
        print(note)
    for verdict in verdicts:
        print(_line(verdict))
    failed = [verdict.file for verdict in verdicts if not verdict.is_passed]
    print(f"{len(verdicts)} files compared, {len(failed)} past tolerance, {time.perf_counter() - started:.0f} s")
    if not verdicts:
        print(f"nothing to compare in {folder}")
        return 1
    return 1 if failed else 0


def check_folder(folder: Path, processes: int, only: str = "") -> tuple[list[Verdict], list[str]]:
    """Returns the verdict on every file found, and a note for each that is missing or cannot be placed."""
    verdicts: list[Verdict] = []
    notes: list[str] = []
    for name in TABLES:
        if only not in name:
            continue
        if (folder / name).is_file():
            verdicts.append(table_verdict(folder / name))
        else:
            notes.append(f"{name}: missing, passed over")
    summary, tasks, more_notes = _frontier_tasks(folder, only)
    notes += more_notes
    results = sorted(_frontier_results(tasks, processes), key=lambda result: result.points.file)
    verdicts += [result.points for result in results]
    if summary:
        verdicts.append(_summary_verdict(results))
    return verdicts, notes


def _frontier_tasks(folder: Path, only: str) -> tuple[bool, list[Task], list[str]]:
    """Whether there is a summary to check, the frontiers that can be recomputed, and notes on those that cannot."""
    found = {path.name: path for path in sorted(folder.glob("frontier_*.csv")) if path.name != SUMMARY}
    if not (folder / SUMMARY).is_file():
        notes = [f"{SUMMARY}: missing, passed over"]
        return False, [], notes + [f"{name}: not compared, its inputs are in {SUMMARY}" for name in found]
    rows = records(pd.read_csv(folder / SUMMARY))
    by_file = {frontier_file(row): row for row in rows if only in frontier_file(row)}
    tasks = [Task(found[name], row) for name, row in by_file.items() if name in found]
    notes = [f"{name}: missing, passed over" for name in by_file if name not in found]
    unplaced = [name for name in found if name not in by_file and only in name]
    notes += [f"{name}: not compared, no row of {SUMMARY} has its inputs" for name in unplaced]
    return bool(tasks), sorted(tasks, key=lambda task: -task.effort), notes


def _frontier_results(tasks: list[Task], processes: int) -> Iterator[FrontierVerdict]:
    """Verdicts as they come, longest searches first."""
    if processes <= 1 or len(tasks) <= 1:
        yield from map(_run, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(min(processes, len(tasks))) as pool:
        yield from pool.imap_unordered(_run, tasks)


def _run(task: Task) -> FrontierVerdict:
    return frontier_verdict(task.path, task.row)


def _summary_verdict(results: list[FrontierVerdict]) -> Verdict:
    worst = max(results, key=lambda result: result.summary_worst)
    return Verdict(SUMMARY, len(results), worst.summary_worst, worst.summary_where, FRONTIER_TOLERANCE)


def _line(verdict: Verdict) -> str:
    state = "ok  " if verdict.is_passed else "FAIL"
    if verdict.problem:
        return f"{state} {verdict.file:<52} {verdict.problem}"
    edges = f"; {verdict.knife_edges} knife-edge rows apart, worst {verdict.knife_edge_worst:.1e}"
    return (
        f"{state} {verdict.file:<52} {verdict.rows:>5} rows, worst {verdict.worst:.1e} of {verdict.tolerance:g}"
        + (f" at {verdict.where}" if verdict.where and verdict.worst > 0 else "")
        + (edges if verdict.knife_edges else "")
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", metavar="DIR", help="folder shaped like the reference tables")
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)), help="frontiers at once")
    parser.add_argument("--only", default="", metavar="TEXT", help="only files whose name contains this")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
