"""Prices of steps in promises: what the steps change, and intervals that hold the true difference."""

import pytest

from planner import pipeline
from planner.errors import UnsatisfiableError
from planner.methods import MethodSettings
from planner.plan.interval import NOT_DETERMINED
from planner.studies.promise_prices import all_steps, quality_steps, region_steps, step_prices, tpot_steps
from tests.small_instances import write_instance

EXACT = MethodSettings(relative_gap=1e-6, time_limit_s=60.0, threads=1)
FLOOR = {"benchmark": "toy", "floor": 60}
CHANGES = {
    "candidates": [{"model": "llama-3.1-8b", "precisions": ["fp8"]}, {"model": "llama-3.3-70b", "precisions": ["fp8"]}],
    "regions": ["us-virginia", "us-ohio"],
    "workloads.0.quality": FLOOR,
    "tables": {"demand": "demand.csv", "scores": "scores.csv"},
}
SCORES = "variant,benchmark,score,source\nllama-3.1-8b@fp8,toy,60.5,mine\nllama-3.3-70b@fp8,toy,80,mine\n"


@pytest.fixture(scope="module")
def instance_path(tmp_path_factory):
    """A chat that the small model serves at a floor of 60, and only the large one at 61."""
    return write_instance(tmp_path_factory.mktemp("prices"), CHANGES, {"scores.csv": SCORES}, 60.0)


def read(path, overrides=None):
    return pipeline.read(path, overrides)[0]


def test_steps_change_one_value_each(instance_path):
    instance = read(instance_path)
    raised = read(instance_path, quality_steps(instance)[0].overrides)
    tightened = read(instance_path, tpot_steps(instance)[0].overrides)
    alone = read(instance_path, region_steps(instance)[0].overrides)

    assert raised.settings.workloads[0].quality.floor == 61
    assert [target.ms for target in tightened.settings.workloads[0].slo] == [2000, 30]
    assert list(alone.settings.regions) == ["us-ohio"]
    assert [step.promise for step in all_steps(instance)] == [
        "quality of chat", *["time per output token of chat"] * 2, "region us-virginia", "region us-ohio",
    ]  # fmt: skip


def test_a_limit_that_would_fall_to_zero_has_no_step(instance_path):
    assert tpot_steps(read(instance_path), -40.0) == []
    assert len(tpot_steps(read(instance_path), -39.0)) == 1


def test_a_quality_point_that_needs_the_large_model_is_dearer(instance_path):
    instance = read(instance_path)
    before, (price,) = step_prices(instance_path, quality_steps(instance), EXACT)

    assert price.change.verdict == "dearer"
    assert price.change.low_usd == pytest.approx(price.after.objective_usd - before.objective_usd, rel=1e-3)
    assert price.after.objective_usd > 1.5 * before.objective_usd


def test_looser_never_costs_more_and_tighter_never_less(instance_path):
    instance = read(instance_path)
    looser = tpot_steps(instance, 10.0)
    before, prices = step_prices(instance_path, [*looser, *region_steps(instance)], EXACT)

    assert prices[0].change.low_usd <= 1e-6 * before.objective_usd
    assert [bool(price.reason) for price in prices[1:]] == [True, False], "the offers stand in Virginia alone"
    assert prices[2].change.low_usd == pytest.approx(0.0, abs=1e-5 * before.objective_usd)
    assert prices[2].change.high_usd == pytest.approx(0.0, abs=1e-5 * before.objective_usd)


def test_a_point_that_no_candidate_feels_costs_nothing_and_needs_no_solve(instance_path):
    """The small model scores 60.5: half a point more on the floor of 60 takes nobody away."""
    _, (price,) = step_prices(instance_path, quality_steps(read(instance_path), 0.5), EXACT)

    assert price.is_without_effect
    assert (price.change.low_usd, price.change.high_usd) == (0.0, 0.0)
    assert "the same, exactly" in price.text


def test_a_tighter_promise_is_never_told_as_cheaper(instance_path):
    """At a gap of 30 % the plain interval would reach far below 0."""
    rough = MethodSettings(relative_gap=0.3, time_limit_s=60.0, threads=1)
    steps = tpot_steps(read(instance_path), -10.0) + tpot_steps(read(instance_path), 10.0)
    _, (tight, loose) = step_prices(instance_path, steps, rough)

    assert tight.change.low_usd >= 0
    assert loose.change.high_usd <= 0


def test_a_step_without_a_plan_says_why(instance_path):
    steps = quality_steps(read(instance_path), 30.0)
    _, (price,) = step_prices(instance_path, steps, EXACT)

    assert price.after.objective_usd is None
    assert "toy" in price.reason
    assert "no plan" in price.text
    assert price.record()["change"]["verdict"] == NOT_DETERMINED


def test_an_instance_without_a_plan_is_refused(instance_path):
    with pytest.raises(UnsatisfiableError):
        step_prices(instance_path, [], EXACT, {"workloads.0.quality.floor": 99})
