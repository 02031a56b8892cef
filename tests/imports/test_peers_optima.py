"""Every peer's file that is at hand solves to the optimum documented for it; skipped where the files are not there."""

import json
import re
from pathlib import Path

import pytest

from planner import pipeline
from planner.imports.buckets import aibrix_problem, melange_problem
from planner.imports.inferno import inferno_problem
from planner.imports.instance_files import PeerProblem, write_instance

FOLDER = Path(__file__).parents[3] / "shared" / "facts" / "peers"
FAST_FILES = ("m01_example.json", "aibrix_v1_chat_r5.json", "inferno_v1_small")
"""One of each peer and shape; the others are for the slow marker: together they take minutes."""
CENTS_FILES = ("inferno_v1_small.json",)


def documented() -> dict[str, list[str]]:
    """Returns the cells of the README's rows by file."""
    page = FOLDER / "README.md"
    lines = page.read_text(encoding="utf-8").splitlines() if page.is_file() else []
    rows = [re.match(r"\| (\S+\.json) \|(.*)\|$", line.strip()) for line in lines]
    return {row[1]: [cell.strip() for cell in row[2].split("|")] for row in rows if row}


def marks_of(name: str) -> list[pytest.MarkDecorator]:
    """Returns the slow marker for a file that the default suite leaves out."""
    return [] if name.startswith(FAST_FILES) else [pytest.mark.slow]


def cases() -> list[object]:
    """Returns (problem maker, file, options, usd) of every documented optimum."""
    found = []
    for name, cells in documented().items():
        marks = marks_of(name)
        if name.startswith("aibrix"):
            found.append(pytest.param(aibrix_problem, f"aibrix/{name}", {}, float(cells[0]), id=name, marks=marks))
        elif name[0] in "mxy":
            path = f"melange/{name}"
            found.append(pytest.param(melange_problem, path, {}, float(cells[5].split()[0]), id=name, marks=marks))
            options = {"is_continuous": True}
            usd = float(cells[6].split()[0])
            found.append(pytest.param(melange_problem, path, options, usd, id=f"{name}|continuous", marks=marks))
    for path in sorted(FOLDER.glob("inferno/*.json")):
        optima = json.loads(path.read_text(encoding="utf-8"))["reference_optimum_highs"]
        for kind, told in optima.items():
            assignment, _, limit = kind.partition("|")
            usd = told["objective"] / 100 if path.name in CENTS_FILES else told
            options = {"assignment": assignment, "is_unlimited": limit == "unlimited"}
            found.append(
                pytest.param(
                    inferno_problem, f"inferno/{path.name}", options, usd, id=f"{path.stem}|{kind}", marks=marks_of(path.name)
                )
            )
    return found


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the peers' files are not at hand")
@pytest.mark.parametrize(("make", "path", "options", "usd"), cases())
def test_the_documented_optimum_is_met(tmp_path, make, path, options, usd):
    problem: PeerProblem = make(FOLDER / path, **options)
    write_instance(problem, tmp_path / "instance")
    outcome = pipeline.make_plan(tmp_path / "instance", tmp_path / "plan", pipeline.SolveSettings(gap=1e-6, threads=1))

    assert outcome.audit.passed
    assert outcome.plan.facts.status == "optimal"
    assert outcome.plan.facts.objective_usd == pytest.approx(usd, rel=1e-6)
