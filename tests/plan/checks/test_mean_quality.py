"""The mean_quality check recomputes the mean score of the answers."""

import shutil
from pathlib import Path

import pytest

from tests.plan.checks.traffic_plans import in_two_steps
from tests.plan.damage import cell, edit, told_by


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(in_two_steps(), tmp_path / "plan"))


def test_a_mean_under_the_floor_is_found(folder: Path) -> None:
    edit(folder, "inputs/coefficients/limits.csv", cell("value", 63, kind="mean_quality_floor"))

    assert "limit good: mean score of the answers in q1: expected at least 63 points" in told_by("mean_quality", folder)


def test_lower_scores_are_found(folder: Path) -> None:
    """0.9 of the answers score 55, a tenth what the large model keeps of 80."""
    edit(folder, "inputs/coefficients/scores.csv", cell("score", 55, variant="llama-3.1-8b@fp8"))

    assert "expected at least 61 points, found 57." in told_by("mean_quality", folder)


def test_a_variant_without_a_score_counts_nothing(folder: Path) -> None:
    edit(folder, "inputs/coefficients/scores.csv", cell("benchmark", "other", variant="llama-3.1-8b@fp8"))

    assert "expected at least 61 points, found 7." in told_by("mean_quality", folder)
