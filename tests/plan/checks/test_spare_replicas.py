"""Pools that cannot lose a replica are found, by sorting the replicas that run."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from planner.pipeline import SolveSettings, make_plan
from tests.plan.damage import cell, edit, failing, found_by, told_by
from tests.plan.policy import with_limits
from tests.small_instances import second_workload, write_instance


@pytest.fixture(scope="module")
def spared_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan of two workloads in a pool that must bear the loss of a replica."""
    folder = tmp_path_factory.mktemp("spared")
    changes = {
        "workloads.1": second_workload(), "pools": [{"pool": "both", "workloads": ["chat", "code"]}],
        "limits": [{"limit": "n+1", "kind": "spare_replicas", "value": 1}],
    }  # fmt: skip
    make_plan(write_instance(folder / "instance", changes, requests_per_s=100.0), folder / "plan", SolveSettings(threads=1))
    return folder / "plan"


def test_a_sound_plan_passes_and_one_without_the_wish_is_not_asked(spared_plan: Path, plan_folder: Path) -> None:
    assert failing(spared_plan) == set()
    assert found_by("spare_replicas", plan_folder) == []


def test_a_replica_less_leaves_capacity_and_breaks_the_spare(spared_plan: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(spared_plan, tmp_path / "plan"))
    rows = pd.read_csv(folder / "deployments.csv", dtype=str)
    for row in rows.to_dict("records"):
        where = {str(name): str(row[name]) for name in ("pool", "option", "place", "period", "block")}
        edit(folder, "deployments.csv", cell("replicas", int(row["replicas"]) - 1, **where))
    told = told_by("spare_replicas", folder)

    assert (
        "limit n+1: share of what both serves in q1/day that is carried with 1 of its replicas lost: expected 1, found 0." in told
    )
    assert found_by("capacity", folder) == []


def test_the_most_capable_replicas_are_the_ones_lost(plan_folder: Path) -> None:
    """In q1/day chat has 19 replicas of 4 requests/s and 4 of 1.6 for 80: without one 78.4 are left, without six 58.4."""
    with_limits(
        plan_folder, {"kind": "spare_replicas", "value": 1, "scope": "chat", "period": "q1"},
        {"kind": "spare_replicas", "value": 6, "scope": "chat", "period": "q1", "limit": "six"},
    )  # fmt: skip
    shares = [finding.actual for finding in found_by("spare_replicas", plan_folder) if "q1/day" in finding.subject]

    assert shares == ["0.98", "0.73"]


def test_a_pool_of_the_only_replica_serves_nothing(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "spare_replicas", "value": 1, "scope": "research", "period": "q2"})

    assert told_by("spare_replicas", plan_folder).count("found 0") == 2
