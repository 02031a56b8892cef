"""A written plan to damage: made once, copied for each test."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from planner.pipeline import Outcome, SolveSettings, make_plan
from tests.classed_instances import classed_instance
from tests.plan.worlds import write_world
from tests.small_instances import write_instance


@pytest.fixture(scope="session")
def sound_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan's folder that passes its audit; not to be changed."""
    return write_world(tmp_path_factory.mktemp("world"))


@pytest.fixture
def plan_folder(sound_plan: Path, tmp_path: Path) -> Path:
    """A copy of the plan's folder."""
    return Path(shutil.copytree(sound_plan, tmp_path / "plan"))


def risky_instance(folder: Path, changes: Mapping[str, Any]) -> Path:
    """Writes the small instance with two demand scenarios and changes, and returns its folder."""
    settings = {"risk.scenarios": [{"scenario": "low", "probability": 0.75}, {"scenario": "high", "probability": 0.25}]}
    rows = [f"chat,{t},{b},{s},{r}" for t in ("q1", "q2") for b in ("day", "night") for s, r in (("low", 300), ("high", 900))]
    demand = "\n".join(["workload,period,block,scenario,requests_per_s", *rows, ""])
    return write_instance(folder, {**settings, **changes}, {"demand.csv": demand})


@pytest.fixture(scope="session")
def sound_risky_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan of a small instance with two demand scenarios, solved; not to be changed."""
    folder = tmp_path_factory.mktemp("risky")
    make_plan(risky_instance(folder / "instance", {}), folder / "plan", SolveSettings(threads=1))
    return folder / "plan"


@pytest.fixture
def risky_plan(sound_risky_plan: Path, tmp_path: Path) -> Path:
    """A copy of the plan with scenarios."""
    return Path(shutil.copytree(sound_risky_plan, tmp_path / "risky"))


@pytest.fixture(scope="session")
def sound_tailed_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan of a small instance with two scenarios whose goal weighs the dear one; not to be changed."""
    folder = tmp_path_factory.mktemp("tailed")
    path = risky_instance(folder / "instance", {"risk.cvar_weight": 0.5, "risk.cvar_tail_share": 0.25})
    make_plan(path, folder / "plan", SolveSettings(threads=1))
    return folder / "plan"


@pytest.fixture
def tailed_plan(sound_tailed_plan: Path, tmp_path: Path) -> Path:
    """A copy of the plan with a tail weight."""
    return Path(shutil.copytree(sound_tailed_plan, tmp_path / "tailed"))


@pytest.fixture(scope="session")
def classed_outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """The audited plan of an instance with two length classes; its folder is not to be changed."""
    folder = tmp_path_factory.mktemp("classed")
    return make_plan(classed_instance(folder / "instance"), folder / "plan", SolveSettings(gap=1e-6, threads=1))
