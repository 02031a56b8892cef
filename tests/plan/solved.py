"""Plans of small instances, solved and written: what a family's audit check is tried on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from planner.pipeline import SolveSettings, make_plan
from tests.small_instances import write_instance

EXACT = SolveSettings(gap=1e-6, time_limit_s=60.0, threads=1)


def solved_plan(
    folder: Path, changes: Mapping[str, Any], files: Mapping[str, str] | None = None, requests_per_s: float = 10.0
) -> Path:
    """Writes the small instance with changes, solves it and returns the plan's folder; the plan passes its audit."""
    instance = write_instance(folder / "instance", changes, files, requests_per_s)
    make_plan(instance, folder / "plan", EXACT)
    return folder / "plan"
