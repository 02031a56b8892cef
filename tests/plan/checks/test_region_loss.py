"""Plans that do not survive the loss of a region are found; what cannot survive it is told before the solve."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.errors import UnsatisfiableError
from planner.pipeline import SolveSettings, make_plan
from planner.plan.checks.region_loss import needed
from tests.plan.damage import cell, edit, failing, found_by, told_by
from tests.plan.policy import with_limits
from tests.plan.worlds import DE, VA
from tests.small_instances import second_workload, write_instance

LOSS = {"limit": "any region", "kind": "region_loss_service_share", "value": 0.5}
SETTINGS = SolveSettings(threads=1)


@pytest.fixture(scope="module")
def surviving_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan of two workloads in a pool of which half survives the loss of either region."""
    folder = tmp_path_factory.mktemp("surviving")
    changes = {
        "regions": ["us-virginia", "canada-montreal"], "workloads.1": second_workload(),
        "pools": [{"pool": "both", "workloads": ["chat", "code"]}], "limits": [LOSS],
    }  # fmt: skip
    make_plan(write_instance(folder / "instance", changes, requests_per_s=300.0), folder / "plan", SETTINGS)
    return folder / "plan"


def test_a_sound_plan_passes_and_one_without_the_wish_is_not_asked(surviving_plan: Path, plan_folder: Path) -> None:
    assert failing(surviving_plan) == set()
    assert found_by("region_loss", plan_folder) == []


def test_too_few_replicas_elsewhere_are_found(surviving_plan: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(surviving_plan, tmp_path / "plan"))
    rows = pd.read_csv(folder / "deployments.csv", dtype=str)
    here = rows[rows["period"].eq("q1") & rows["block"].eq("day") & rows["place"].eq("canada-montreal")]
    for row in here.to_dict("records"):
        where = {str(name): str(row[name]) for name in ("pool", "option", "place", "period", "block")}
        edit(folder, "deployments.csv", cell("replicas", 1, **where))
    told = told_by("region_loss", folder)

    assert told.count("limit any region: share of what both answers in q1/day carried without us-virginia") == 1
    assert "expected at least 0.5, found 0." in told


def test_a_pool_in_one_region_does_not_survive_it(plan_folder: Path) -> None:
    with_limits(plan_folder, {"kind": "region_loss_service_share", "value": 0.5, "scope": DE})
    told = told_by("region_loss", plan_folder)

    assert told.count(f"carried without {DE}: expected at least 0.5, found 0") == 3
    assert VA not in told


def test_workloads_of_one_region_are_named_before_the_solve(tmp_path: Path) -> None:
    changes = {
        "regions": ["us-virginia", "canada-montreal"], "limits": [LOSS],
        "workloads.1": second_workload(regions={"allow": ["canada-montreal"]}),
    }  # fmt: skip
    with pytest.raises(UnsatisfiableError) as caught:
        make_plan(write_instance(tmp_path / "instance", changes), tmp_path / "plan", SETTINGS)
    [fault] = caught.value.faults

    assert "limit any region: a second region for every workload, so that 50% of it survives canada-montreal" in fault.expected
    assert fault.found == "code: residency, latency, quality and offers leave canada-montreal alone"


def test_what_is_bought_to_the_last_digit_needs_no_machine() -> None:
    """3 of 10 bought is 30 %, give or take the solver's last digit; a request in a hundred thousand short is a need."""
    answered = np.array([10.0, 10.0, 10.0])
    bought = np.array([3.0, 3.0 - 1e-9, 3.0 - 1e-4])

    assert needed(0.3, answered - bought, bought) == pytest.approx([0.0, 0.0, 1e-4])
