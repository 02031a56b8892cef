"""Declarations of quality scores and quantisation recovery."""

import pandas as pd
import pytest

from planner.errors import InputError
from planner.inputs.quality import QUALITY

SCORE: dict[str, object] = {
    "model": "m",
    "benchmark": "MMLU-Pro",
    "reported_by": "vendors",
    "score": 66.4,
    "source": "a page",
    "source_kind": "paper",
    "retrieved_on": "2026-11-21",
}


def test_the_same_benchmark_of_two_reporters_is_two_scores() -> None:
    rows = pd.DataFrame([SCORE, {**SCORE, "reported_by": "Meta", "score": 65.0}])

    assert list(QUALITY.check(rows, "quality")["score"]) == [66.4, 65.0]


def test_two_scores_of_one_reporter_are_a_fault() -> None:
    with pytest.raises(InputError, match="expected a model \\+ benchmark \\+ reported_by not used before"):
        QUALITY.check(pd.DataFrame([SCORE, {**SCORE, "score": 65.0}]), "quality")


@pytest.mark.parametrize(("column", "value"), [("score", 1294.3), ("score", -1), ("reported_by", "")])
def test_a_score_is_a_percentage_with_a_reporter(column: str, value: object) -> None:
    with pytest.raises(InputError, match=f"column {column}"):
        QUALITY.check(pd.DataFrame([{**SCORE, column: value}]), "quality")
