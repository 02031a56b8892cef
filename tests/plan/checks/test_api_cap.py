"""The api_cap check finds calls beyond a seller's caps, and caps that nobody gave."""

import shutil
from pathlib import Path

import pytest

from tests.plan.checks.traffic_plans import bought
from tests.plan.damage import cell, edit, told_by


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(bought(), tmp_path / "plan"))


def test_more_calls_than_the_cap_are_found(folder: Path) -> None:
    edit(folder, "api_traffic.csv", cell("requests_per_s", 0.6, block="day"))

    assert "calls of deepinfra/llama-3.1-8b in q1/day: expected at most 0.5 requests/s, found 0.6" in told_by("api_cap", folder)


def test_more_tokens_than_the_cap_are_found(folder: Path) -> None:
    """A request has 1000 prompt tokens and 200 made: 600 tokens/s."""
    edit(folder, "inputs/coefficients/api.csv", cell("tokens_per_s_max", 500))

    assert "expected at most 500 tokens/s, found 600 tokens/s" in told_by("api_cap", folder)


@pytest.mark.parametrize(("name", "value"), [("requests_per_s_max", 5), ("requests_per_s_max", ""), ("tokens_per_s_max", 1e6)])
def test_a_cap_that_is_not_the_instances_is_found(folder: Path, name: str, value: object) -> None:
    edit(folder, "inputs/coefficients/api.csv", cell(name, value))

    assert f"{name} of deepinfra/llama-3.1-8b in q1" in told_by("api_cap", folder)
