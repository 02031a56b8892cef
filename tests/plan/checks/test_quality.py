"""Quality floors are recomputed for whoever answers."""

from pathlib import Path

from tests.plan.damage import cell, edit, told_by, without

SCORES = "inputs/coefficients/scores.csv"


def test_a_score_under_the_floor_is_found(plan_folder: Path) -> None:
    edit(plan_folder, SCORES, cell("score", 69.5, variant="small@fp8"))

    assert told_by("quality", plan_folder) == (
        "score of small@fp8 on MMLU-Pro (lab), serving secret: expected at least 70 points, found 69.5 points"
    )


def test_a_variant_without_a_score_keeps_no_floor(plan_folder: Path) -> None:
    edit(plan_folder, SCORES, without(variant="small@fp8"))

    assert "found nothing points" in told_by("quality", plan_folder)


def test_a_score_of_another_reporter_does_not_count(plan_folder: Path) -> None:
    edit(plan_folder, SCORES, cell("benchmark", "MMLU-Pro (vendor)", variant="small@fp8"))

    assert "found nothing points" in told_by("quality", plan_folder)
