"""Replicas that cannot bear the largest surges are found."""

from pathlib import Path

import pytest

from planner.pipeline import SolveSettings, make_plan
from tests.plan.damage import cell, edit, failing, found_by, told_by
from tests.small_instances import second_workload, write_instance


@pytest.fixture(scope="module")
def robust_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan of two pooled workloads of which one may ask for half as much again."""
    folder = tmp_path_factory.mktemp("robust")
    changes = {
        "workloads.1": second_workload(), "pools": [{"pool": "both", "workloads": ["chat", "code"]}],
        "risk.robust_budget": 1, "risk.robust_deviation_share": 0.5,
    }  # fmt: skip
    make_plan(write_instance(folder / "instance", changes, requests_per_s=600.0), folder / "plan", SolveSettings(threads=1))
    return folder / "plan"


def test_a_sound_plan_passes_and_one_of_certain_demand_is_not_asked(robust_plan: Path, plan_folder: Path) -> None:
    assert failing(robust_plan) == set()
    assert found_by("robust_capacity", plan_folder) == []


def test_a_replica_less_leaves_capacity_and_breaks_the_guard(robust_plan: Path, tmp_path: Path) -> None:
    import shutil

    import pandas as pd

    folder = Path(shutil.copytree(robust_plan, tmp_path / "plan"))
    first = pd.read_csv(folder / "deployments.csv", dtype=str).iloc[0]
    where = {name: str(first[name]) for name in ("pool", "option", "place", "period", "block")}
    edit(folder, "deployments.csv", cell("replicas", int(first["replicas"]) - 1, **where))

    assert "with the largest surges: expected at most" in told_by("robust_capacity", folder)
    assert found_by("capacity", folder) == []
