"""The answer as a whole: prices, scores, promises, ranges and warnings."""

import json
import math

import pandas as pd
import pytest

from planner.economics.cost_zone import Limits
from planner.economics.operating_points import operating_points
from planner.economics.production import Production, Question, production
from planner.errors import InputError


def points(**columns: object) -> pd.DataFrame:
    """Two models on two accelerators each; `a` is twice as fast at every load."""
    rows = pd.DataFrame({
        "row_id": "r", "mode": "closed_loop", "model": ["a"] * 3 + ["b"] * 3, "accelerator": "A", "n_accelerators": 2,
        "concurrency": [1, 2, 4] * 2, "requests_per_s": [2.0, 4.0, 6.0, 1.0, 2.0, 3.0], "output_tokens_mean": 100,
        "input_tokens_mean": 500, "tpot_ms": [10.0, 12.0, 20.0] * 2, "ttft_ms": 100.0,
    })  # fmt: skip
    return operating_points(rows.assign(**columns))


def best(found: Production) -> list[float]:
    return [one.zone.best_job_usd for one in found.setups]


def test_a_setup_pays_for_all_its_accelerators() -> None:
    """2 x 18 usd/h = 0.01 usd/s; 1000 requests at 6/s and 3/s."""
    found = production(points(), {"A": 18.0})

    assert best(found) == pytest.approx([10 / 6, 10 / 3])
    assert [one.curve.usd_per_hour for one in found.setups] == [36.0, 36.0]


def test_a_price_in_the_file_goes_first() -> None:
    assert best(production(points(usd_per_hour=72.0), {})) == pytest.approx([20 / 6, 20 / 3])


def test_a_setup_without_a_price_is_told() -> None:
    with pytest.raises(InputError, match="price of A"):
        production(points(), {"B": 1.0})


def test_promises_move_the_best_points() -> None:
    found = production(points(), {"A": 18.0}, Question(limits=Limits(tpot_ms=15.0)))

    assert [one.zone.best_concurrency for one in found.setups] == [2.0, 2.0]


def test_scores_make_a_frontier() -> None:
    dominated = production(points(), {"A": 18.0}, scores={"a": 80.0, "b": 70.0}).quality
    both = production(points(), {"A": 18.0}, scores={"a": 70.0, "b": 80.0}).quality

    assert dominated["is_on_frontier"].tolist() == [True, False]
    assert both["is_on_frontier"].tolist() == [True, True]
    assert both["near_optimal"].tolist() == ["inside", "outside"]


def test_a_score_of_the_file_goes_first() -> None:
    found = production(points(score=[50.0] * 3 + [60.0] * 3), {"A": 18.0}, scores={"a": 1.0})

    assert found.quality["score"].tolist() == [50.0, 60.0]


def test_a_floor_moves_the_near_optimal_zone() -> None:
    found = production(points(), {"A": 18.0}, Question(score_min=75.0), {"a": 70.0, "b": 80.0})

    assert found.quality["near_optimal"].tolist() == ["outside", "inside"]


def test_without_scores_there_is_no_frontier() -> None:
    found = production(points(), {"A": 18.0})

    assert found.quality.empty
    assert found.near is None


def test_repeated_runs_leave_near_ties_open() -> None:
    """b's cost 3.03 to 4.35 overlaps what is within a tenth of a's 3.33."""
    alike = points(requests_per_s=[1.0, 2.0, 3.0] * 2)
    is_b = alike["model"] == "b"
    wide = alike.assign(
        requests_per_s_low=alike["requests_per_s"].where(~is_b, alike["requests_per_s"] * 2.3 / 3),
        requests_per_s_high=alike["requests_per_s"].where(~is_b, alike["requests_per_s"] * 1.1),
    )
    found = production(wide, {"A": 18.0}, scores={"a": 1.0, "b": 1.0})

    assert found.quality["near_optimal"].tolist()[1] == "not determined"


def test_a_cost_that_rises_is_warned_of() -> None:
    """Throughput 4, 1, 4.1: cost goes up fourfold and back."""
    found = production(points(requests_per_s=[4.0, 1.0, 4.1, 1.0, 2.0, 3.0]), {"A": 18.0})

    assert production(points(), {"A": 18.0}).warnings == ()
    assert [text.split(":")[0] for text in found.warnings] == ["a, 2 x A"]


def test_the_record_is_json_and_the_table_tells_each_setup() -> None:
    found = production(points(), {"A": 18.0}, Question(score_min=0.0), {"a": 70.0, "b": 80.0}, {"A": "an offer"})
    record = found.record()

    assert json.loads(json.dumps(record, default=float))["prices"] == {"A": "an offer"}
    assert [len(one["points"]) for one in record["setups"]] == [3, 3]
    assert found.table()["setup"].tolist() == ["a, 2 x A", "b, 2 x A"]
    assert math.isnan(record["setups"][0]["knee_low"])
