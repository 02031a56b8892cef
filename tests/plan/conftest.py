"""A written plan to damage: made once, copied for each test."""

import shutil
from pathlib import Path

import pytest

from tests.plan.worlds import write_world


@pytest.fixture(scope="session")
def sound_plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan's folder that passes its audit; not to be changed."""
    return write_world(tmp_path_factory.mktemp("world"))


@pytest.fixture
def plan_folder(sound_plan: Path, tmp_path: Path) -> Path:
    """A copy of the plan's folder."""
    return Path(shutil.copytree(sound_plan, tmp_path / "plan"))
