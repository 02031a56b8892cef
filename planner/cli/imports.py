"""What the import commands do: read another planner's file, write an instance, say what it holds."""

from pathlib import Path
from typing import cast, get_args

from planner.cli.output import print_lines
from planner.errors import InputError
from planner.imports.buckets import aibrix_problem, melange_problem
from planner.imports.inferno import Assignment, inferno_problem
from planner.imports.instance_files import PeerProblem, write_instance

BUCKET_FORMATS = {"melange": melange_problem, "aibrix": aibrix_problem}


def run_import_buckets(peer: str, file: Path, out: Path, is_continuous: bool) -> None:
    """Writes the instance of a file of length buckets."""
    _write(BUCKET_FORMATS[peer](file, is_continuous), out)


def run_import_inferno(file: Path, out: Path, assignment: str, is_unlimited: bool) -> None:
    """Writes the instance of an inferno file."""
    if assignment not in get_args(Assignment):
        raise InputError.single("--assignment", " or ".join(get_args(Assignment)), repr(assignment))
    _write(inferno_problem(file, cast(Assignment, assignment), is_unlimited), out)


def _write(problem: PeerProblem, out: Path) -> None:
    write_instance(problem, out)
    told = [f"wrote {out}: {len(problem.streams)} workloads on {len(problem.machines)} machines", *problem.story.splitlines()]
    print_lines([*told, f"next: planner solve {out} --gap 1e-6"])
