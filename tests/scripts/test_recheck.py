"""The script that proves bounds again: the whole of a true one in its table, and a false one told by exit 1."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from planner.pipeline import SolveSettings, make_plan
from planner.plan.files import read_facts
from tests.plan.damage import edit_facts
from tests.small_instances import write_instance

SCRIPT = Path(__file__).parents[2] / "scripts" / "bench" / "recheck.py"


def table(*plans: Path) -> tuple[int, list[list[str]]]:
    """Returns the exit code, and the cells of the table."""
    command = [sys.executable, str(SCRIPT), *map(str, plans), "--seconds", "30", "--threads", "1", "--format", "csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, [line.split(",") for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("recheck")
    make_plan(
        write_instance(root / "wish", requests_per_s=300.0), root / "plan", SolveSettings(gap=1e-3, time_limit_s=30, threads=1)
    )
    return root / "plan"


def test_a_true_bound_is_told_whole_and_a_false_one_fails(plan: Path, tmp_path: Path) -> None:
    false = Path(shutil.copytree(plan, tmp_path / "false"))
    cost = read_facts(false).objective_usd
    edit_facts(false, bound_usd=cost * 1.01, objective_usd=cost * 1.02, gap=0.01 / 1.02)
    code, ((_, *names), (name, *cells)) = table(plan)
    failed, rows = table(plan, false)

    assert (code, name) == (0, "plan")
    assert cells[names.index("again_pct")] == "100.0"
    assert round(read_facts(plan).bound_usd or 0.0) == int(cells[names.index("bound_usd")])
    assert failed == 1
    assert "FAILED" in ",".join(rows[2])
